#include "text/internal/json_order.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace ambit::text::internal {
namespace {

__extension__ using Wide = unsigned __int128;

int sign(bool less, bool greater) { return greater ? 1 : (less ? -1 : 0); }

// Exact, though an int64 need not fit a double.
int compare_mixed(std::int64_t a, double b) {
  if (b >= 0x1p63) return -1;
  if (b < -0x1p63) return 1;
  const double whole = std::trunc(b);
  const auto as_int = static_cast<std::int64_t>(whole);
  if (a != as_int) return a < as_int ? -1 : 1;
  return sign(b > whole, b < whole);
}

int compare_numbers(const Json& a, const Json& b) {
  if (a.is_int() && b.is_int()) return sign(a.as_int() < b.as_int(), a.as_int() > b.as_int());
  if (a.is_int()) return compare_mixed(a.as_int(), b.as_double());
  if (b.is_int()) return -compare_mixed(b.as_int(), a.as_double());
  return sign(a.as_double() < b.as_double(), a.as_double() > b.as_double());
}

// One rank a type; both kinds of number share theirs.
int rank(const Json& value) {
  return value.is_double() ? static_cast<int>(Json::Kind::kInt) : static_cast<int>(value.kind());
}

int compare_arrays(const JsonArray& a, const JsonArray& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (const int order = compare(a[i], b[i]); order != 0) return order;
  }
  return 0;
}

std::vector<const JsonMember*> by_name(const JsonObject& object) {
  std::vector<const JsonMember*> members;
  members.reserve(object.size());
  for (const JsonMember& member : object) members.push_back(&member);
  std::sort(members.begin(), members.end(),
            [](const JsonMember* x, const JsonMember* y) { return x->first < y->first; });
  return members;
}

int compare_objects(const JsonObject& a, const JsonObject& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  const auto left = by_name(a);
  const auto right = by_name(b);
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (const int order = left[i]->first.compare(right[i]->first); order != 0) return order;
    if (const int order = compare(left[i]->second, right[i]->second); order != 0) return order;
  }
  return 0;
}

// The magnitude `digits` * 10^`exponent`.
struct Decimal {
  std::uint64_t digits = 0;
  int exponent = 0;
};

Decimal decimal_of(const Json& number) {
  if (number.is_int()) {
    const std::int64_t value = number.as_int();
    const auto bits = static_cast<std::uint64_t>(value);
    return {value < 0 ? 0 - bits : bits, 0};
  }
  std::array<char, 40> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(),
                                 std::fabs(number.as_double()), std::chars_format::scientific)
                       .ptr;
  Decimal out;
  const char* at = text.data();
  bool after_point = false;
  for (; at != end && *at != 'e'; ++at) {
    if (*at == '.') {
      after_point = true;
      continue;
    }
    out.digits = out.digits * 10 + static_cast<std::uint64_t>(*at - '0');
    if (after_point) --out.exponent;
  }
  out.exponent += at == end ? 0 : std::atoi(at + 1);
  return out;
}

}  // namespace

int compare(const Json& a, const Json& b) {
  if (rank(a) != rank(b)) return rank(a) < rank(b) ? -1 : 1;
  switch (a.kind()) {
    case Json::Kind::kNull: return 0;
    case Json::Kind::kBool: return sign(a.as_bool() < b.as_bool(), a.as_bool() > b.as_bool());
    case Json::Kind::kInt:
    case Json::Kind::kDouble: return compare_numbers(a, b);
    case Json::Kind::kString: return a.as_string().compare(b.as_string());
    case Json::Kind::kArray: return compare_arrays(a.as_array(), b.as_array());
    case Json::Kind::kObject: return compare_objects(a.as_object(), b.as_object());
  }
  return 0;
}

bool is_multiple(const Json& value, const Json& divisor) {
  const Decimal v = decimal_of(value);
  Decimal d = decimal_of(divisor);
  if (v.digits == 0) return true;
  // Bring the divisor up to the exponent of the value; beyond 20 places it exceeds every value.
  for (int places = d.exponent - v.exponent; places > 0; --places) {
    if (d.digits > v.digits) return false;
    if (d.digits > UINT64_MAX / 10) return false;
    d.digits *= 10;
    --d.exponent;
  }
  // Or the value up to that of the divisor, which modular arithmetic does without big numbers.
  Wide remainder = v.digits % d.digits;
  for (int places = v.exponent - d.exponent; places > 0 && remainder != 0; --places) {
    remainder = remainder * 10 % d.digits;
  }
  return remainder == 0;
}

bool is_integral(const Json& number) {
  if (number.is_int()) return true;
  const double value = number.as_double();
  return std::trunc(value) == value;
}

}  // namespace ambit::text::internal
