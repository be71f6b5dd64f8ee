// rooms: text
// Two JSON texts, a schema and a value, on either side of the first line feed that is followed by
// `---`. Compiles the one and asks it about the other.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "text/json_schema.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ambit::text;
  constexpr std::string_view kBetween = "\n---\n";
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t split = input.find(kBetween);
  if (split == std::string_view::npos) return 0;
  const auto schema = parse_json(input.substr(0, split));
  const auto value = parse_json(input.substr(split + kBetween.size()));
  if (!schema || !value) return 0;
  const auto compiled = JsonSchema::compile(*schema);
  if (!compiled) {
    if (compiled.error().message.empty()) std::abort();
    return 0;
  }
  const auto first = compiled->validate(*value);
  const auto again = compiled->validate(*value);
  if (first.has_value() != again.has_value()) std::abort();
  if (!first && first.error() != again.error()) std::abort();
  // What is a constant of itself is always valid.
  if (!JsonSchema::compile(Json::object({{"const", *value}}))->validate(*value)) std::abort();
  return 0;
}
