// Numbers and texts of JSON as Cedar has them, never rounded.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "text/json.h"

namespace ambit::tool_schema {

// An integer, however it is written (`5`, `5.0`). None when it is no integer or does not fit.
std::optional<std::int64_t> exact_long(const text::Json& number);

// A number as ten-thousandths. None when it has more than four digits after the point or does not
// fit.
std::optional<std::int64_t> exact_decimal(const text::Json& number);

// RFC 3339 date or date-time as milliseconds since 1970; `+01:00` and `+0100` alike. None when it
// is neither, or has more than three digits of a second.
std::optional<std::int64_t> exact_datetime(std::string_view text);

// A duration in milliseconds, as RFC 3339 writes it (`PT1H`) or as Cedar does (`1h`).
std::optional<std::int64_t> exact_duration(std::string_view text);

}  // namespace ambit::tool_schema
