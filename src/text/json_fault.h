// Where a text stops being JSON, for a person who mends it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ambit::text {

struct JsonFault {
  std::size_t line = 1;    // counted from 1
  std::size_t column = 1;  // in characters, counted from 1
  std::string wanted;      // `a comma or ']'`
};

// The first place at which `bytes` cannot go on as JSON text (RFC 8259); none when the grammar
// holds, which says nothing of limits, of keys that repeat and of numbers out of range.
std::optional<JsonFault> find_json_fault(std::string_view bytes);

}  // namespace ambit::text
