#include "conformance_test_file.h"

#include <set>
#include <utility>

#include "cedar/json.h"
#include "cedar_schema/guided_json.h"

namespace ambit::conformance {
namespace {

using text::Json;

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

// Writes out the entities among attributes that only a schema would tell from records: an object of
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

Result<cedar::EntityUid> read_uid(const Json& request, const char* member) {
  const Json* uid = request.find(member);
  if (uid == nullptr) return bad(std::string("no `") + member + "`");
  if (uid->is_string()) return cedar::EntityUid::parse(uid->as_string());
  return cedar::uid_from_json(*uid);
}

Result<cedar::Value> read_context(const Json& context, const TestFile& test,
                                  const cedar::EntityUid& action, bool validated) {
  if (test.schema) {
    auto guided = cedar::context_from_json(context, *test.schema, action);
    if (guided || validated) return guided;
  }
  return cedar::context_from_json(context);
}

}  // namespace

bool is_test(const Json& json) {
  const Json* requests = json.find("requests");
  return (requests != nullptr && requests->is_array()) || json.find("entities") != nullptr;
}

Result<TestFile> read_test_file(const fs::path& path, Json json, const Folder& folder) {
  TestFile out{path, std::move(json), std::nullopt};
  if (out.json.find("schema") == nullptr) return out;
  AMBIT_TRY(const fs::path schema_path, folder.named(path, out.json, "schema"));
  if (schema_path.extension() == ".json") {
    AMBIT_TRY(const Json schema, read_json(schema_path));
    AMBIT_TRY(out.schema, cedar::Schema::from_json(schema));
  } else {
    AMBIT_TRY(const std::string text, read_file(schema_path));
    AMBIT_TRY(out.schema, cedar::Schema::parse(text));
  }
  return out;
}

Result<cedar::PolicySet> read_policies(const TestFile& test, const Folder& folder) {
  AMBIT_TRY(const fs::path path, folder.named(test.path, test.json, "policies"));
  AMBIT_TRY(const std::string text, read_file(path));
  return cedar::PolicySet::parse(text);
}

Result<Json> read_entities_json(const TestFile& test, const Folder& folder) {
  AMBIT_TRY(const fs::path path, folder.named(test.path, test.json, "entities"));
  return read_json(path);
}

Result<cedar::Entities> read_entities(const Json& json, const TestFile& test) {
  if (test.schema) return cedar::entities_from_json(json, *test.schema);
  return read_entities_without_schema(json);
}

Result<cedar::Entities> read_entities_without_schema(const Json& json) {
  return cedar::Entities::from_json(with_marked_entities(json));
}

Result<cedar::Request> read_request(const Json& json, const TestFile& test) {
  cedar::Request out;
  AMBIT_TRY(out.principal, read_uid(json, "principal"));
  AMBIT_TRY(out.action, read_uid(json, "action"));
  AMBIT_TRY(out.resource, read_uid(json, "resource"));
  if (const Json* context = json.find("context")) {
    AMBIT_TRY(out.context, read_context(*context, test, out.action, is_validated(json)));
  }
  return out;
}

bool is_validated(const Json& request) {
  const Json* validated = request.find("validateRequest");
  return validated == nullptr || !validated->is_bool() || validated->as_bool();
}

std::string name_of_request(const Json& request, std::size_t index) {
  return std::string(request.string_or("description", "request " + std::to_string(index)));
}

}  // namespace ambit::conformance
