#include "cedar_schema/schema_convert.h"
#include "cedar_schema/schema_json.h"
#include "cedar_schema/schema_text.h"
#include "conformance_checks.h"

namespace ambit::conformance {
namespace {

using cedar::Schema;
using cedar::SchemaFragment;
using text::Json;

Result<SchemaFragment> read_text(const std::string& text) {
  auto fragment = cedar::parse_schema_fragment(text);
  if (!fragment) return bad(fragment.error().summary());
  return *std::move(fragment);
}

Result<void> require(bool holds, const char* what) {
  if (!holds) return bad(what);
  return {};
}

// What is wrong with a schema text, or nothing.
Result<void> try_text(const std::string& text) {
  AMBIT_TRY(const SchemaFragment fragment, read_text(text));
  AMBIT_TRY(const Schema schema, Schema::parse(text));
  AMBIT_TRY(const std::string printed, cedar::to_schema_text(fragment));
  AMBIT_TRY(const SchemaFragment read_again, read_text(printed));
  AMBIT_CHECK_OK(require(read_again == fragment, "printed, it reads differently"));
  AMBIT_TRY(const Json json, cedar::schema_text_to_json(text));
  AMBIT_TRY(const SchemaFragment by_json, cedar::schema_fragment_from_json(json));
  AMBIT_CHECK_OK(require(by_json == fragment, "written as JSON, it reads differently"));
  AMBIT_TRY(const Schema json_schema, Schema::from_json(json));
  return require(json_schema == schema, "written as JSON, it means something else");
}

Result<void> try_json(const Json& json, const std::string& text) {
  AMBIT_TRY(const Schema schema, Schema::from_json(json));
  AMBIT_TRY(const SchemaFragment fragment, cedar::schema_fragment_from_json(json));
  const Json written = cedar::schema_fragment_to_json(fragment);
  AMBIT_CHECK_OK(require(written == json, "written again, it is another JSON"));
  AMBIT_TRY(const std::string converted, cedar::schema_json_to_text(json));
  AMBIT_TRY(const Schema by_text, Schema::parse(converted));
  AMBIT_CHECK_OK(require(by_text == schema, "written as text, it means something else"));
  if (text.empty()) return {};
  AMBIT_TRY(const Schema beside, Schema::parse(text));
  return require(beside == schema, "it means something else than the text");
}

std::string message_of(const Result<void>& done) { return done ? "" : done.error().message; }

}  // namespace

void check_schema_text(const fs::path& path, Tally& tally) {
  const auto text = read_file(path);
  const Result<void> done = text ? try_text(*text) : Result<void>(fail(text.error()));
  tally.check("schemas", path, done.has_value(), message_of(done));
}

void check_json_schema(const fs::path& path, const Folder& folder, Tally& tally) {
  const auto json = read_json(path);
  std::string text;
  if (const auto beside = folder.sibling(path, kSchema)) text = read_file(*beside).value_or("");
  const Result<void> done = json ? try_json(*json, text) : Result<void>(fail(json.error()));
  tally.check("JSON schemas", path, done.has_value(), message_of(done));
}

}  // namespace ambit::conformance
