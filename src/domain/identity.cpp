#include "domain/identity.h"

#include <algorithm>

#include "domain/fields.h"

namespace ambit::domain {
namespace {

text::Json to_json(std::optional<bool> answer) {
  return answer ? text::Json(*answer) : text::Json(nullptr);
}

text::Json to_json(const AgentProfile& agent) {
  using text::Json;
  Json out = Json::object(
      {{"purpose", agent.purpose},
       {"autonomy",
        Json::object({{"chooses_tools", to_json(agent.autonomy.chooses_tools)},
                      {"sequences_actions", to_json(agent.autonomy.sequences_actions)},
                      {"acts_without_gate", to_json(agent.autonomy.acts_without_gate)}})},
       {"owners", Json::object({{"business", agent.owners.business},
                                {"control", agent.owners.control},
                                {"scope_approver", agent.owners.scope_approver},
                                {"lifecycle", agent.owners.lifecycle}})},
       {"tools", domain::to_json(agent.tools)},
       {"data_domains", domain::to_json(agent.data_domains)},
       {"outcomes", domain::to_json(agent.outcomes)},
       {"limits", Json::object({{"calls_per_minute", agent.limits.calls_per_minute},
                                {"burst", agent.limits.burst},
                                {"denials_per_minute", agent.limits.denials_per_minute},
                                {"open_tasks", agent.limits.open_tasks}})},
       {"retires_at", agent.retires_at ? Json(to_rfc3339(*agent.retires_at)) : Json(nullptr)},
       {"policy", agent.policy},
       {"runtime_digest", agent.runtime_digest}});
  if (!agent.decides.empty()) out.set("decides", domain::to_json(agent.decides));
  return out;
}

Result<AutonomyProfile> autonomy_from_json(const text::Json& json, const std::string& path) {
  Fields fields(json, path);
  AutonomyProfile out{fields.optional_flag("chooses_tools"),
                      fields.optional_flag("sequences_actions"),
                      fields.optional_flag("acts_without_gate")};
  AMBIT_CHECK_OK(fields.finish());
  return out;
}

Result<Owners> owners_from_json(const text::Json& json, const std::string& path) {
  Fields fields(json, path);
  Owners out{fields.text_or("business", ""), fields.text_or("control", ""),
             fields.text_or("scope_approver", ""), fields.text_or("lifecycle", "")};
  AMBIT_CHECK_OK(fields.finish());
  return out;
}

Result<Limits> limits_from_json(const text::Json& json, const std::string& path) {
  Fields fields(json, path);
  Limits out{fields.integer_or("calls_per_minute", 0), fields.integer_or("burst", 0),
             fields.integer_or("denials_per_minute", 0), fields.integer_or("open_tasks", 0)};
  AMBIT_CHECK_OK(fields.finish());
  if (std::min({out.calls_per_minute, out.burst, out.denials_per_minute, out.open_tasks}) < 0) {
    return fail(Code::kInvalid, "field.invalid", "`" + path + "` must not be negative");
  }
  return out;
}

// A draft may be incomplete, so everything here is optional; activation asks for the rest.
Result<AgentProfile> agent_from_json(const text::Json& json, const std::string& path) {
  Fields fields(json, path);
  AgentProfile out;
  out.purpose = fields.text_or("purpose", "");
  if (const auto* v = fields.value("autonomy")) {
    out.autonomy = fields.nested(autonomy_from_json(*v, path + ".autonomy"));
  }
  if (const auto* v = fields.value("owners")) {
    out.owners = fields.nested(owners_from_json(*v, path + ".owners"));
  }
  out.tools = fields.texts("tools");
  out.data_domains = fields.texts("data_domains");
  out.outcomes = fields.texts("outcomes");
  out.decides = fields.texts("decides");
  if (const auto* v = fields.value("limits")) {
    out.limits = fields.nested(limits_from_json(*v, path + ".limits"));
  }
  out.retires_at = fields.optional_time("retires_at");
  out.policy = fields.text_or("policy", "");
  out.runtime_digest = fields.text_or("runtime_digest", "");
  AMBIT_CHECK_OK(fields.finish());
  return out;
}

Result<AccessToken> token_from_json(const text::Json& json) {
  Fields fields(json, "token");
  AccessToken out{fields.text("id"), fields.text("sha256"), fields.time("created_at"),
                  fields.time("expires_at"), fields.text_or("issued_with", "")};
  AMBIT_CHECK_OK(fields.finish());
  return out;
}

void read_written(Fields& fields, Identity& out, const std::string& path) {
  out.id = fields.text("id");
  out.identity_class = fields.name<IdentityClass>("class");
  out.display_name = fields.text_or("display_name", out.id);
  for (const auto& name : fields.texts("roles")) {
    out.roles.push_back(fields.nested(value_of<Role>(name)));
  }
  if (const auto* v = fields.value("entitlements")) {
    out.entitlements = fields.nested(scope_from_json(*v, path + ".entitlements"));
  }
  if (const auto* v = fields.value("agent")) {
    out.agent = fields.nested(agent_from_json(*v, path + ".agent"));
  }
}

Result<> check_class(const Identity& identity, const std::string& path) {
  const bool is_agent = identity.identity_class == IdentityClass::kAgent;
  if (is_agent && !identity.agent) {
    return fail(Code::kInvalid, "identity.agent_profile",
                "`" + path + ".agent` is missing: an agent needs its profile");
  }
  if (!is_agent && identity.agent) {
    return fail(Code::kInvalid, "identity.agent_profile",
                "`" + path +
                    ".agent` is only for class `agent`; an agent must not be registered as `" +
                    std::string(name_of(identity.identity_class)) + "`");
  }
  if (is_agent && !identity.roles.empty()) {
    return fail(Code::kInvalid, "identity.roles",
                "`" + path + ".roles` is not for agents: their authority comes from tasks");
  }
  return {};
}

}  // namespace

bool has_role(const Identity& identity, Role role) {
  return std::find(identity.roles.begin(), identity.roles.end(), role) != identity.roles.end();
}

bool alive(const Identity& identity) { return identity.state == IdentityState::kActive; }

std::vector<std::string> missing_for_activation(const Identity& identity) {
  std::vector<std::string> missing;
  if (!identity.agent) return missing;
  const AgentProfile& agent = *identity.agent;
  const auto need = [&](bool there, const char* path) {
    if (!there) missing.emplace_back(path);
  };
  need(!agent.purpose.empty(), "agent.purpose");
  need(agent.autonomy.chooses_tools.has_value(), "agent.autonomy.chooses_tools");
  need(agent.autonomy.sequences_actions.has_value(), "agent.autonomy.sequences_actions");
  need(agent.autonomy.acts_without_gate.has_value(), "agent.autonomy.acts_without_gate");
  need(!agent.owners.business.empty(), "agent.owners.business");
  need(!agent.owners.control.empty(), "agent.owners.control");
  need(!agent.owners.scope_approver.empty(), "agent.owners.scope_approver");
  need(!agent.owners.lifecycle.empty(), "agent.owners.lifecycle");
  need(!agent.tools.empty(), "agent.tools");
  need(!agent.data_domains.empty(), "agent.data_domains");
  need(!agent.outcomes.empty(), "agent.outcomes");
  need(agent.retires_at.has_value(), "agent.retires_at");
  need(!agent.policy.empty(), "agent.policy");
  return missing;
}

Result<> check_move(IdentityState from, IdentityState to) {
  const auto legal = [&]() -> std::vector<IdentityState> {
    switch (from) {
      case IdentityState::kDraft: return {IdentityState::kActive, IdentityState::kRetired};
      case IdentityState::kActive: return {IdentityState::kSuspended, IdentityState::kRetired};
      case IdentityState::kSuspended: return {IdentityState::kActive, IdentityState::kRetired};
      case IdentityState::kRetired: return {};
    }
    return {};
  }();
  if (std::find(legal.begin(), legal.end(), to) != legal.end()) return {};
  std::string moves = legal.empty() ? " nothing: it is final" : "";
  for (const auto state : legal) moves += " `" + std::string(name_of(state)) + "`";
  return fail(Code::kConflict, "identity.illegal_move",
              "an identity that is `" + std::string(name_of(from)) + "` cannot become `" +
                  std::string(name_of(to)) + "`; it can become" + moves);
}

text::Json to_json(const Identity& identity, bool with_tokens) {
  text::Json out = text::Json::object({{"id", identity.id},
                                       {"class", name_of(identity.identity_class)},
                                       {"state", name_of(identity.state)},
                                       {"display_name", identity.display_name},
                                       {"created_at", to_rfc3339(identity.created_at)},
                                       {"updated_at", to_rfc3339(identity.updated_at)}});
  if (!identity.roles.empty()) {
    text::JsonArray roles;
    for (const auto role : identity.roles) roles.emplace_back(name_of(role));
    out.set("roles", text::Json(std::move(roles)));
  }
  if (identity.entitlements) out.set("entitlements", to_json(*identity.entitlements));
  if (identity.agent) out.set("agent", to_json(*identity.agent));
  if (with_tokens && !identity.tokens.empty()) {
    text::JsonArray tokens;
    for (const auto& token : identity.tokens) {
      text::Json item = text::Json::object({{"id", token.id},
                                            {"sha256", token.sha256},
                                            {"created_at", to_rfc3339(token.created_at)},
                                            {"expires_at", to_rfc3339(token.expires_at)}});
      if (!token.issued_with.empty()) item.set("issued_with", token.issued_with);
      tokens.push_back(std::move(item));
    }
    out.set("tokens", text::Json(std::move(tokens)));
  }
  return out;
}

Result<Identity> identity_from_spec(const text::Json& json, const std::string& path) {
  Fields fields(json, path);
  Identity out;
  read_written(fields, out, path);
  AMBIT_CHECK_OK(fields.finish());
  AMBIT_CHECK_OK(check_name(out.id, "identity id"));
  AMBIT_CHECK_OK(check_class(out, path));
  return out;
}

Result<Identity> identity_from_json(const text::Json& json) {
  Fields fields(json, "identity");
  Identity out;
  read_written(fields, out, "identity");
  out.state = fields.name<IdentityState>("state");
  out.created_at = fields.time("created_at");
  out.updated_at = fields.time("updated_at");
  for (const auto& item : fields.items("tokens")) {
    out.tokens.push_back(fields.nested(token_from_json(item)));
  }
  AMBIT_CHECK_OK(fields.finish());
  seal(out);
  return out;
}

void seal(Identity& identity) {
  identity.digest = crypto::sha256(text::to_canonical_json(to_json(identity)));
}

}  // namespace ambit::domain
