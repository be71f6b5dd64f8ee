// rooms: text
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "text/json.h"
#include "text/json_fault.h"

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ambit::text;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto value = parse_json(bytes);
  const bool has_fault = find_json_fault(bytes).has_value();
  require(!value || !has_fault, "what reads has no fault");
  require(value || has_fault || value.error().reason != "json.syntax" ||
              bytes.find("\\u") != std::string_view::npos,
          "a fault is found in what is no JSON, but for lone surrogates");
  if (!value) return 0;

  const auto again = parse_json(to_json(*value));
  require(again && *again == *value, "compact JSON reads back as the same value");
  const auto pretty = parse_json(to_pretty_json(*value));
  require(pretty && *pretty == *value, "indented JSON reads back as the same value");

  const std::string canonical = to_canonical_json(*value);
  const auto canonical_value = parse_json(canonical);
  require(canonical_value.has_value(), "canonical JSON can be read");
  require(to_canonical_json(*canonical_value) == canonical, "canonical JSON is a fixed point");
  require(to_json(*canonical_value).size() >= canonical.size(), "compact JSON loses nothing");

  // The input doubles as a pointer; any bytes must be harmless.
  resolve_pointer(*value, bytes);
  return 0;
}
