#include "cedar_engine/internal/functions.h"

#include <algorithm>
#include <array>

#include "cedar/number_types.h"
#include "cedar_engine/internal/datum_ops.h"
#include "cedar_engine/internal/fault.h"

namespace ambit::cedar::engine {
namespace {

using Kind = Datum::Kind;

// In the order of Function.
constexpr std::array<FunctionShape, 28> kShapes = {{
    {"contains", 2},
    {"containsAll", 2},
    {"containsAny", 2},
    {"isEmpty", 1},
    {"getTag", 2},
    {"hasTag", 2},
    {"decimal", 1},
    {"lessThan", 2},
    {"lessThanOrEqual", 2},
    {"greaterThan", 2},
    {"greaterThanOrEqual", 2},
    {"ip", 1},
    {"isIpv4", 1},
    {"isIpv6", 1},
    {"isLoopback", 1},
    {"isMulticast", 1},
    {"isInRange", 2},
    {"datetime", 1},
    {"duration", 1},
    {"offset", 2},
    {"durationSince", 2},
    {"toDate", 1},
    {"toTime", 1},
    {"toMilliseconds", 1},
    {"toSeconds", 1},
    {"toMinutes", 1},
    {"toHours", 1},
    {"toDays", 1},
}};
static_assert(static_cast<std::size_t>(Function::kToDays) + 1 == kShapes.size());

// The kinds that the arguments must have; `count` of them are checked.
struct Parameters {
  std::size_t count;
  Kind kinds[kMaxArity];
};

Parameters parameters_of(Function function) {
  switch (function) {
    case Function::kContains:  // the element may be anything
    case Function::kIsEmpty: return {1, {Kind::kSet, Kind::kSet}};
    case Function::kContainsAll:
    case Function::kContainsAny: return {2, {Kind::kSet, Kind::kSet}};
    case Function::kGetTag:
    case Function::kHasTag: return {2, {Kind::kEntity, Kind::kString}};
    case Function::kDecimal:
    case Function::kIp:
    case Function::kDatetime:
    case Function::kDuration: return {1, {Kind::kString, Kind::kString}};
    case Function::kLessThan:
    case Function::kLessThanOrEqual:
    case Function::kGreaterThan:
    case Function::kGreaterThanOrEqual: return {2, {Kind::kDecimal, Kind::kDecimal}};
    case Function::kIsIpv4:
    case Function::kIsIpv6:
    case Function::kIsLoopback:
    case Function::kIsMulticast: return {1, {Kind::kIp, Kind::kIp}};
    case Function::kIsInRange: return {2, {Kind::kIp, Kind::kIp}};
    case Function::kOffset: return {2, {Kind::kDatetime, Kind::kDuration}};
    case Function::kDurationSince: return {2, {Kind::kDatetime, Kind::kDatetime}};
    case Function::kToDate:
    case Function::kToTime: return {1, {Kind::kDatetime, Kind::kDatetime}};
    case Function::kToMilliseconds:
    case Function::kToSeconds:
    case Function::kToMinutes:
    case Function::kToHours:
    case Function::kToDays: return {1, {Kind::kDuration, Kind::kDuration}};
  }
  return {0, {Kind::kBool, Kind::kBool}};
}

Datum range_fault(Function function, Arena& arena) {
  Fault fault;
  fault.kind = Fault::Kind::kFunctionRange;
  fault.function = function;
  return Datum::error(*arena.copy(fault));
}

// The text is read again for the message, so that a failure costs nothing more here.
Datum constructor_fault(Function function, const Datum& text, Arena& arena) {
  Fault fault;
  fault.kind = Fault::Kind::kConstructor;
  fault.function = function;
  fault.text = text;
  return Datum::error(*arena.copy(fault));
}

Datum construct(Function function, const Datum& text, Arena& arena) {
  const std::string_view content = text.as_string();
  switch (function) {
    case Function::kDecimal:
      if (const auto units = parse_decimal(content)) return Datum::decimal(*units);
      break;
    case Function::kIp:
      if (const auto ip = parse_ip(content)) return Datum::ip(*arena.copy(*ip));
      break;
    case Function::kDatetime:
      if (const auto ms = parse_datetime(content)) return Datum::datetime_ms(*ms);
      break;
    default:
      if (const auto ms = parse_duration_text(content)) return Datum::duration_ms(*ms);
      break;
  }
  return constructor_fault(function, text, arena);
}

bool compare_decimals(Function function, std::int64_t a, std::int64_t b) {
  switch (function) {
    case Function::kLessThan: return a < b;
    case Function::kLessThanOrEqual: return a <= b;
    case Function::kGreaterThan: return a > b;
    default: return a >= b;
  }
}

bool test_ip(Function function, const IpRange& ip) {
  switch (function) {
    case Function::kIsIpv4: return !ip.is_v6;
    case Function::kIsIpv6: return ip.is_v6;
    case Function::kIsLoopback: return ip.is_loopback();
    default: return ip.is_multicast();
  }
}

// Milliseconds since the last midnight, never negative.
std::int64_t time_of_day(std::int64_t ms) {
  const std::int64_t rest = ms % kMsPerDay;
  return rest < 0 ? rest + kMsPerDay : rest;
}

Datum shift_time(Function function, std::int64_t datetime, std::int64_t other, Arena& arena) {
  std::int64_t out = 0;
  const bool since = function == Function::kDurationSince;
  const bool overflow = since ? __builtin_sub_overflow(datetime, other, &out)
                              : __builtin_add_overflow(datetime, other, &out);
  if (overflow) return range_fault(function, arena);
  return since ? Datum::duration_ms(out) : Datum::datetime_ms(out);
}

Datum to_date(std::int64_t ms, Arena& arena) {
  std::int64_t midnight = 0;
  if (__builtin_sub_overflow(ms, time_of_day(ms), &midnight)) {
    return range_fault(Function::kToDate, arena);
  }
  return Datum::datetime_ms(midnight);
}

std::int64_t ms_per(Function function) {
  switch (function) {
    case Function::kToSeconds: return 1000;
    case Function::kToMinutes: return 60'000;
    case Function::kToHours: return 3'600'000;
    case Function::kToDays: return kMsPerDay;
    default: return 1;
  }
}

bool contains_all(const Datum& set, const Datum& wanted) {
  return std::all_of(wanted.elements(), wanted.elements() + wanted.size(),
                     [&](const Datum& element) { return contains(set, element); });
}

bool contains_any(const Datum& set, const Datum& wanted) {
  return std::any_of(wanted.elements(), wanted.elements() + wanted.size(),
                     [&](const Datum& element) { return contains(set, element); });
}

}  // namespace

const FunctionShape& shape_of(Function function) {
  return kShapes[static_cast<std::size_t>(function)];
}

Datum arithmetic(BinaryOp op, const Datum& a, const Datum& b, Arena& arena) {
  if (a.kind() != Kind::kLong) return type_fault(arena, "long", a);
  if (b.kind() != Kind::kLong) return type_fault(arena, "long", b);
  std::int64_t out = 0;
  const std::int64_t x = a.number();
  const std::int64_t y = b.number();
  const bool overflow = op == BinaryOp::kAdd        ? __builtin_add_overflow(x, y, &out)
                        : op == BinaryOp::kSubtract ? __builtin_sub_overflow(x, y, &out)
                                                    : __builtin_mul_overflow(x, y, &out);
  if (!overflow) return Datum::integer(out);
  Fault fault;
  fault.kind = Fault::Kind::kArithmetic;
  fault.op = op;
  fault.x = x;
  fault.y = y;
  return Datum::error(*arena.copy(fault));
}

Datum compare(BinaryOp op, const Datum& a, const Datum& b, Arena& arena) {
  const Kind kind = a.kind();
  if (kind != Kind::kLong && kind != Kind::kDatetime && kind != Kind::kDuration) {
    return type_fault(arena, "long, datetime or duration", a);
  }
  if (b.kind() != kind) return type_fault(arena, name_of(kind), b);
  switch (op) {
    case BinaryOp::kLess: return Datum::boolean(a.number() < b.number());
    case BinaryOp::kLessEqual: return Datum::boolean(a.number() <= b.number());
    case BinaryOp::kGreater: return Datum::boolean(a.number() > b.number());
    default: return Datum::boolean(a.number() >= b.number());
  }
}

Datum call(Function function, const Datum* arguments, Arena& arena) {
  const Parameters parameters = parameters_of(function);
  for (std::size_t i = 0; i < parameters.count; ++i) {
    if (arguments[i].kind() != parameters.kinds[i]) {
      return type_fault(arena, name_of(parameters.kinds[i]), arguments[i]);
    }
  }
  const Datum& a = arguments[0];
  const Datum& b = arguments[shape_of(function).arity - 1];
  switch (function) {
    case Function::kContains: return Datum::boolean(contains(a, b));
    case Function::kContainsAll: return Datum::boolean(contains_all(a, b));
    case Function::kContainsAny: return Datum::boolean(contains_any(a, b));
    case Function::kIsEmpty: return Datum::boolean(a.size() == 0);
    case Function::kDecimal:
    case Function::kIp:
    case Function::kDatetime:
    case Function::kDuration: return construct(function, a, arena);
    case Function::kLessThan:
    case Function::kLessThanOrEqual:
    case Function::kGreaterThan:
    case Function::kGreaterThanOrEqual:
      return Datum::boolean(compare_decimals(function, a.number(), b.number()));
    case Function::kIsIpv4:
    case Function::kIsIpv6:
    case Function::kIsLoopback:
    case Function::kIsMulticast: return Datum::boolean(test_ip(function, a.as_ip()));
    case Function::kIsInRange: return Datum::boolean(a.as_ip().is_in(b.as_ip()));
    case Function::kOffset:
    case Function::kDurationSince: return shift_time(function, a.number(), b.number(), arena);
    case Function::kToDate: return to_date(a.number(), arena);
    case Function::kToTime: return Datum::duration_ms(time_of_day(a.number()));
    case Function::kToMilliseconds:
    case Function::kToSeconds:
    case Function::kToMinutes:
    case Function::kToHours:
    case Function::kToDays: return Datum::integer(a.number() / ms_per(function));
    case Function::kGetTag:
    case Function::kHasTag: break;
  }
  return Datum();
}

}  // namespace ambit::cedar::engine
