#include "policies/case.h"

#include <algorithm>
#include <set>

#include "domain/fields.h"

namespace ambit::policies {
namespace {

using domain::Fields;
using text::Json;

std::vector<std::string> sorted(std::vector<std::string> list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

std::string quoted(const std::vector<std::string>& list) {
  std::string out;
  for (const auto& item : list) out += (out.empty() ? "`" : ", `") + item + "`";
  return out.empty() ? "none" : out;
}

std::optional<std::vector<std::string>> optional_texts(Fields& fields, const Json& json,
                                                       const char* key) {
  auto texts = fields.texts(key);
  if (!json.find(key)) return std::nullopt;
  return sorted(std::move(texts));
}

Result<std::vector<domain::Need>> needs_from(Fields& fields, const std::string& path) {
  std::vector<domain::Need> out;
  for (const Json& item : fields.items("needs")) {
    Fields need(item, path);
    out.push_back({need.text("approvers"), need.integer_or("quorum", 1)});
    AMBIT_CHECK_OK(need.finish());
  }
  return out;
}

Result<Expectation> expectation_from(const Json* json, const std::string& path) {
  const Json nothing;
  Fields fields(json ? *json : nothing, path);
  Expectation out;
  out.verdict = fields.name<domain::Verdict>("verdict");
  if (!json) return fail(Code::kInvalid, "policy.test", "`" + path + "` is missing");
  out.reasons = optional_texts(fields, *json, "reasons");
  out.policies = optional_texts(fields, *json, "policies");
  out.observed = optional_texts(fields, *json, "observed");
  out.obligations = optional_texts(fields, *json, "obligations");
  if (json->find("would")) out.would = fields.name<domain::Verdict>("would");
  AMBIT_TRY(auto needs, needs_from(fields, path + ".needs"));
  if (json->find("needs")) out.needs = std::move(needs);
  AMBIT_CHECK_OK(fields.finish());
  return out;
}

// What `request` has, and of `defaults` what it has not.
Json merged(const Json* defaults, const Json* request) {
  Json out = defaults ? *defaults : Json::object();
  if (!request) return out;
  for (const auto& [key, value] : request->as_object()) out.set(key, value);
  return out;
}

Result<Case> case_from(const std::string& suite, const Json& json, const Json* defaults,
                       const std::string& path) {
  Fields fields(json, path);
  Case out;
  out.suite = suite;
  out.name = fields.text("name");
  const Json* request = fields.value("request");
  if (request && !request->is_object()) fields.problem("request", "must be an object");
  const Json* expect = fields.value("expect");
  AMBIT_CHECK_OK(fields.finish());
  const std::string whole = suite + ", case `" + out.name + "`";
  AMBIT_TRY(out.question, question_from_json(merged(defaults, request), whole + ": request"));
  AMBIT_TRY(out.expect, expectation_from(expect, whole + ": expect"));
  return out;
}

// The members `policies` and `tiers` of a document; null where it names no policies.
Result<std::shared_ptr<const Part>> part_from(Fields& fields, const Json& document,
                                              const std::string& suite) {
  auto out = std::make_shared<Part>();
  out->texts = fields.texts("policies");
  const Json* tiers = fields.value("tiers");
  if (!document.find("policies")) {
    if (tiers) fields.problem("tiers", "is only for a document that names its `policies`");
    return nullptr;
  }
  if (out->texts.empty()) fields.problem("policies", "names no text");
  Json members = Json::object();
  if (tiers) members.set("tiers", *tiers);
  Fields table(members, suite);
  out->tiers = domain::take_tier_table(table);
  AMBIT_CHECK_OK(table.finish());
  return out;
}

Result<std::vector<Case>> read(const std::string& suite, const Json& document) {
  Fields fields(document, suite);
  AMBIT_TRY(const auto part, part_from(fields, document, suite));
  const Json* defaults = fields.value("defaults");
  if (defaults && !defaults->is_object()) fields.problem("defaults", "must be an object");
  const text::JsonArray& items = fields.items("cases");
  AMBIT_CHECK_OK(fields.finish());
  if (items.size() > kMaxCases) {
    return fail(Code::kInvalid, "policy.test",
                "`" + suite + "` has " + std::to_string(items.size()) + " cases; at most " +
                    std::to_string(kMaxCases) + " fit");
  }
  std::vector<Case> out;
  std::set<std::string> names;
  for (std::size_t i = 0; i < items.size(); ++i) {
    AMBIT_TRY(auto test,
              case_from(suite, items[i], defaults, suite + ".cases[" + std::to_string(i) + "]"));
    if (!names.insert(test.name).second) {
      return fail(Code::kInvalid, "policy.test",
                  "`" + suite + "` has two cases called `" + test.name + "`");
    }
    test.part = part;
    out.push_back(std::move(test));
  }
  return out;
}

// A state of the part's own, whose policies are called as in the whole.
Result<std::shared_ptr<const decision::PolicyState>> state_of(const Part& part,
                                                              const decision::PolicyState& whole) {
  const auto& texts = whole.set.texts();
  for (const std::string& name : part.texts) {
    const bool is_there =
        std::any_of(texts.begin(), texts.end(), [&](const auto& one) { return one.name == name; });
    if (!is_there) {
      return fail(Code::kInvalid, "policy.test",
                  "it is about the text `" + name + "`, which the set does not have");
    }
  }
  const std::set<std::string> names(part.texts.begin(), part.texts.end());
  std::vector<cedar::Policy> policies;
  for (const cedar::Policy& policy : whole.set.policies()) {
    if (names.contains(policy.source)) policies.push_back(policy);
  }
  auto out = std::make_shared<decision::PolicyState>();
  AMBIT_TRY(out->set, cedar::PolicySet::make(std::move(policies)));
  out->name = whole.name;
  out->tiers = part.tiers;
  decision::note_modes(*out);
  return out;
}

// Collects what is not as expected.
class Judge {
 public:
  explicit Judge(CaseResult& result) : result_(result) {}

  void texts(const char* what, std::vector<std::string> seen,
             const std::optional<std::vector<std::string>>& expected) {
    seen = sorted(std::move(seen));
    if (expected && seen != *expected) differs(what, quoted(seen), quoted(*expected));
  }
  void differs(const char* what, const std::string& seen, const std::string& expected) {
    result_.problems.push_back(std::string(what) + " " + seen + ", expected " + expected);
  }

 private:
  CaseResult& result_;
};

std::string named(domain::Verdict verdict) {
  return "`" + std::string(domain::name_of(verdict)) + "`";
}

std::vector<std::string> texts_of(const std::vector<domain::Need>& needs) {
  std::vector<std::string> out;
  for (const auto& need : needs) out.push_back(need.approvers + ":" + std::to_string(need.quorum));
  return out;
}

std::vector<std::string> labels(const cedar::PolicySet& set, const std::vector<std::string>& ids) {
  std::vector<std::string> out;
  for (const auto& id : ids) out.push_back(label_of(set, id));
  return out;
}

}  // namespace

std::string label_of(const cedar::Policy& policy) {
  const std::string* name = policy.annotation("id");
  return name && !name->empty() ? *name : policy.id;
}

std::string label_of(const cedar::PolicySet& set, const std::string& id) {
  const cedar::Policy* policy = set.find(id);
  return policy ? label_of(*policy) : id;
}

Result<std::vector<Case>> cases_from_json(const std::string& suite, const Json& document) {
  auto out = read(suite, document);
  if (!out) return fail(Code::kInvalid, "policy.test", out.error().message);
  return out;
}

CaseResult run(const Case& test, const std::shared_ptr<const decision::PolicyState>& policies) {
  CaseResult out{test.suite, test.name, {}, {}};
  out.decision = decision::decide(test.question.snapshot(policies), test.question.action);
  const decision::Decision& seen = out.decision;
  const Expectation& expect = test.expect;
  Judge judge(out);
  if (seen.verdict != expect.verdict) {
    judge.differs("verdict is", named(seen.verdict), named(expect.verdict));
  }
  std::vector<std::string> codes;
  for (const auto& reason : seen.reasons) codes.push_back(reason.code);
  judge.texts("reasons are", codes, expect.reasons);
  judge.texts("determining policies are", labels(policies->set, seen.determining), expect.policies);
  judge.texts("observed policies are", labels(policies->set, seen.observed), expect.observed);
  judge.texts("obligations are", seen.obligations, expect.obligations);
  if (expect.needs) judge.texts("needs are", texts_of(seen.needs), sorted(texts_of(*expect.needs)));
  const auto would = seen.would.value_or(seen.verdict);
  if (expect.would && would != *expect.would) {
    judge.differs("with observed policies enforced it would be", named(would),
                  named(*expect.would));
  }
  return out;
}

std::vector<CaseResult> run_all(const std::vector<Case>& tests,
                                const std::shared_ptr<const decision::PolicyState>& policies) {
  std::vector<CaseResult> out;
  out.reserve(tests.size());
  const Part* last = nullptr;  // the cases of one document stand together
  Result<std::shared_ptr<const decision::PolicyState>> asked = policies;
  for (const Case& test : tests) {
    if (test.part.get() != last) {
      last = test.part.get();
      asked = last ? state_of(*last, *policies) : policies;
    }
    if (asked) {
      out.push_back(run(test, *asked));
    } else {
      out.push_back({test.suite, test.name, {asked.error().message}, {}});
    }
  }
  return out;
}

}  // namespace ambit::policies
