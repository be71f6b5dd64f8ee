#include "service/policies.h"

#include <algorithm>

#include "domain/fields.h"
#include "service/internal/evidence.h"
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
  cedar::Diagnostic place;
  place.span = policy.span;
  for (const auto& text : state.set.texts()) {
    if (text.name == policy.source) cedar::locate(place, text.text);
  }
  return Json::object({{"name", policy.source},
                       {"policy", policy.id},
                       {"line", static_cast<std::int64_t>(place.line)},
                       {"column", static_cast<std::int64_t>(place.column)},
                       {"message", std::move(message)},
                       {"hint", std::move(hint)}});
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
  if (!state) {
    return Json::object(
        {{"ok", false},
         {"findings", Json::array({Json::object({{"reason", state.error().reason},
                                                 {"message", state.error().message}})})}});
  }
  text::JsonArray findings = check_policies(*state);
  return Json::object({{"ok", findings.empty()},
                       {"policies", static_cast<std::int64_t>(state->set.policies().size())},
                       {"digest", crypto::to_string(state->digest)},
                       {"findings", Json(std::move(findings))}});
}

void Policies::put(const Caller& caller, const Json& set, std::function<void(Result<Json>)> done) {
  if (auto allowed = require_role(caller, {domain::Role::kSecurity}); !allowed) {
    return done(fail(allowed.error()));
  }
  auto state = policies_from_json(set);
  if (!state) return done(fail(state.error()));
  if (const auto findings = check_policies(*state); !findings.empty()) {
    return done(fail(Code::kInvalid, "policy.refused",
                     std::string(findings.front().string_or("policy", "")) + ": " +
                         std::string(findings.front().string_or("message", ""))));
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

}  // namespace ambit::service
