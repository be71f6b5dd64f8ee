#include "cedar/internal/functions.h"

#include <algorithm>
#include <array>
#include <optional>

#include "cedar/number_types.h"

namespace ambit::cedar {
namespace {

using Kind = Value::Kind;

constexpr std::array<FunctionInfo, 28> kFunctions = {{
    {Function::kContains, "contains", true, false, 2},
    {Function::kContainsAll, "containsAll", true, false, 2},
    {Function::kContainsAny, "containsAny", true, false, 2},
    {Function::kIsEmpty, "isEmpty", true, false, 1},
    {Function::kGetTag, "getTag", true, false, 2},
    {Function::kHasTag, "hasTag", true, false, 2},
    {Function::kDecimal, "decimal", false, true, 1},
    {Function::kLessThan, "lessThan", true, true, 2},
    {Function::kLessThanOrEqual, "lessThanOrEqual", true, true, 2},
    {Function::kGreaterThan, "greaterThan", true, true, 2},
    {Function::kGreaterThanOrEqual, "greaterThanOrEqual", true, true, 2},
    {Function::kIp, "ip", false, true, 1},
    {Function::kIsIpv4, "isIpv4", true, true, 1},
    {Function::kIsIpv6, "isIpv6", true, true, 1},
    {Function::kIsLoopback, "isLoopback", true, true, 1},
    {Function::kIsMulticast, "isMulticast", true, true, 1},
    {Function::kIsInRange, "isInRange", true, true, 2},
    {Function::kDatetime, "datetime", false, true, 1},
    {Function::kDuration, "duration", false, true, 1},
    {Function::kOffset, "offset", true, true, 2},
    {Function::kDurationSince, "durationSince", true, true, 2},
    {Function::kToDate, "toDate", true, true, 1},
    {Function::kToTime, "toTime", true, true, 1},
    {Function::kToMilliseconds, "toMilliseconds", true, true, 1},
    {Function::kToSeconds, "toSeconds", true, true, 1},
    {Function::kToMinutes, "toMinutes", true, true, 1},
    {Function::kToHours, "toHours", true, true, 1},
    {Function::kToDays, "toDays", true, true, 1},
}};

// The kinds of each argument of `function`.
std::vector<Kind> parameters_of(Function function) {
  switch (function) {
    case Function::kContains: return {Kind::kSet};  // the element may be anything
    case Function::kContainsAll:
    case Function::kContainsAny: return {Kind::kSet, Kind::kSet};
    case Function::kIsEmpty: return {Kind::kSet};
    case Function::kGetTag:
    case Function::kHasTag: return {Kind::kEntity, Kind::kString};
    case Function::kDecimal:
    case Function::kIp:
    case Function::kDatetime:
    case Function::kDuration: return {Kind::kString};
    case Function::kLessThan:
    case Function::kLessThanOrEqual:
    case Function::kGreaterThan:
    case Function::kGreaterThanOrEqual: return {Kind::kDecimal, Kind::kDecimal};
    case Function::kIsIpv4:
    case Function::kIsIpv6:
    case Function::kIsLoopback:
    case Function::kIsMulticast: return {Kind::kIp};
    case Function::kIsInRange: return {Kind::kIp, Kind::kIp};
    case Function::kOffset: return {Kind::kDatetime, Kind::kDuration};
    case Function::kDurationSince: return {Kind::kDatetime, Kind::kDatetime};
    case Function::kToDate:
    case Function::kToTime: return {Kind::kDatetime};
    case Function::kToMilliseconds:
    case Function::kToSeconds:
    case Function::kToMinutes:
    case Function::kToHours:
    case Function::kToDays: return {Kind::kDuration};
  }
  return {};
}

template <class T, class Make>
EvalResult constructed(Result<T> parsed, Make make) {
  if (!parsed) return eval_error(std::move(parsed).error().message);
  return make(*std::move(parsed));
}

EvalResult construct(Function function, const std::string& text) {
  switch (function) {
    case Function::kDecimal: return constructed(parse_decimal(text), Value::decimal);
    case Function::kIp: return constructed(parse_ip(text), Value::ip);
    case Function::kDatetime: return constructed(parse_datetime(text), Value::datetime_ms);
    default: return constructed(parse_duration_text(text), Value::duration_ms);
  }
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

EvalResult shift_time(Function function, std::int64_t datetime, std::int64_t other) {
  std::int64_t out = 0;
  const bool overflow = function == Function::kDurationSince
                            ? __builtin_sub_overflow(datetime, other, &out)
                            : __builtin_add_overflow(datetime, other, &out);
  if (overflow) {
    return eval_error("`" + std::string(info_of(function).name) + "` leaves the range of 64 bits");
  }
  return function == Function::kDurationSince ? Value::duration_ms(out) : Value::datetime_ms(out);
}

EvalResult to_date(std::int64_t ms) {
  std::int64_t midnight = 0;
  if (__builtin_sub_overflow(ms, time_of_day(ms), &midnight)) {
    return eval_error("`toDate` leaves the range of 64 bits");
  }
  return Value::datetime_ms(midnight);
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

bool contains_all(const Value& set, const Value& wanted) {
  return std::all_of(wanted.as_set().begin(), wanted.as_set().end(),
                     [&](const Value& element) { return set.contains(element); });
}

bool contains_any(const Value& set, const Value& wanted) {
  return std::any_of(wanted.as_set().begin(), wanted.as_set().end(),
                     [&](const Value& element) { return set.contains(element); });
}

// What is wrong with the number or the types of the arguments.
std::optional<EvalError> check_arguments(Function function, const std::vector<Value>& arguments) {
  const FunctionInfo& info = info_of(function);
  if (arguments.size() != info.arity) {
    return EvalError{"the number of arguments of `" + std::string(info.name) +
                     "`, its receiver counted, is " + std::to_string(info.arity) + ", not " +
                     std::to_string(arguments.size())};
  }
  const auto parameters = parameters_of(function);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (arguments[i].kind() != parameters[i]) {
      return type_error(name_of(parameters[i]), arguments[i]).value();
    }
  }
  return std::nullopt;
}

}  // namespace

const FunctionInfo& info_of(Function function) {
  return kFunctions[static_cast<std::size_t>(function)];
}

const FunctionInfo* find_function(std::string_view name) {
  const auto at = std::find_if(kFunctions.begin(), kFunctions.end(),
                               [&](const FunctionInfo& info) { return info.name == name; });
  return at == kFunctions.end() ? nullptr : &*at;
}

tl::unexpected<EvalError> eval_error(std::string message) {
  return tl::unexpected<EvalError>(EvalError{std::move(message)});
}

tl::unexpected<EvalError> type_error(std::string_view expected, const Value& got) {
  return eval_error("type error: expected " + std::string(expected) + ", got " +
                    name_of(got.kind()));
}

EvalResult call_function(Function function, const std::vector<Value>& arguments) {
  if (auto wrong = check_arguments(function, arguments)) {
    return tl::unexpected<EvalError>(*std::move(wrong));
  }
  const Value& a = arguments.front();
  const Value& b = arguments.back();
  switch (function) {
    case Function::kContains: return Value::boolean(a.contains(b));
    case Function::kContainsAll: return Value::boolean(contains_all(a, b));
    case Function::kContainsAny: return Value::boolean(contains_any(a, b));
    case Function::kIsEmpty: return Value::boolean(a.as_set().empty());
    case Function::kDecimal:
    case Function::kIp:
    case Function::kDatetime:
    case Function::kDuration: return construct(function, a.as_string());
    case Function::kLessThan:
    case Function::kLessThanOrEqual:
    case Function::kGreaterThan:
    case Function::kGreaterThanOrEqual:
      return Value::boolean(compare_decimals(function, a.as_decimal_units(), b.as_decimal_units()));
    case Function::kIsIpv4:
    case Function::kIsIpv6:
    case Function::kIsLoopback:
    case Function::kIsMulticast: return Value::boolean(test_ip(function, a.as_ip()));
    case Function::kIsInRange: return Value::boolean(a.as_ip().is_in(b.as_ip()));
    case Function::kOffset: return shift_time(function, a.as_datetime_ms(), b.as_duration_ms());
    case Function::kDurationSince:
      return shift_time(function, a.as_datetime_ms(), b.as_datetime_ms());
    case Function::kToDate: return to_date(a.as_datetime_ms());
    case Function::kToTime: return Value::duration_ms(time_of_day(a.as_datetime_ms()));
    case Function::kToMilliseconds:
    case Function::kToSeconds:
    case Function::kToMinutes:
    case Function::kToHours:
    case Function::kToDays: return Value::integer(a.as_duration_ms() / ms_per(function));
    case Function::kGetTag:
    case Function::kHasTag: break;
  }
  return eval_error("`" + std::string(info_of(function).name) + "` is not allowed here");
}

}  // namespace ambit::cedar
