// rooms: base text cedar cedar_schema
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cedar_schema/guided_json.h"
#include "cedar_schema/schema.h"
#include "cedar_schema/schema_convert.h"
#include "cedar_schema/schema_json.h"
#include "cedar_schema/schema_text.h"
#include "cedar_schema/schema_warnings.h"

namespace {

using namespace ambit::cedar;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", what);
  std::abort();
}

// A text that can be read is printed and converted without loss.
void check_text(std::string_view text) {
  const auto fragment = parse_schema_fragment(text);
  if (!fragment) return require(!fragment.error().pretty().empty(), "an error says something");
  schema_warnings(*fragment, text);
  const auto json = schema_fragment_to_json(*fragment);
  const auto by_json = schema_fragment_from_json(json);
  require(by_json && *by_json == *fragment, "as JSON it reads the same");
  const auto printed = to_schema_text(*fragment);
  if (printed) {
    const auto again = parse_schema_fragment(*printed);
    require(again && *again == *fragment, "printed it reads the same");
  }
  const auto schema = parse_schema(text);
  const auto json_schema = Schema::from_json(json);
  require(schema.has_value() == json_schema.has_value(), "both mean something or neither");
  if (schema) require(*schema == *json_schema, "and the same");
}

// The JSON is a schema, or `{"schema": ..., "entities": ...}`.
void check_json(const ambit::text::Json& json) {
  const auto* inner = json.find("schema");
  const auto* entities = json.find("entities");
  const auto schema = Schema::from_json(inner != nullptr ? *inner : json);
  if (!schema) return;
  if (entities != nullptr) {
    const auto read = entities_from_json(*entities, *schema);
    if (!read) return;
    const auto written = read->to_json();
    if (!written) return;  // an attribute record with a reserved name
    const auto again = entities_from_json(*written, *schema);
    require(again && again->size() == read->size(), "entities read back");
    return;
  }
  const auto text = schema_json_to_text(json);
  if (!text) return;
  require(Schema::parse(*text).has_value(), "a converted schema can be read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_text(bytes);
  const auto json = ambit::text::parse_json(bytes, {1u << 20, 500});
  if (json) check_json(*json);
  return 0;
}
