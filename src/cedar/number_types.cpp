#include "cedar/number_types.h"

#include <chrono>
#include <cstdio>
#include <optional>

namespace ambit::cedar {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t count_digits(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  return n;
}

// value * factor + term, or nothing when that leaves int64.
std::optional<std::int64_t> multiply_add(std::int64_t value, std::int64_t factor,
                                         std::int64_t term) {
  std::int64_t out = 0;
  if (__builtin_mul_overflow(value, factor, &out) || __builtin_add_overflow(out, term, &out)) {
    return std::nullopt;
  }
  return out;
}

// The digits with a sign, or nothing when that leaves int64. Counting downwards for a negative
// number reaches the lowest int64.
std::optional<std::int64_t> signed_number(std::string_view digits, bool negative) {
  std::int64_t value = 0;
  for (char c : digits) {
    const auto next = multiply_add(value, 10, negative ? -(c - '0') : c - '0');
    if (!next) return std::nullopt;
    value = *next;
  }
  return value;
}

tl::unexpected<Error> bad(const char* reason, std::string_view text, std::string_view expected) {
  return fail(Code::kInvalid, reason, "`" + std::string(text) + "` " + std::string(expected));
}

// Reads fixed-width numbers and literal characters from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }

  bool literal(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool number(std::size_t width, int& out) {
    if (rest_.size() < width || count_digits(rest_.substr(0, width)) != width) return false;
    out = 0;
    for (char c : rest_.substr(0, width)) out = out * 10 + (c - '0');
    rest_.remove_prefix(width);
    return true;
  }

 private:
  std::string_view rest_;
};

struct Clock {
  int hour = 0;
  int minute = 0;
  int second = 0;
  int ms = 0;
  int offset_minutes = 0;
};

bool read_offset(Scanner& in, int& minutes) {
  if (in.literal('Z')) return true;
  const bool plus = in.literal('+');
  if (!plus && !in.literal('-')) return false;
  int hh = 0;
  int mm = 0;
  if (!in.number(2, hh) || !in.number(2, mm) || hh > 23 || mm > 59) return false;
  minutes = (plus ? 1 : -1) * (hh * 60 + mm);
  return true;
}

bool read_clock(Scanner& in, Clock& clock) {
  if (!in.literal('T') || !in.number(2, clock.hour) || !in.literal(':') ||
      !in.number(2, clock.minute) || !in.literal(':') || !in.number(2, clock.second)) {
    return false;
  }
  if (clock.hour > 23 || clock.minute > 59 || clock.second > 59) return false;
  if (in.literal('.') && !in.number(3, clock.ms)) return false;
  return read_offset(in, clock.offset_minutes);
}

}  // namespace

Result<std::int64_t> parse_decimal(std::string_view text) {
  const char* reason = "cedar.decimal";
  const bool negative = !text.empty() && text.front() == '-';
  const std::string_view digits = text.substr(negative ? 1 : 0);
  const std::size_t whole = count_digits(digits);
  if (whole == 0 || whole == digits.size() || digits[whole] != '.') {
    return bad(reason, text, "is not a decimal such as `12.34`");
  }
  const std::string_view fraction = digits.substr(whole + 1);
  if (fraction.empty() || count_digits(fraction) != fraction.size()) {
    return bad(reason, text, "is not a decimal such as `12.34`");
  }
  if (fraction.size() > 4) return bad(reason, text, "has more than four digits after the point");
  std::string padded(fraction);
  padded.resize(4, '0');
  const auto units = signed_number(std::string(digits.substr(0, whole)) + padded, negative);
  if (!units) {
    return bad(reason, text, "is not within `-922337203685477.5808` to `922337203685477.5807`");
  }
  return *units;
}

Result<std::int64_t> parse_datetime(std::string_view text) {
  const auto refuse = [&] {
    return bad("cedar.datetime", text,
               "is not a date or time such as `2024-01-31`, `2024-01-31T12:00:00Z` or "
               "`2024-01-31T12:00:00.000+0100`");
  };
  Scanner in(text);
  int year = 0;
  int month = 0;
  int day = 0;
  if (!in.number(4, year) || !in.literal('-') || !in.number(2, month) || !in.literal('-') ||
      !in.number(2, day)) {
    return refuse();
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  Clock clock;
  if (!date.ok() || (!in.done() && !read_clock(in, clock)) || !in.done()) return refuse();
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t minutes = clock.hour * 60 + clock.minute - clock.offset_minutes;
  return days * kMsPerDay + minutes * 60'000 + clock.second * 1000 + clock.ms;
}

Result<std::int64_t> parse_duration_text(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::int64_t ms;
  };
  static constexpr Unit kUnits[] = {
      {"d", kMsPerDay}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};
  const bool negative = !text.empty() && text.front() == '-';
  std::string_view rest = text.substr(negative ? 1 : 0);
  bool any = false;
  std::optional<std::int64_t> total = 0;
  for (const Unit& unit : kUnits) {
    const std::size_t digits = count_digits(rest);
    if (digits == 0) break;
    const std::string_view after = rest.substr(digits);
    // `5m` is minutes only when it is not the beginning of `5ms`.
    if (!after.starts_with(unit.name) || (unit.name == "m" && after.starts_with("ms"))) continue;
    const auto count = signed_number(rest.substr(0, digits), negative);
    total = count && total ? multiply_add(*count, unit.ms, *total) : std::nullopt;
    rest.remove_prefix(digits + unit.name.size());
    any = true;
  }
  if (!any || !rest.empty()) {
    return bad("cedar.duration", text,
               "is not a duration such as `1d2h3m4s5ms`, units in this order, or `-90s`");
  }
  if (!total) return bad("cedar.duration", text, "is more milliseconds than 64 bits can hold");
  return *total;
}

std::string decimal_text(std::int64_t units) {
  const auto magnitude =
      units < 0 ? 0 - static_cast<std::uint64_t>(units) : static_cast<std::uint64_t>(units);
  char fraction[8];
  std::snprintf(fraction, sizeof fraction, "%04u", static_cast<unsigned>(magnitude % 10'000));
  std::string out = (units < 0 ? "-" : "") + std::to_string(magnitude / 10'000) + "." + fraction;
  while (out.back() == '0' && out[out.size() - 2] != '.') out.pop_back();
  return out;
}

std::string duration_text(std::int64_t ms) { return std::to_string(ms) + "ms"; }

std::string datetime_text(std::int64_t ms) {
  static constexpr std::int64_t kFirst = -62'167'219'200'000;  // 0000-01-01
  static constexpr std::int64_t kLast = 253'402'300'799'999;   // the end of 9999
  if (ms < kFirst || ms > kLast) return {};
  const auto time = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(ms));
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::hh_mm_ss clock(time - midnight);
  char out[40];
  std::snprintf(
      out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return out;
}

}  // namespace ambit::cedar
