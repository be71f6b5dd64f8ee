#include <set>
#include <string>

#include "cedar/json.h"
#include "cedar_schema/conformance.h"
#include "cedar_schema/guided_json.h"
#include "cedar_schema/schema.h"
#include "cedar_schema/schema_convert.h"
#include "cedar_schema/validator.h"
#include "oracle_questions.h"

namespace oracle {

using ambit::cedar::PolicySet;
using ambit::cedar::Schema;

namespace {

// {"schema"}, as text or JSON.
Result<const Json*> schema_of(const Json& question) {
  const Json* schema = question.find("schema");
  if (schema == nullptr) return bad("no `schema`");
  return schema;
}

Result<Schema> read_schema(const Json& question) {
  AMBIT_TRY(const Json* schema, schema_of(question));
  return schema->is_string() ? Schema::parse(schema->as_string()) : Schema::from_json(*schema);
}

Json ids_of(const std::vector<ambit::cedar::ValidationIssue>& issues) {
  std::set<std::string> ids;
  for (const auto& issue : issues) ids.insert(issue.policy_id);
  return sorted({ids.begin(), ids.end()});
}

}  // namespace

Result<Json> schema(const Json& question) {
  AMBIT_TRY(const Json* schema, schema_of(question));
  if (!schema->is_string()) {
    AMBIT_TRY(std::string text, ambit::cedar::schema_json_to_text(*schema));
    return Json(std::move(text));
  }
  return ambit::cedar::schema_text_to_json(schema->as_string());
}

Result<Json> validate(const Json& question) {
  AMBIT_TRY(const Schema schema, read_schema(question));
  AMBIT_TRY(const PolicySet policies, read_policies(question));
  const auto result = ambit::cedar::validate(policies, schema);
  return Json::object({{"errors", ids_of(result.errors)}, {"warnings", ids_of(result.warnings)}});
}

Result<Json> guided(const Json& question) {
  const Json* entities = question.find("entities");
  const Json* asked = question.find("request");
  if (entities == nullptr || asked == nullptr) return bad("no `entities`, or no `request`");
  AMBIT_TRY(const Schema schema, read_schema(question));
  AMBIT_TRY(const PolicySet policies, read_policies(question));
  Json head = *asked;
  head.erase("context");
  AMBIT_TRY(auto request, read_request(head));
  if (const Json* context = asked->find("context")) {
    AMBIT_TRY(request.context, ambit::cedar::context_from_json(*context, schema, request.action));
  }
  AMBIT_CHECK_OK(ambit::cedar::validate_request(request, schema));
  AMBIT_TRY(const auto store, ambit::cedar::entities_from_json(*entities, schema));
  return answer_to(request, policies, store);
}

}  // namespace oracle
