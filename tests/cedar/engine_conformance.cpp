// Runs an unpacked folder of Cedar integration tests against the compiled engine and the reference
// evaluator:
//
//   engine-conformance DIR
//
// Every JSON file below DIR that is an object with `requests` is a test; the policies and entities
// it names are looked for beside it and in each folder above it. A request passes when the engine
// gives the decision, reasons and errors that the test states, and the very evaluation of the
// reference, error messages included; over compiled entities and over plain ones. Afterwards the
// policies of all tests are asked together, in sets of many, where the index has something to find:
// such a request passes when engine and reference agree. Ends with `N passed, N failed`, counting
// requests; exit status 0 when none failed.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "cedar/authorizer.h"
#include "cedar/json.h"
#include "cedar_engine/policy_compiler.h"
#include "cedar_engine/request_evaluator.h"

namespace {

namespace fs = std::filesystem;
using ambit::Result;
using ambit::cedar::CompiledOutcome;
using ambit::cedar::CompiledPolicies;
using ambit::cedar::Entities;
using ambit::cedar::Entity;
using ambit::cedar::EntityUid;
using ambit::cedar::Evaluation;
using ambit::cedar::Policy;
using ambit::cedar::PolicyCompiler;
using ambit::cedar::PolicySet;
using ambit::cedar::Request;
using ambit::cedar::RequestEvaluator;
using ambit::cedar::Value;
using ambit::text::Json;

constexpr ambit::text::JsonLimits kLimits{64u << 20, 500};
constexpr std::size_t kPoliciesTogether = 500;
// A compiler remembers every name; this is where it has seen enough.
constexpr std::size_t kTestsPerCompiler = 1000;

tl::unexpected<ambit::Error> bad(std::string message) {
  return ambit::fail(ambit::Code::kInvalid, "conformance", std::move(message));
}

// --- reading tests

Result<std::string> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  if (!in) return bad("cannot read `" + path.string() + "`");
  return std::move(out).str();
}

Result<Json> read_json(const fs::path& path) {
  AMBIT_TRY(std::string bytes, read_file(path));
  return ambit::text::parse_json(bytes, kLimits);
}

// The file that a test names, beside the test or in a folder above it.
Result<fs::path> resolve(const fs::path& test, const Json& json, const char* member) {
  const Json* name = json.find(member);
  if (name == nullptr || !name->is_string()) return bad(std::string("no `") + member + "`");
  for (fs::path dir = test.parent_path();; dir = dir.parent_path()) {
    if (fs::is_regular_file(dir / name->as_string())) return dir / name->as_string();
    if (dir == dir.parent_path()) return bad("there is no file `" + name->as_string() + "`");
  }
}

std::set<std::string> entity_types(const Json& entities) {
  std::set<std::string> out;
  for (const Json& entity : entities.as_array()) {
    const Json* uid = entity.find("uid");
    if (uid != nullptr) out.emplace(uid->string_or("type", ""));
  }
  return out;
}

// Writes out the entities among attributes that only the schema would tell from records: an object
// of exactly `type` and `id` whose type is that of an entity in the same file.
void mark_entities(Json& value, const std::set<std::string>& types) {
  if (value.find("__entity") != nullptr) return;
  if (value.is_array()) {
    for (Json& item : value.as_array()) mark_entities(item, types);
  } else if (value.is_object()) {
    if (value.as_object().size() == 2 && value.find("id") != nullptr &&
        types.contains(std::string(value.string_or("type", "")))) {
      value = Json::object({{"__entity", value}});
      return;
    }
    for (auto& [name, member] : value.as_object()) mark_entities(member, types);
  }
}

Result<Entity> read_entity(const Json& json) {
  const Json* uid = json.find("uid");
  if (uid == nullptr) return bad("an entity has no `uid`");
  Entity out;
  AMBIT_TRY(out.uid, ambit::cedar::uid_from_json(*uid));
  if (const Json* attributes = json.find("attrs")) {
    AMBIT_TRY(out.attributes, ambit::cedar::record_from_json(*attributes));
  }
  if (const Json* tags = json.find("tags")) {
    AMBIT_TRY(out.tags, ambit::cedar::record_from_json(*tags));
  }
  if (const Json* parents = json.find("parents")) {
    for (const Json& parent : parents->as_array()) {
      AMBIT_TRY(EntityUid parent_uid, ambit::cedar::uid_from_json(parent));
      out.parents.push_back(std::move(parent_uid));
    }
  }
  return out;
}

Result<std::vector<Entity>> read_entities(Json json) {
  if (!json.is_array()) return bad("the entities are not an array");
  const std::set<std::string> types = entity_types(json);
  std::vector<Entity> out;
  for (Json& entity : json.as_array()) {
    for (const char* part : {"attrs", "tags"}) {
      if (Json* record = entity.find(part)) mark_entities(*record, types);
    }
    AMBIT_TRY(Entity read, read_entity(entity));
    out.push_back(std::move(read));
  }
  return out;
}

Result<EntityUid> read_uid(const Json& request, const char* member) {
  const Json* uid = request.find(member);
  if (uid == nullptr) return bad(std::string("no `") + member + "`");
  if (uid->is_string()) return EntityUid::parse(uid->as_string());
  return ambit::cedar::uid_from_json(*uid);
}

Result<Request> read_request(const Json& json) {
  Request out;
  AMBIT_TRY(out.principal, read_uid(json, "principal"));
  AMBIT_TRY(out.action, read_uid(json, "action"));
  AMBIT_TRY(out.resource, read_uid(json, "resource"));
  if (const Json* context = json.find("context")) {
    AMBIT_TRY(out.context, ambit::cedar::context_from_json(*context));
  }
  return out;
}

struct Expected {
  bool allow = false;
  std::vector<std::string> reasons;
  std::vector<std::string> errors;

  friend bool operator==(const Expected&, const Expected&) = default;
};

std::vector<std::string> read_ids(const Json& request, const char* member) {
  std::vector<std::string> out;
  if (const Json* ids = request.find(member)) {
    for (const Json& id : ids->as_array()) out.push_back(id.as_string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

Expected read_expected(const Json& request) {
  std::string decision(request.string_or("decision", ""));
  std::transform(decision.begin(), decision.end(), decision.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return {decision == "allow", read_ids(request, "reason"), read_ids(request, "errors")};
}

struct Test {
  fs::path path;
  PolicySet policies;
  std::vector<Entity> entities;
  std::vector<Request> requests;
  std::vector<Expected> expected;
};

Result<Test> read_test(const fs::path& path, const Json& json) {
  Test out;
  out.path = path;
  AMBIT_TRY(const fs::path policy_path, resolve(path, json, "policies"));
  AMBIT_TRY(const fs::path entity_path, resolve(path, json, "entities"));
  AMBIT_TRY(const std::string text, read_file(policy_path));
  AMBIT_TRY(out.policies, PolicySet::parse(text));
  AMBIT_TRY(Json entities, read_json(entity_path));
  AMBIT_TRY(out.entities, read_entities(std::move(entities)));
  for (const Json& request : json.find("requests")->as_array()) {
    AMBIT_TRY(Request read, read_request(request));
    out.requests.push_back(std::move(read));
    out.expected.push_back(read_expected(request));
  }
  return out;
}

// --- comparing

std::string describe(const Evaluation& evaluation) {
  std::string out = "permits [";
  for (const Policy* policy : evaluation.satisfied_permits) out += " " + policy->id;
  out += " ], forbids [";
  for (const Policy* policy : evaluation.satisfied_forbids) out += " " + policy->id;
  out += " ], errors [";
  for (const auto& error : evaluation.errors) out += " " + error.policy->id + ": " + error.message;
  return out + " ]";
}

// The answer as the tests state it.
Expected answer_of(const Evaluation& evaluation) {
  Expected out;
  out.allow = !evaluation.satisfied_permits.empty() && evaluation.satisfied_forbids.empty();
  for (const Policy* policy :
       out.allow ? evaluation.satisfied_permits : evaluation.satisfied_forbids) {
    out.reasons.push_back(policy->id);
  }
  for (const auto& error : evaluation.errors) out.errors.push_back(error.policy->id);
  std::sort(out.reasons.begin(), out.reasons.end());
  std::sort(out.errors.begin(), out.errors.end());
  return out;
}

class Run {
 public:
  void run(const Test& test) {
    if (tests_++ % kTestsPerCompiler == 0) compiler_ = PolicyCompiler(1);
    const auto policies = compiler_.compile(test.policies);
    for (std::size_t i = 0; i < test.requests.size(); ++i) {
      run(test, i, test.policies, *policies, &test.expected[i]);
    }
  }

  void run_together(const Test& test, const PolicySet& policies) {
    const auto compiled = compiler_.compile(policies);
    for (std::size_t i = 0; i < test.requests.size(); ++i) {
      run(test, i, policies, *compiled, nullptr);
    }
  }

  void fail(const fs::path& path, std::size_t requests, const std::string& why) {
    std::printf("FAILED %s: %s\n", path.c_str(), why.c_str());
    failed_ += requests;
  }

  std::size_t passed() const { return passed_; }
  std::size_t failed() const { return failed_; }

 private:
  void run(const Test& test, std::size_t index, const PolicySet& policies,
           const CompiledPolicies& compiled, const Expected* expected) {
    const Request& request = test.requests[index];
    const auto plain = Entities::make(test.entities);
    const auto store = compiler_.compile(test.entities);
    if (!plain || !store) return fail(test.path, 1, "the entities cannot be used");
    const Evaluation reference = evaluate(request, policies, *plain);
    evaluator_.begin(compiled, store->get());
    const Evaluation over_compiled = evaluator_.evaluation(evaluator_.decide(request));
    const Evaluation over_plain = evaluator_.evaluate(request, compiled, *plain);
    const std::string wanted = describe(reference);
    if (describe(over_compiled) != wanted || describe(over_plain) != wanted) {
      return fail(test.path, 1,
                  "request " + std::to_string(index) + ": the reference says " + wanted +
                      "; the engine " + describe(over_compiled) + ", over plain entities " +
                      describe(over_plain));
    }
    if (expected != nullptr && answer_of(over_compiled) != *expected) {
      return fail(test.path, 1,
                  "request " + std::to_string(index) + ": got " + describe(over_compiled));
    }
    ++passed_;
  }

  PolicyCompiler compiler_{1};
  RequestEvaluator evaluator_;
  std::size_t tests_ = 0;
  std::size_t passed_ = 0;
  std::size_t failed_ = 0;
};

std::vector<fs::path> json_files(const fs::path& dir) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file() && entry.path().extension() == ".json") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<Test> run_alone(const std::vector<fs::path>& files, Run& run) {
  std::vector<Test> tests;
  for (const fs::path& path : files) {
    const auto json = read_json(path);
    if (!json) {
      run.fail(path, 1, json.error().message);
      continue;
    }
    const Json* requests = json->find("requests");
    if (requests == nullptr || !requests->is_array()) continue;
    auto test = read_test(path, *json);
    if (!test) {
      run.fail(path, requests->as_array().size(), test.error().message);
      continue;
    }
    run.run(*test);
    tests.push_back(*std::move(test));
  }
  return tests;
}

// One request of each test against the policies of many.
void run_together(std::vector<Test>& tests, Run& run) {
  for (std::size_t begin = 0; begin < tests.size(); begin += kPoliciesTogether) {
    const std::size_t end = std::min(tests.size(), begin + kPoliciesTogether);
    std::vector<ambit::cedar::PolicyText> texts;
    for (std::size_t i = begin; i < end; ++i) {
      for (const auto& text : tests[i].policies.texts()) {
        texts.push_back({"t" + std::to_string(texts.size()), text.text});
      }
    }
    const auto policies = PolicySet::parse_named(std::move(texts));
    if (!policies) {
      run.fail(tests[begin].path, end - begin, policies.error().message);
      continue;
    }
    for (std::size_t i = begin; i < end; ++i) {
      tests[i].requests.resize(std::min<std::size_t>(tests[i].requests.size(), 1));
      run.run_together(tests[i], *policies);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: engine-conformance DIR\n");
    return 2;
  }
  std::error_code error;
  const fs::path dir = fs::canonical(argv[1], error);
  if (error || !fs::is_directory(dir)) {
    std::fprintf(stderr, "engine-conformance: `%s` is not a folder\n", argv[1]);
    return 2;
  }
  Run run;
  std::vector<Test> tests = run_alone(json_files(dir), run);
  if (run.passed() + run.failed() == 0) {
    std::fprintf(stderr,
                 "engine-conformance: there is no test below `%s`: no JSON file with `requests`\n",
                 argv[1]);
    return 2;
  }
  run_together(tests, run);
  std::printf("%zu passed, %zu failed\n", run.passed(), run.failed());
  return run.failed() == 0 ? 0 : 1;
}
