// The words in which a validation says what is wrong, and where.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "text/internal/json_schema_program.h"

namespace ambit::text::internal {

// Where in the value the walk is; frames on the stack point at their parents.
struct Path {
  const Path* parent = nullptr;
  const std::string* name = nullptr;  // a member, or else
  std::size_t index = 0;              // an element
};

// `/paths/0` in backticks, or "the value" for the root.
std::string where(const Path& path);

// "a string or null"
std::string describe(Types types);

// A value of the schema, shortened, in backticks.
std::string literal(const Json& value);

// "a, b and c", with `last` before the last one.
std::string listed(const std::vector<std::string>& items, std::string_view last);

// "1 item", "2 items"
std::string count_of(std::size_t count, const char* noun);

}  // namespace ambit::text::internal
