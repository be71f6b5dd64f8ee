// Runs an unpacked folder of Cedar integration tests against the reference evaluator:
//
//   cedar-conformance DIR
//
// Every JSON file below DIR that is an object with `requests` is a test; the policies and entities
// it names are looked for beside it and in each folder above it. Compared are decision, reasons and
// errors, three times: with the policies as written, as printed and read again, and with the
// entities written and read again. Ends with `N passed, N failed`, counting requests; exit status 0
// when none failed.
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

namespace {

namespace fs = std::filesystem;
using ambit::Result;
using ambit::cedar::Entities;
using ambit::cedar::EntityUid;
using ambit::cedar::Policy;
using ambit::cedar::PolicySet;
using ambit::cedar::Request;
using ambit::text::Json;

constexpr ambit::text::JsonLimits kLimits{64u << 20, 500};

struct Count {
  std::size_t passed = 0;
  std::size_t failed = 0;
};

// What a request came to, in the form the tests state it.
struct Outcome {
  std::string decision;
  std::vector<std::string> reasons;
  std::vector<std::string> errors;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// One way of reading the policies and entities of a test.
struct Reading {
  std::string name;
  PolicySet policies;
  Entities entities;
};

tl::unexpected<ambit::Error> bad(std::string message) {
  return ambit::fail(ambit::Code::kInvalid, "conformance", std::move(message));
}

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

std::vector<std::string> sorted(std::vector<std::string> ids) {
  std::sort(ids.begin(), ids.end());
  return ids;
}

// The types of the entities in a file, from their uids.
std::set<std::string> entity_types(const Json& entities) {
  std::set<std::string> out;
  if (!entities.is_array()) return out;
  for (const Json& entity : entities.as_array()) {
    const Json* uid = entity.find("uid");
    if (uid != nullptr && uid->find("type") != nullptr) out.emplace(uid->string_or("type", ""));
  }
  return out;
}

// Writes out the entities among attributes that only the schema would tell from records. The
// reference reads these files with their schema, which this engine does not have; but an object of
// exactly `type` and `id` whose type is that of an entity in the same file can only mean that
// entity.
void mark_entities(Json& value, const std::set<std::string>& types) {
  if (value.find("__entity") != nullptr) return;
  if (value.is_array()) {
    for (Json& item : value.as_array()) mark_entities(item, types);
  } else if (value.is_object()) {
    const bool named = value.as_object().size() == 2 && value.find("id") != nullptr &&
                       types.contains(std::string(value.string_or("type", "")));
    if (named) {
      value = Json::object({{"__entity", value}});
      return;
    }
    for (auto& [name, member] : value.as_object()) mark_entities(member, types);
  }
}

Json with_marked_entities(Json entities) {
  const std::set<std::string> types = entity_types(entities);
  if (!entities.is_array()) return entities;
  for (Json& entity : entities.as_array()) {
    for (const char* part : {"attrs", "tags"}) {
      if (Json* record = entity.find(part)) mark_entities(*record, types);
    }
  }
  return entities;
}

Result<PolicySet> reprinted(const PolicySet& policies) {
  std::string text;
  for (const Policy& policy : policies.policies()) text += to_cedar_text(policy);
  auto again = PolicySet::parse(text);
  if (!again) return bad("printed policies cannot be read: " + again.error().message + "\n" + text);
  const auto same = [](const Policy& a, const Policy& b) { return same_policy(a, b); };
  if (!std::equal(policies.policies().begin(), policies.policies().end(), again->policies().begin(),
                  again->policies().end(), same)) {
    return bad("printed policies read differently:\n" + text);
  }
  return again;
}

Result<std::vector<Reading>> read_test(const fs::path& path, const Json& test) {
  AMBIT_TRY(const fs::path policy_path, resolve(path, test, "policies"));
  AMBIT_TRY(const fs::path entity_path, resolve(path, test, "entities"));
  AMBIT_TRY(const std::string text, read_file(policy_path));
  AMBIT_TRY(const PolicySet policies, PolicySet::parse(text));
  AMBIT_TRY(const Json json, read_json(entity_path));
  AMBIT_TRY(const Entities entities, Entities::from_json(with_marked_entities(json)));
  AMBIT_TRY(const PolicySet printed, reprinted(policies));
  AMBIT_TRY(const Json written, entities.to_json());
  AMBIT_TRY(const Entities read_again, Entities::from_json(written));
  return std::vector<Reading>{{"as written", policies, entities},
                              {"policies printed and read again", printed, entities},
                              {"entities written and read again", policies, read_again}};
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

std::vector<std::string> read_ids(const Json& request, const char* member) {
  std::vector<std::string> out;
  const Json* ids = request.find(member);
  if (ids == nullptr || !ids->is_array()) return out;
  for (const Json& id : ids->as_array()) {
    if (id.is_string()) out.push_back(id.as_string());
  }
  return sorted(std::move(out));
}

Outcome expected_outcome(const Json& request) {
  std::string decision(request.string_or("decision", ""));
  std::transform(decision.begin(), decision.end(), decision.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return {decision, read_ids(request, "reason"), read_ids(request, "errors")};
}

Outcome actual_outcome(const Request& request, const Reading& reading,
                       std::vector<std::string>& messages) {
  const auto answer = is_authorized(request, reading.policies, reading.entities);
  Outcome out{answer.allow ? "allow" : "deny", sorted(answer.determining), {}};
  for (const auto& error : answer.errors) {
    out.errors.push_back(error.policy->id);
    messages.push_back(error.policy->id + ": " + error.message);
  }
  out.errors = sorted(std::move(out.errors));
  return out;
}

std::string describe(const Outcome& outcome) {
  std::string out = outcome.decision + ", reasons [";
  for (const std::string& id : outcome.reasons) out += " " + id;
  out += " ], errors [";
  for (const std::string& id : outcome.errors) out += " " + id;
  return out + " ]";
}

void report(const fs::path& path, const std::string& request, const std::string& what) {
  std::printf("FAILED %s: %s: %s\n", path.c_str(), request.c_str(), what.c_str());
}

bool run_request(const fs::path& path, const std::string& name, const Json& json,
                 const std::vector<Reading>& readings) {
  const auto request = read_request(json);
  if (!request) {
    report(path, name, "cannot read the request: " + request.error().message);
    return false;
  }
  const Outcome expected = expected_outcome(json);
  for (const Reading& reading : readings) {
    std::vector<std::string> messages;
    const Outcome actual = actual_outcome(*request, reading, messages);
    if (actual == expected) continue;
    std::string what =
        "expected " + describe(expected) + ", got " + describe(actual) + " (" + reading.name + ")";
    for (const std::string& message : messages) what += "\n    " + message;
    report(path, name, what);
    return false;
  }
  return true;
}

void run_test(const fs::path& path, const Json& test, const Json& requests, Count& count) {
  const auto readings = read_test(path, test);
  std::size_t index = 0;
  for (const Json& request : requests.as_array()) {
    const std::string number = "request " + std::to_string(index++);
    const std::string name(request.string_or("description", number));
    if (!readings) report(path, name, readings.error().message);
    const bool passed = readings && run_request(path, name, request, *readings);
    ++(passed ? count.passed : count.failed);
  }
}

std::vector<fs::path> json_files(const fs::path& dir) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file() && entry.path().extension() == ".json") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

void run_file(const fs::path& path, Count& count) {
  const auto json = read_json(path);
  if (!json) {
    // Whatever it was meant to be, a file that cannot be read is not passed over in silence.
    report(path, "the file", json.error().message);
    ++count.failed;
    return;
  }
  const Json* requests = json->find("requests");
  if (requests != nullptr && requests->is_array()) run_test(path, *json, *requests, count);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: cedar-conformance DIR\n");
    return 2;
  }
  std::error_code error;
  const fs::path dir = fs::canonical(argv[1], error);
  if (error || !fs::is_directory(dir)) {
    std::fprintf(stderr, "cedar-conformance: `%s` is not a folder\n", argv[1]);
    return 2;
  }
  Count count;
  for (const fs::path& path : json_files(dir)) run_file(path, count);
  if (count.passed + count.failed == 0) {
    std::fprintf(stderr,
                 "cedar-conformance: there is no test below `%s`: no JSON file with `requests`\n",
                 argv[1]);
    return 2;
  }
  std::printf("%zu passed, %zu failed\n", count.passed, count.failed);
  return count.failed == 0 ? 0 : 1;
}
