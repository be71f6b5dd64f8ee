#include <string>

#include "cedar_schema/schema.h"
#include "cedar_schema/schema_json.h"
#include "cedar_schema/schema_text.h"
#include "oracle_questions.h"
#include "tool_schema/schema_generator.h"

namespace oracle {

namespace {

bool is_set(const Json* options, const char* name) {
  const Json* value = options ? options->find(name) : nullptr;
  return value && value->is_bool() && value->as_bool();
}

}  // namespace

Result<Json> tools(const Json& question) {
  const Json* stub = question.find("stub");
  const Json* listed = question.find("tools");
  if (!stub || !stub->is_string() || !listed) return bad("no `stub`, or no `tools`");
  auto fragment = ambit::cedar::parse_schema_fragment(stub->as_string());
  if (!fragment) return ambit::fail(to_error(fragment.error()));
  AMBIT_TRY(const auto listing, ambit::tool_schema::listing_from_json(*listed));
  const Json* given = question.find("options");
  ambit::tool_schema::GeneratorOptions options;
  options.include_outputs = is_set(given, "includeOutputs");
  options.objects_as_records = is_set(given, "objectsAsRecords");
  options.keep_annotations = is_set(given, "keepAnnotations");
  options.flatten_namespaces = is_set(given, "flattenNamespaces");
  options.numbers_as_decimal = is_set(given, "numbersAsDecimal");
  options.deduplicate = is_set(given, "deduplicateEntityTypes");
  AMBIT_TRY(const auto schema, ambit::tool_schema::generate_schema(*fragment, listing, options));
  AMBIT_CHECK_OK(ambit::cedar::Schema::resolve({schema}));
  AMBIT_TRY(std::string text, ambit::cedar::to_schema_text(schema));
  return Json::object(
      {{"text", std::move(text)}, {"json", ambit::cedar::schema_fragment_to_json(schema)}});
}

}  // namespace oracle
