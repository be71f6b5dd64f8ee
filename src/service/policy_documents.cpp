#include "service/internal/policy_documents.h"

#include <algorithm>

#include "domain/fields.h"
#include "policies/findings.h"
#include "service/policies.h"

namespace ambit::service {
namespace {

using text::Json;

crypto::Digest digest_of(const decision::PolicyState& state) {
  return crypto::sha256(text::to_canonical_json(policy_document(state)));
}

std::vector<cedar::PolicyText> texts_from(domain::Fields& fields) {
  std::vector<cedar::PolicyText> out;
  const Json* policies = fields.value("policies");
  if (!policies || !policies->is_object()) {
    fields.problem("policies", "must be an object of policy texts by name");
    return out;
  }
  for (const auto& [name, text] : policies->as_object()) {
    if (!text.is_string())
      fields.problem("policies", "must hold texts");
    else
      out.push_back({name, text.as_string()});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

Result<std::vector<policies::Case>> cases_from(const Json& tests) {
  std::vector<policies::Case> out;
  for (const auto& [suite, document] : tests.as_object()) {
    AMBIT_CHECK_OK(domain::check_name(suite, "test suite"));
    AMBIT_TRY(auto cases, policies::cases_from_json(suite, document));
    std::move(cases.begin(), cases.end(), std::back_inserter(out));
    if (out.size() > policies::kMaxCases) {
      return fail(
          Code::kInvalid, "policy.test",
          "a set has at most " + std::to_string(policies::kMaxCases) + " test cases in all");
    }
  }
  return out;
}

// All but the test cases, which stay unread.
Result<ParsedSet> read_set(const Json& set) {
  domain::Fields fields(set, "set");
  ParsedSet out;
  out.state.name = kPolicyKey;
  auto texts = texts_from(fields);
  out.state.tiers = domain::take_tier_table(fields);
  out.note = fields.text_or("note", "");
  out.expected_newly_denied = expected_newly_denied(fields);
  const Json* tests = fields.value("tests");
  if (tests && !tests->is_object()) fields.problem("tests", "must be an object of test documents");
  AMBIT_CHECK_OK(fields.finish());
  for (const auto& text : texts) AMBIT_CHECK_OK(domain::check_name(text.name, "policy name"));
  AMBIT_TRY(out.state.set, cedar::PolicySet::parse_named(std::move(texts)));
  out.state.digest = digest_of(out.state);
  decision::note_modes(out.state);
  out.tests = tests ? *tests : Json::object();
  return out;
}

Result<> load_current(Context& context) {
  AMBIT_TRY(const auto document, context.ports.store->get(ports::Kind::kPolicy, kPolicyKey));
  ParsedSet set;
  Publication publication;
  if (document) {
    AMBIT_TRY(Json json, text::parse_json(document->json, {16u << 20, 32}));
    domain::Fields fields(json, "policies");
    set.state.version = static_cast<std::uint64_t>(fields.integer("version"));
    publication.author = fields.text_or("author", "");
    publication.approved_by = fields.text_or("approved_by", "");
    publication.review = fields.text_or("review", "");
    publication.at = fields.optional_time("published_at").value_or(Time{});
    if (const Json* simulation = fields.value("simulation")) publication.simulation = *simulation;
    const std::uint64_t version = set.state.version;
    for (const auto* key : {"version", "digest", "name", "author", "approved_by", "review",
                            "published_at", "simulation"}) {
      json.erase(key);
    }
    // Tests have their say when a set is published; one that can no longer be read does not keep
    // the server from starting.
    AMBIT_TRY(set, read_set(json));
    set.state.version = version;
    publication.note = set.note;
    context.world.policies_revision = document->revision;
  } else {
    set.state.name = kPolicyKey;
    set.state.digest = digest_of(set.state);
  }
  publication.tests = std::move(set.tests);
  context.world.publication = std::move(publication);
  context.world.policies = context.forge->compile(std::move(set.state));
  return {};
}

Result<> load_proposals(Context& context) {
  AMBIT_TRY(const auto documents, context.ports.store->list(ports::Kind::kPolicy));
  for (const auto& document : documents) {
    if (document.key == kPolicyKey) continue;
    AMBIT_TRY(const Json json, text::parse_json(document.json, {16u << 20, 40}));
    AMBIT_TRY(auto proposal, domain::proposal_from_json(json));
    if (proposal.state != domain::ProposalState::kOpen) continue;
    proposal.revision = document.revision;
    std::string id = proposal.id;
    context.world.proposals[std::move(id)] = std::move(proposal);
  }
  return {};
}

}  // namespace

std::optional<std::uint64_t> expected_newly_denied(domain::Fields& fields) {
  const Json* expected = fields.value("expected_newly_denied");
  if (!expected) return std::nullopt;
  if (!expected->is_int() || expected->as_int() < 0) {
    fields.problem("expected_newly_denied", "must be a count of decisions");
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(expected->as_int());
}

Json policy_document(const decision::PolicyState& state) {
  Json texts = Json::array();
  for (const auto& text : state.set.texts()) {
    texts.push_back(Json::object({{"name", text.name}, {"text", text.text}}));
  }
  Json out = Json::object({{"texts", std::move(texts)}});
  domain::set_tier_table(out, state.tiers);
  return out;
}

Result<ParsedSet> set_from_json(const Json& set) {
  AMBIT_TRY(ParsedSet out, read_set(set));
  AMBIT_TRY(out.cases, cases_from(out.tests));
  return out;
}

Result<> check_set(const ParsedSet& set) {
  if (const auto found = policies::findings(set.state); decision::has_errors(found)) {
    return fail(Code::kInvalid, "policy.refused",
                found.front().policy_id + ": " + found.front().diagnostic.message);
  }
  const auto state = std::make_shared<const decision::PolicyState>(set.state);
  std::size_t failed = 0;
  std::string first;
  for (const auto& result : policies::run_all(set.cases, state)) {
    if (result.passed()) continue;
    if (failed++ == 0) {
      first = "`" + result.suite + "`, case `" + result.name + "`: " + result.problems.front();
    }
  }
  if (failed == 0) return {};
  return fail(Code::kInvalid, "policy.test_failed",
              std::to_string(failed) + " of " + std::to_string(set.cases.size()) +
                  " test cases fail: " + first);
}

Json to_json(const decision::PolicyState& state, const Publication& publication) {
  Json texts = Json::object();
  for (const auto& text : state.set.texts()) texts.set(text.name, text.text);
  Json out = Json::object({{"name", state.name},
                           {"version", static_cast<std::int64_t>(state.version)},
                           {"digest", crypto::to_string(state.digest)},
                           {"policies", std::move(texts)}});
  domain::set_tier_table(out, state.tiers);
  if (publication.tests.is_object() && !publication.tests.as_object().empty()) {
    out.set("tests", publication.tests);
  }
  if (publication.author.empty()) return out;
  out.set("author", publication.author);
  out.set("approved_by", publication.approved_by);
  out.set("review", publication.review);
  out.set("published_at", to_rfc3339(publication.at));
  if (!publication.note.empty()) out.set("note", publication.note);
  if (publication.simulation.is_object()) out.set("simulation", publication.simulation);
  return out;
}

Result<> load_policies(Context& context) {
  AMBIT_CHECK_OK(load_current(context));
  return load_proposals(context);
}

}  // namespace ambit::service
