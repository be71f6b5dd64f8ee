// The text forms of Cedar's `decimal`, `datetime` and `duration`, each of which is an int64.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ambit::cedar {

inline constexpr std::int64_t kDecimalUnit = 10'000;  // a decimal counts ten-thousandths
inline constexpr std::int64_t kMsPerDay = 86'400'000;

// Reads `-?DIGITS.DIGITS` with one to four digits after the point, as ten-thousandths. Error reason
// `cedar.decimal`, also when it does not fit.
Result<std::int64_t> parse_decimal(std::string_view text);

// Reads `YYYY-MM-DD`, or that followed by `THH:MM:SS`, an optional `.SSS`, and `Z` or `+hhmm` or
// `-hhmm`, as milliseconds since 1970-01-01T00:00:00Z. Error reason `cedar.datetime`.
Result<std::int64_t> parse_datetime(std::string_view text);

// Reads `-?` and then some of `1d2h3m4s5ms` in this order, as milliseconds. Error reason
// `cedar.duration`, also when it does not fit.
Result<std::int64_t> parse_duration_text(std::string_view text);

// `1.5`: the shortest text that parse_decimal reads back.
std::string decimal_text(std::int64_t units);

// `5ms`: what parse_duration_text reads back.
std::string duration_text(std::int64_t ms);

// `2024-01-31T12:00:00.000Z`. Empty when the year is not within 0000 to 9999, which has no text
// form.
std::string datetime_text(std::int64_t ms);

}  // namespace ambit::cedar
