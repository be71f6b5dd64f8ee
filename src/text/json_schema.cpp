#include "text/json_schema.h"

#include <algorithm>
#include <utility>

#include "text/internal/json_schema_program.h"
#include "text/utf8.h"

namespace ambit::text {

namespace internal {

const SchemaNode* ObjectRules::property(std::string_view name) const {
  const auto found = std::lower_bound(
      properties.begin(), properties.end(), name,
      [](const NamedSchema& property, std::string_view n) { return property.name < n; });
  return found != properties.end() && found->name == name ? found->schema : nullptr;
}

std::string shown(std::string_view text) {
  constexpr std::size_t kMostBytes = 64;
  std::string out(truncate_utf8(text, kMostBytes));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return out.size() < text.size() ? out + "…" : out;
}

}  // namespace internal

JsonSchema::JsonSchema(std::shared_ptr<const internal::SchemaProgram> program)
    : program_(std::move(program)) {}

Result<JsonSchema> JsonSchema::compile(const Json& schema, Root root) {
  AMBIT_TRY(auto program, internal::compile_schema(schema));
  program.closed_root = root == Root::kClosed;
  return JsonSchema(std::make_shared<const internal::SchemaProgram>(std::move(program)));
}

Result<> JsonSchema::validate(const Json& value) const {
  return internal::validate_value(*program_, value);
}

const std::vector<std::string>& JsonSchema::ignored() const { return program_->ignored; }

}  // namespace ambit::text
