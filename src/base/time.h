// Wall-clock time as a value. Only adapters read a clock; everything else is handed a Time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ambit {

// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
struct Time {
  std::int64_t ms = 0;

  friend auto operator<=>(const Time&, const Time&) = default;
};

// Milliseconds.
struct Duration {
  std::int64_t ms = 0;

  friend auto operator<=>(const Duration&, const Duration&) = default;
};

constexpr Time operator+(Time t, Duration d) { return {t.ms + d.ms}; }
constexpr Time operator-(Time t, Duration d) { return {t.ms - d.ms}; }
constexpr Duration operator-(Time a, Time b) { return {a.ms - b.ms}; }
constexpr Duration seconds(std::int64_t n) { return {n * 1000}; }
constexpr Duration minutes(std::int64_t n) { return {n * 60'000}; }

// RFC 3339 in UTC with milliseconds: `2026-11-22T06:05:29.123Z`.
std::string to_rfc3339(Time time);

// Reads RFC 3339 in UTC (`Z`), with or without a fraction of one to three digits.
Result<Time> parse_rfc3339(std::string_view text);

// Reads `90s`, `10m`, `2h`, `7d` or `250ms`: one positive number and a unit.
Result<Duration> parse_duration(std::string_view text);

}  // namespace ambit
