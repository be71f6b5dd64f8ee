// Names of Cedar types made from names that may be any text.
#pragma once

#include <string>
#include <string_view>

namespace ambit::tool_schema {

// An identifier of Cedar: `name` itself where it is one, else with `__uHH` for every byte that
// cannot stand in one. Different names have different identifiers.
std::string type_name_of(std::string_view name);

// Whether `name` can stand as it is where Cedar wants the name of a type or a namespace.
bool is_type_name(std::string_view name);

}  // namespace ambit::tool_schema
