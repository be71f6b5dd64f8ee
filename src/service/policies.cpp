#include "service/policies.h"

#include <algorithm>

#include "cedar_schema/schema_json.h"
#include "cedar_schema/schema_text.h"
#include "decision/policy_check.h"
#include "domain/fields.h"
#include "service/internal/evidence.h"
#include "service/internal/live_schema.h"
#include "service/internal/policy_documents.h"
#include "service/internal/situation.h"

namespace ambit::service {
namespace {

using text::Json;

constexpr const char* kKey = "default";

std::vector<domain::Need> default_needs() {
  return {domain::Need{std::string(domain::name_of(domain::Role::kApprover)), 1}};
}

crypto::Digest digest_of(const decision::PolicyState& state) {
  return crypto::sha256(text::to_canonical_json(policy_document(state)));
}

Json finding(const decision::PolicyState& state, const cedar::Policy& policy, std::string message,
             std::string hint) {
  decision::PolicyFinding out;
  out.code = "policy.annotation";
  out.policy_id = policy.id;
  out.diagnostic.source = policy.source;
  out.diagnostic.span = policy.span;
  out.diagnostic.message = std::move(message);
  out.diagnostic.hint = std::move(hint);
  for (const auto& text : state.set.texts()) {
    if (text.name == policy.source) cedar::locate(out.diagnostic, text.text);
  }
  return decision::to_json(out);
}

bool is_error(const Json& finding) { return finding.string_or("severity", "error") == "error"; }

// What keeps a set from being published and what is only worth a look, errors first.
text::JsonArray all_findings(const World& world, const decision::PolicyState& state) {
  text::JsonArray out = check_policies(state);
  for (const auto& found : check_against_tools(world, state.set.texts())) {
    out.push_back(decision::to_json(found));
  }
  std::stable_partition(out.begin(), out.end(), is_error);
  return out;
}

// `base:3:14: there is no attribute ... (did you mean ...), and 2 more`.
std::string refusal_of(const text::JsonArray& findings) {
  const Json& first = findings.front();
  const auto number = [&](const char* name) {
    const Json* value = first.find(name);
    return value && value->is_int() ? std::to_string(value->as_int()) : std::string();
  };
  std::string out = std::string(first.string_or("name", "")) + ":" + number("line") + ":" +
                    number("column") + ": policy `" + std::string(first.string_or("policy", "")) +
                    "`: " + std::string(first.string_or("message", ""));
  if (const auto hint = first.string_or("hint", ""); !hint.empty()) {
    out += " (" + std::string(hint) + ")";
  }
  const auto errors = std::count_if(findings.begin(), findings.end(), is_error);
  return errors > 1 ? out + ", and " + std::to_string(errors - 1) + " more" : out;
}

Result<std::vector<domain::Need>> needs_from_json(domain::Fields& fields) {
  std::vector<domain::Need> out;
  for (const auto& item : fields.items("high_tier_needs")) {
    domain::Fields need(item, "high_tier_needs");
    out.push_back({need.text("approvers"), need.integer("quorum")});
    AMBIT_CHECK_OK(need.finish());
    if (out.back().quorum < 1) {
      return fail(Code::kInvalid, "policy.needs", "`high_tier_needs.quorum` must be at least 1");
    }
  }
  return out.empty() ? default_needs() : out;
}

}  // namespace

Json policy_document(const decision::PolicyState& state) {
  Json texts = Json::array();
  for (const auto& text : state.set.texts()) {
    texts.push_back(Json::object({{"name", text.name}, {"text", text.text}}));
  }
  return Json::object(
      {{"texts", std::move(texts)}, {"high_tier_needs", domain::to_json(state.high_tier_needs)}});
}

Result<decision::PolicyState> policies_from_json(const Json& set) {
  domain::Fields fields(set, "set");
  decision::PolicyState state;
  state.name = kKey;
  std::vector<cedar::PolicyText> texts;
  const Json* policies = fields.value("policies");
  if (!policies || !policies->is_object()) {
    fields.problem("policies", "must be an object of policy texts by name");
  } else {
    for (const auto& [name, text] : policies->as_object()) {
      if (!text.is_string())
        fields.problem("policies", "must hold texts");
      else
        texts.push_back({name, text.as_string()});
    }
  }
  AMBIT_TRY(state.high_tier_needs, needs_from_json(fields));
  AMBIT_CHECK_OK(fields.finish());
  for (const auto& text : texts) AMBIT_CHECK_OK(domain::check_name(text.name, "policy name"));
  std::sort(texts.begin(), texts.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  AMBIT_TRY(state.set, cedar::PolicySet::parse_named(std::move(texts)));
  state.digest = digest_of(state);
  return state;
}

text::JsonArray check_policies(const decision::PolicyState& state) {
  text::JsonArray findings;
  for (const auto& policy : state.set.policies()) {
    const bool wants_approval = policy.text.find("approval") != std::string::npos;
    if (wants_approval && !policy.annotation("approvers")) {
      findings.push_back(finding(state, policy,
                                 "the policy needs an approval but names no approvers",
                                 "add `@approvers(\"approver\")` and, if more than one must agree, "
                                 "`@quorum(\"2\")`"));
    }
    if (const std::string* quorum = policy.annotation("quorum")) {
      const bool digits = !quorum->empty() && quorum->size() < 4 &&
                          quorum->find_first_not_of("0123456789") == std::string::npos;
      if (!digits || std::stoi(*quorum) < 1) {
        findings.push_back(finding(state, policy, "`@quorum` must be a number of at least 1",
                                   "write `@quorum(\"2\")`"));
      }
    }
    if (const std::string* mode = policy.annotation("mode");
        mode && *mode != "enforce" && *mode != "observe") {
      findings.push_back(finding(state, policy, "`@mode` is `enforce` or `observe`",
                                 "write `@mode(\"observe\")`"));
    }
  }
  return findings;
}

Json to_json(const decision::PolicyState& state) {
  Json texts = Json::object();
  for (const auto& text : state.set.texts()) texts.set(text.name, text.text);
  return Json::object({{"name", state.name},
                       {"version", static_cast<std::int64_t>(state.version)},
                       {"digest", crypto::to_string(state.digest)},
                       {"policies", std::move(texts)},
                       {"high_tier_needs", domain::to_json(state.high_tier_needs)}});
}

Result<> load_policies(Context& context) {
  AMBIT_TRY(const auto document, context.ports.store->get(ports::Kind::kPolicy, kKey));
  decision::PolicyState state;
  if (document) {
    AMBIT_TRY(Json json, text::parse_json(document->json, {16u << 20, 32}));
    const Json* version = json.find("version");
    const std::uint64_t number =
        version && version->is_int() ? static_cast<std::uint64_t>(version->as_int()) : 0;
    for (const auto* key : {"version", "digest", "name"}) json.erase(key);
    AMBIT_TRY(state, policies_from_json(json));
    state.version = number;
    context.world.policies_revision = document->revision;
  } else {
    state.name = kKey;
    state.high_tier_needs = default_needs();
    state.digest = digest_of(state);
  }
  context.world.policies = context.forge->compile(std::move(state));
  return {};
}

namespace {

// Puts a compiled set in force once it is stored and recorded.
void publish(Context& context, const std::string& actor, decision::PolicyState state,
             std::function<void(Result<Json>)> done) {
  state.version = context.world.policies->version + 1;
  auto next = std::make_shared<const decision::PolicyState>(std::move(state));
  Commit change;
  change.actor = actor;
  change.kind = "policy.published";
  change.writes.push_back({ports::Kind::kPolicy, kKey, context.world.policies_revision,
                           text::to_canonical_json(to_json(*next))});
  change.evidence = Json::object({{"name", next->name},
                                  {"version", static_cast<std::int64_t>(next->version)},
                                  {"digest", crypto::to_string(next->digest)},
                                  {"before", crypto::to_string(context.world.policies->digest)}});
  commit(
      context, std::move(change),
      [&context, next](std::uint64_t revision) {
        context.world.policies = next;
        context.world.policies_revision = revision;
        record_document(context, "policies", next->digest, [&] { return policy_document(*next); });
        ++context.world.epoch;
        context.tell_subscribers({}, false);
      },
      [next, done](Result<std::uint64_t> revision) {
        if (!revision) return done(fail(revision.error()));
        done(to_json(*next));
      });
}

}  // namespace

Json Policies::check(const Json& set) const {
  auto state = policies_from_json(set);
  if (state) {
    text::JsonArray findings = all_findings(context_.world, *state);
    return Json::object({{"ok", std::none_of(findings.begin(), findings.end(), is_error)},
                         {"policies", static_cast<std::int64_t>(state->set.policies().size())},
                         {"digest", crypto::to_string(state->digest)},
                         {"findings", Json(std::move(findings))}});
  }
  text::JsonArray findings;
  for (const auto& found : check_against_tools(context_.world, texts_of(set))) {
    findings.push_back(decision::to_json(found));
  }
  if (std::none_of(findings.begin(), findings.end(), is_error)) {  // not a matter of the texts
    decision::PolicyFinding whole;
    whole.code = state.error().reason;
    whole.diagnostic.message = state.error().message;
    findings.insert(findings.begin(), decision::to_json(whole));
  }
  return Json::object({{"ok", false}, {"findings", Json(std::move(findings))}});
}

void Policies::put(const Caller& caller, const Json& set, std::function<void(Result<Json>)> done) {
  if (auto allowed = require_role(caller, {domain::Role::kSecurity}); !allowed) {
    return done(fail(allowed.error()));
  }
  auto state = policies_from_json(set);
  if (!state) return done(fail(state.error()));
  if (const auto findings = all_findings(context_.world, *state);
      !findings.empty() && is_error(findings.front())) {
    return done(fail(Code::kInvalid, "policy.refused", refusal_of(findings)));
  }
  // Compiling many policies takes a while, and decisions go on meanwhile under those in force.
  context_.ports.background->post([&context = context_, alive = std::weak_ptr<bool>(context_.alive),
                                   forge = context_.forge, state = *std::move(state),
                                   actor = caller.identity, done = std::move(done)]() mutable {
    auto compiled = forge->compile(std::move(state));
    context.ports.loop->post([&context, alive = std::move(alive), compiled = std::move(compiled),
                              actor = std::move(actor), done = std::move(done)]() mutable {
      if (alive.lock()) publish(context, actor, *compiled, std::move(done));
    });
  });
}

Result<Json> Policies::show(const Caller& caller) const {
  AMBIT_CHECK_OK(require_role(caller, {domain::Role::kSecurity, domain::Role::kAuditor,
                                       domain::Role::kOperator, domain::Role::kApprover}));
  return to_json(*context_.world.policies);
}

Result<Json> Policies::schema(const Caller& caller) const {
  AMBIT_CHECK_OK(require_role(caller, {domain::Role::kSecurity, domain::Role::kAuditor,
                                       domain::Role::kOperator, domain::Role::kApprover}));
  const cedar::SchemaFragment schema = live_schema(context_.world);
  AMBIT_TRY(std::string text, cedar::to_schema_text(schema));
  return Json::object(
      {{"schema", std::move(text)}, {"json", cedar::schema_fragment_to_json(schema)}});
}

}  // namespace ambit::service
