#include <utility>

#include "cedar_schema/conformance.h"
#include "cedar_schema/guided_json.h"
#include "conformance_checks.h"

namespace ambit::conformance {
namespace {

using text::Json;

// The entities of a test by `Type::id`, the form in which these files name one. Of an entity that
// is there twice, the first.
Result<std::map<std::string, Json>> entities_by_name(const Json& entities) {
  if (!entities.is_array()) return bad("the entities are not an array");
  std::map<std::string, Json> out;
  for (const Json& entity : entities.as_array()) {
    const Json* uid = entity.find("uid");
    if (uid == nullptr) continue;
    if (const Json* inner = uid->find("__entity")) uid = inner;
    out.emplace(
        std::string(uid->string_or("type", "")) + "::" + std::string(uid->string_or("id", "")),
        entity);
  }
  return out;
}

std::string outcome(bool valid) { return valid ? "valid" : "invalid"; }

void check_outcome(const std::string& kind, const fs::path& path, const std::string& name,
                   bool expected, const Result<void>& actual, Tally& tally) {
  std::string what =
      name + ": expected " + outcome(expected) + ", got " + outcome(actual.has_value());
  if (!actual) what += " (" + actual.error().message + ")";
  tally.check(kind, path, expected == actual.has_value(), what);
}

bool has_errors(const Json& entry) {
  const Json* errors = entry.find("errors");
  return errors != nullptr && errors->is_array() && !errors->as_array().empty();
}

// Every entity on its own, and all together when none is wrong.
void check_entities(const fs::path& path, const Json& expected, const TestFile& test,
                    const Folder& folder, Tally& tally) {
  const Json* per_entity = expected.find("perEntity");
  if (per_entity == nullptr || !per_entity->is_object() || per_entity->as_object().empty()) return;
  const auto json = read_entities_json(test, folder);
  const auto entities = json ? entities_by_name(*json) : fail(json.error());
  if (!entities) return tally.failed("entity validation", path, entities.error().message);
  for (const auto& [name, entry] : per_entity->as_object()) {
    const auto at = entities->find(name);
    // An action that the file does not give comes from the schema and agrees with it.
    if (at == entities->end()) continue;
    const auto read = cedar::entity_from_json(at->second, *test.schema);
    const Result<void> actual = read ? Result<void>() : Result<void>(fail(read.error()));
    check_outcome("entity validation", path, name, !has_errors(entry), actual, tally);
  }
}

Result<void> validate(const Json& request, const TestFile& test) {
  AMBIT_TRY(const cedar::Request read, read_request(request, test));
  return cedar::validate_request(read, *test.schema);
}

void check_requests(const fs::path& path, const Json& expected, const TestFile& test,
                    Tally& tally) {
  const Json* requests = test.json.find("requests");
  const std::size_t count =
      requests != nullptr && requests->is_array() ? requests->as_array().size() : 0;
  if (!expected.is_array() || expected.as_array().size() != count) {
    return tally.failed("request validation", path, "it is for another number of requests");
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Json* strict = expected.as_array()[i].find("strict");
    if (strict == nullptr || !strict->is_bool()) continue;
    const Json& request = requests->as_array()[i];
    check_outcome("request validation", path, name_of_request(request, i), strict->as_bool(),
                  validate(request, test), tally);
  }
}

Result<TestFile> test_beside(const fs::path& path, const Folder& folder) {
  const auto test_path = folder.sibling(path, kTest);
  if (!test_path) return bad("there is no test that it belongs to");
  AMBIT_TRY(Json json, read_json(*test_path));
  AMBIT_TRY(TestFile test, read_test_file(*test_path, std::move(json), folder));
  if (!test.schema) return bad("the test that it belongs to has no schema");
  return test;
}

Result<void> readable(const Json& entities, const cedar::Schema& schema) {
  AMBIT_TRY(const auto read, cedar::entities_from_json(entities, schema));
  return {};
}

bool is_success(const Json& entry) {
  const Json* success = entry.find("success");
  return success != nullptr && success->is_bool() && success->as_bool();
}

void check_each_parsing(const fs::path& path, const Json& expected, const Json& entities,
                        const cedar::Schema& schema, Tally& tally) {
  const auto by_name = entities_by_name(entities);
  const Json* per_entity = expected.find("perEntity");
  if (!by_name || per_entity == nullptr || !per_entity->is_object()) return;
  for (const auto& [name, entry] : per_entity->as_object()) {
    const auto at = by_name->find(name);
    if (at == by_name->end()) continue;
    check_outcome("entity parsing", path, name, is_success(entry),
                  readable(text::JsonArray{at->second}, schema), tally);
  }
}

}  // namespace

void check_validation(const fs::path& path, const Folder& folder, Tally& tally) {
  const auto json = read_json(path);
  if (!json) return tally.failed("validation", path, json.error().message);
  const auto test = test_beside(path, folder);
  if (!test) return tally.failed("validation", path, test.error().message);
  if (const Json* expected = json->find("entityValidation")) {
    check_entities(path, *expected, *test, folder, tally);
  }
  if (const Json* expected = json->find("requestValidation")) {
    check_requests(path, *expected, *test, tally);
  }
  if (const Json* expected = json->find("policyValidation")) {
    check_policy_validation(path, *expected, *test, folder, tally);
  }
}

void check_parsing(const fs::path& path, const Folder& folder, Tally& tally) {
  const auto json = read_json(path);
  if (!json) return tally.failed("entity parsing", path, json.error().message);
  const auto test = test_beside(path, folder);
  if (!test) return tally.failed("entity parsing", path, test.error().message);
  const auto entities = read_entities_json(*test, folder);
  const Result<void> all =
      entities ? readable(*entities, *test->schema) : Result<void>(fail(entities.error()));
  if (const Json* expected = json->find("allEntities")) {
    check_outcome("entity parsing", path, "all entities", is_success(*expected), all, tally);
  }
  if (entities) check_each_parsing(path, *json, *entities, *test->schema, tally);
}

}  // namespace ambit::conformance
