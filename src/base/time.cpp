#include "base/time.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <limits>

namespace ambit {
namespace {

bool read_digits(std::string_view text, std::size_t at, std::size_t count, int& out) {
  if (at + count > text.size()) return false;
  out = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    out = out * 10 + (text[i] - '0');
  }
  return true;
}

tl::unexpected<Error> bad_time(std::string_view text) {
  return fail(
      Code::kInvalid, "time.malformed",
      "`" + std::string(text.substr(0, 40)) + "` is not a UTC time such as `2026-11-22T06:05:29Z`");
}

}  // namespace

std::string to_rfc3339(Time time) {
  using namespace std::chrono;
  const sys_time<milliseconds> instant{milliseconds{time.ms}};
  const auto day = floor<days>(instant);
  const year_month_day date{day};
  const hh_mm_ss clock{instant - day};
  std::array<char, 40> out{};
  const int n = std::snprintf(
      out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {out.data(), static_cast<std::size_t>(n)};
}

Result<Time> parse_rfc3339(std::string_view text) {
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  if (text.size() < 20 || text.size() > 24 || text.back() != 'Z' || !read_digits(text, 0, 4, y) ||
      text[4] != '-' || !read_digits(text, 5, 2, mo) || text[7] != '-' ||
      !read_digits(text, 8, 2, d) || text[10] != 'T' || !read_digits(text, 11, 2, h) ||
      text[13] != ':' || !read_digits(text, 14, 2, mi) || text[16] != ':' ||
      !read_digits(text, 17, 2, s)) {
    return bad_time(text);
  }
  int fraction = 0;
  if (text.size() > 20) {
    const std::size_t digits = text.size() - 21;
    if (text[19] != '.' || digits == 0 || !read_digits(text, 20, digits, fraction)) {
      return bad_time(text);
    }
    for (std::size_t i = digits; i < 3; ++i) fraction *= 10;
  }
  using namespace std::chrono;
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)},
                            day{static_cast<unsigned>(d)}};
  if (!date.ok() || h > 23 || mi > 59 || s > 59) return bad_time(text);
  const auto instant = sys_days{date} + hours{h} + std::chrono::minutes{mi} +
                       std::chrono::seconds{s} + milliseconds{fraction};
  return Time{duration_cast<milliseconds>(instant.time_since_epoch()).count()};
}

Result<Duration> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  std::int64_t scale = 0;
  if (unit == "ms") scale = 1;
  if (unit == "s") scale = 1000;
  if (unit == "m") scale = 60'000;
  if (unit == "h") scale = 3'600'000;
  if (unit == "d") scale = 86'400'000;
  if (error != std::errc{} || scale == 0 || number <= 0 ||
      number > std::numeric_limits<std::int64_t>::max() / scale) {
    return fail(Code::kInvalid, "duration.malformed",
                "`" + std::string(text.substr(0, 40)) +
                    "` is not a duration; write a number and a unit, such as `90s`, `10m`, `2h`");
  }
  return Duration{number * scale};
}

}  // namespace ambit
