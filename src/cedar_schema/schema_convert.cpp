#include "cedar_schema/schema_convert.h"

#include <algorithm>
#include <utility>

#include "cedar_schema/schema.h"
#include "cedar_schema/schema_json.h"
#include "cedar_schema/schema_text.h"

namespace ambit::cedar {
namespace {

bool is_group(const SchemaAction& action) {
  return action.principal_types.empty() || action.resource_types.empty();
}

// Whether two schemas say the same. What an action that applies to nothing would apply to, if it
// did, does not count; text does not say it.
bool same_meaning(const Schema& a, const Schema& b) {
  const auto same_action = [](const SchemaAction& x, const SchemaAction& y) {
    if (!is_group(x) || !is_group(y)) return x == y;
    return x.uid == y.uid && x.parents == y.parents && x.annotations == y.annotations;
  };
  return a.entity_types() == b.entity_types() &&
         std::equal(a.actions().begin(), a.actions().end(), b.actions().begin(), b.actions().end(),
                    same_action);
}

}  // namespace

Result<text::Json> schema_text_to_json(std::string_view text) {
  AMBIT_TRY(const Schema schema, Schema::parse(text));
  const auto fragment = parse_schema_fragment(text);
  if (!fragment) return fail(Code::kInvalid, "cedar.schema", fragment.error().summary());
  return schema_fragment_to_json(*fragment);
}

Result<std::string> schema_json_to_text(const text::Json& json) {
  AMBIT_TRY(SchemaFragment fragment, schema_fragment_from_json(json));
  AMBIT_TRY(std::string text, to_schema_text(fragment));
  AMBIT_TRY(const Schema meant, Schema::resolve({std::move(fragment)}));
  // A name in text may mean an entity type or a common type; in JSON it may be told which.
  const auto said = Schema::parse(text);
  if (!said || !same_meaning(*said, meant)) {
    return fail(Code::kUnsupported, "cedar.schema",
                "schema text cannot say this: a name in it would mean another type, as it is the "
                "name of both an entity type and a common type");
  }
  return text;
}

}  // namespace ambit::cedar
