#include "tool_schema/scalar_values.h"

#include <cmath>
#include <string>

#include "cedar/number_types.h"
#include "tool_schema/internal/iso_duration.h"

namespace ambit::tool_schema {
namespace {

constexpr double kLongEnd = 9223372036854775808.0;  // 2^63, the first double beyond a Long

template <class T>
std::optional<T> value_or_none(const Result<T>& result) {
  return result ? std::optional<T>(*result) : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> exact_long(const text::Json& number) {
  if (number.is_int()) return number.as_int();
  const double value = number.as_double();
  if (value != std::nearbyint(value) || value < -kLongEnd || value >= kLongEnd) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::optional<std::int64_t> exact_decimal(const text::Json& number) {
  if (number.is_int()) {
    std::int64_t units = 0;
    const bool fits = !__builtin_mul_overflow(number.as_int(), cedar::kDecimalUnit, &units);
    return fits ? std::optional(units) : std::nullopt;
  }
  // What counts is the number as it is forwarded, in its canonical form, and not the double that is
  // nearest to it.
  std::string text = text::to_canonical_json(number);
  if (text.find('e') != std::string::npos) return std::nullopt;
  if (text.find('.') == std::string::npos) text += ".0";
  return value_or_none(cedar::parse_decimal(text));
}

std::optional<std::int64_t> exact_datetime(std::string_view text) {
  std::string cedar_text(text);
  const std::size_t size = cedar_text.size();
  if (size > 6 && cedar_text[size - 3] == ':' &&
      (cedar_text[size - 6] == '+' || cedar_text[size - 6] == '-')) {
    cedar_text.erase(size - 3, 1);
  }
  // RFC 3339 allows any number of digits of a second; Cedar wants three.
  const std::size_t point = cedar_text.find('.');
  if (point != std::string::npos) {
    const std::size_t end = cedar_text.find_first_not_of("0123456789", point + 1);
    const std::size_t digits = (end == std::string::npos ? cedar_text.size() : end) - point - 1;
    if (digits == 0 || digits > 3) return std::nullopt;
    cedar_text.insert(point + 1 + digits, 3 - digits, '0');
  }
  return value_or_none(cedar::parse_datetime(cedar_text));
}

std::optional<std::int64_t> exact_duration(std::string_view text) {
  if (const auto ms = iso_duration_ms(text)) return ms;
  return value_or_none(cedar::parse_duration_text(text));
}

}  // namespace ambit::tool_schema
