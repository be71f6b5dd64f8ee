#include "cedar/internal/functions.h"

#include <gtest/gtest.h>

#include "cedar/internal/outcome_for_test.h"

namespace ambit::cedar {
namespace {

// Each outcome is that of the Rust implementation, version 4.12.
const ConditionCase kExtensionCases[] = {
    {R"(ip("1.2.3.4") == ip("1.2.3.4/32"))", Outcome::kTrue},
    {R"(ip("1.2.3.4/0") == ip("0.0.0.0/0"))", Outcome::kFalse},
    {R"(ip("1.2.3.4/024") == ip("1.2.3.4/24"))", Outcome::kError},
    {R"(ip("01.2.3.4").isIpv4())", Outcome::kError},
    {R"(ip("1.2.3.4/").isIpv4())", Outcome::kError},
    {R"(ip("1.2.3.4/+8").isIpv4())", Outcome::kError},
    {R"(ip("1.2.3.4/00").isIpv4())", Outcome::kError},
    {R"(ip("1.2.3.4/33").isIpv4())", Outcome::kError},
    {R"(ip("1.2.3.4/8/8").isIpv4())", Outcome::kError},
    {R"(ip("1.2.3").isIpv4())", Outcome::kError},
    {R"(ip("1.2.3.256").isIpv4())", Outcome::kError},
    {R"(ip("").isIpv4())", Outcome::kError},
    {R"(ip(" 1.2.3.4").isIpv4())", Outcome::kError},
    {R"(ip("::").isIpv6())", Outcome::kTrue},
    {R"(ip("::1").isLoopback())", Outcome::kTrue},
    {R"(ip("::1/128").isLoopback())", Outcome::kTrue},
    {R"(ip("::1/127").isLoopback())", Outcome::kFalse},
    {R"(ip("::/0").isIpv6())", Outcome::kTrue},
    {R"(ip("1:2:3:4:5:6:7::").isIpv6())", Outcome::kTrue},
    {R"(ip("1:2:3:4:5:6:7:8::").isIpv6())", Outcome::kError},
    {R"(ip("::2:3:4:5:6:7:8").isIpv6())", Outcome::kTrue},
    {R"(ip("1::2:3:4:5:6:7:8").isIpv6())", Outcome::kError},
    {R"(ip("1:2:3:4:5:6:7:8").isIpv6())", Outcome::kTrue},
    {R"(ip("1:2:3:4:5:6:7").isIpv6())", Outcome::kError},
    {R"(ip("1::2::3").isIpv6())", Outcome::kError},
    {R"(ip("12345::").isIpv6())", Outcome::kError},
    {R"(ip("00001::").isIpv6())", Outcome::kError},
    {R"(ip("0001::").isIpv6())", Outcome::kTrue},
    {R"(ip("::ffff:1.2.3.4").isIpv6())", Outcome::kError},
    {R"(ip("ABCD::ef").isIpv6())", Outcome::kTrue},
    {R"(ip("fe80::1%eth0").isIpv6())", Outcome::kError},
    {R"(ip("[::1]").isIpv6())", Outcome::kError},
    {R"(ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128").isIpv6())", Outcome::kTrue},
    {R"(ip("::1/129").isIpv6())", Outcome::kError},
    {R"(ip("::1/0128").isIpv6())", Outcome::kError},
    {R"(ip(":::").isIpv6())", Outcome::kError},
    {R"(ip(":1").isIpv6())", Outcome::kError},
    {R"(ip("127.0.0.1").isLoopback())", Outcome::kTrue},
    {R"(ip("127.1.2.3/8").isLoopback())", Outcome::kTrue},
    {R"(ip("127.1.2.3/7").isLoopback())", Outcome::kFalse},
    {R"(ip("224.0.0.1/4").isMulticast())", Outcome::kTrue},
    {R"(ip("224.0.0.1/3").isMulticast())", Outcome::kFalse},
    {R"(ip("ff00::/8").isMulticast())", Outcome::kTrue},
    {R"(ip("ff00::/7").isMulticast())", Outcome::kFalse},
    {R"(ip("1.2.3.4").isInRange(ip("1.2.3.0/24")))", Outcome::kTrue},
    {R"(ip("1.2.3.0/24").isInRange(ip("1.2.3.4")))", Outcome::kFalse},
    {R"(ip("1.2.3.0/24").isInRange(ip("1.2.3.99/24")))", Outcome::kTrue},
    {R"(ip("1.2.3.0/24").isInRange(ip("0.0.0.0/0")))", Outcome::kTrue},
    {R"(ip("::1").isInRange(ip("0.0.0.0/0")))", Outcome::kFalse},
    {R"(ip("::1").isInRange(ip("::/0")))", Outcome::kTrue},
    {R"(ip("1.2.3.4").isIpv6())", Outcome::kFalse},
    {R"("1.2.3.4".isIpv4())", Outcome::kError},
    {R"(ip(1).isIpv4())", Outcome::kError},
    {R"(ip("1.2.3.4","x").isIpv4())", Outcome::kError},
    {R"(ip("1.2.3.4").isIpv4(1))", Outcome::kError},
    {R"(decimal("1.0") == decimal("1.0000"))", Outcome::kTrue},
    {R"(decimal("1").lessThan(decimal("2.0")))", Outcome::kError},
    {R"(decimal("1.").lessThan(decimal("2.0")))", Outcome::kError},
    {R"(decimal(".1").lessThan(decimal("2.0")))", Outcome::kError},
    {R"(decimal("1.00000").lessThan(decimal("2.0")))", Outcome::kError},
    {R"(decimal("+1.0").lessThan(decimal("2.0")))", Outcome::kError},
    {R"(decimal("-0.5").lessThan(decimal("0.0")))", Outcome::kTrue},
    {R"(decimal("-0.0") == decimal("0.0"))", Outcome::kTrue},
    {R"(decimal("922337203685477.5807") == decimal("922337203685477.5807"))", Outcome::kTrue},
    {R"(decimal("922337203685477.5808") == decimal("922337203685477.5807"))", Outcome::kError},
    {R"(decimal("-922337203685477.5808").lessThan(decimal("0.0")))", Outcome::kTrue},
    {R"(decimal("-922337203685477.5809").lessThan(decimal("0.0")))", Outcome::kError},
    {R"(decimal("000000000000000000000000000001.0") == decimal("1.0"))", Outcome::kTrue},
    {R"(decimal("1.0") < decimal("2.0"))", Outcome::kError},
    {R"(decimal("1.0").greaterThanOrEqual(decimal("1.0")))", Outcome::kTrue},
    {R"(decimal("1.0\n") == decimal("1.0"))", Outcome::kError},
    {R"(decimal("--1.0") == decimal("1.0"))", Outcome::kError},
    {R"(decimal("1e2.0") == decimal("1.0"))", Outcome::kError},
    {R"(decimal("1.0").lessThan(1))", Outcome::kError},
    {R"(datetime("2024-01-01") < datetime("2024-01-01T00:00:00.001Z"))", Outcome::kTrue},
    {R"(datetime("0000-01-01") < datetime("9999-12-31T23:59:59.999Z"))", Outcome::kTrue},
    {R"(datetime("0000-02-29") == datetime("0000-02-29"))", Outcome::kTrue},
    {R"(datetime("1900-02-29") == datetime("1900-02-29"))", Outcome::kError},
    {R"(datetime("2024-01-01T24:00:00Z") == datetime("2024-01-02"))", Outcome::kError},
    {R"(datetime("2024-01-01T00:00:60Z") == datetime("2024-01-02"))", Outcome::kError},
    {R"(datetime("2024-01-01T00:00:00+2359") == datetime("2023-12-31T00:01:00Z"))", Outcome::kTrue},
    {R"(datetime("2024-01-01T00:00:00+2400") == datetime("2024-01-02"))", Outcome::kError},
    {R"(datetime("2024-01-01T00:00:00-0060") == datetime("2024-01-02"))", Outcome::kError},
    {R"(datetime("2024-01-01T00:00:00-00:00") == datetime("2024-01-02"))", Outcome::kError},
    {R"(datetime("2024-01-01T00:00:00.1Z") == datetime("2024-01-02"))", Outcome::kError},
    {R"(datetime("2024-01-01T00:00:00") == datetime("2024-01-01"))", Outcome::kError},
    {R"(datetime("2024-01-01T00:00Z") == datetime("2024-01-01"))", Outcome::kError},
    {R"(datetime("2024-01-01t00:00:00z") == datetime("2024-01-01"))", Outcome::kError},
    {R"(datetime("2024-1-1") == datetime("2024-01-01"))", Outcome::kError},
    {R"(datetime("-2024-01-01") == datetime("2024-01-01"))", Outcome::kError},
    {R"(datetime("2024-01-01\n") == datetime("2024-01-01"))", Outcome::kError},
    {R"(datetime("2024-01-01T00:00:00Z\n") == datetime("2024-01-01"))", Outcome::kError},
    {R"(datetime("1969-12-31T23:59:59.999Z").toTime() == duration("86399999ms"))", Outcome::kTrue},
    {R"(datetime("1969-12-31T23:59:59.999Z").toDate() == datetime("1969-12-31"))", Outcome::kTrue},
    {R"(datetime("1970-01-01").offset(duration("-9223372036854775808ms")).toDate() == datetime("1970-01-01"))",
     Outcome::kError},
    {R"(datetime("1970-01-01").offset(duration("-9223372036854775808ms")).toTime() == duration("1ms"))",
     Outcome::kFalse},
    {R"(datetime("1970-01-01").offset(duration("9223372036854775807ms")).offset(duration("1ms")) == datetime("1970-01-01"))",
     Outcome::kError},
    {R"(datetime("1970-01-01").offset(duration("-9223372036854775808ms")).durationSince(datetime("1970-01-01T00:00:00.001Z")) == duration("1ms"))",
     Outcome::kError},
    {R"(datetime("2024-01-02").durationSince(datetime("2024-01-01")) == duration("1d"))",
     Outcome::kTrue},
    {R"(duration("1d2h3m4s5ms").toMilliseconds() == 93784005)", Outcome::kTrue},
    {R"(duration("-1d2h3m4s5ms").toMilliseconds() == -93784005)", Outcome::kTrue},
    {R"(duration("1h1d") == duration("1d1h"))", Outcome::kError},
    {R"(duration("") == duration("0ms"))", Outcome::kError},
    {R"(duration("-") == duration("0ms"))", Outcome::kError},
    {R"(duration("+1d") == duration("1d"))", Outcome::kError},
    {R"(duration("1") == duration("1ms"))", Outcome::kError},
    {R"(duration("1ms1s") == duration("1ms"))", Outcome::kError},
    {R"(duration("1d1d") == duration("1d"))", Outcome::kError},
    {R"(duration("0d") == duration("-0ms"))", Outcome::kTrue},
    {R"(duration("106751991167d7h12m55s807ms").toMilliseconds() == 9223372036854775807)",
     Outcome::kTrue},
    {R"(duration("106751991167d7h12m55s808ms").toMilliseconds() == 9223372036854775807)",
     Outcome::kError},
    {R"(duration("-106751991167d7h12m55s808ms").toMilliseconds() == -9223372036854775808)",
     Outcome::kTrue},
    {R"(duration("9223372036854775808ms") == duration("1ms"))", Outcome::kError},
    {R"(duration("18446744073709551616ms") == duration("1ms"))", Outcome::kError},
    {R"(duration("00000000000000000000000000000000000001ms") == duration("1ms"))", Outcome::kTrue},
    {R"(duration("-1500ms").toSeconds() == -1)", Outcome::kTrue},
    {R"(duration("-36h").toDays() == -1)", Outcome::kTrue},
    {R"(duration("1d") < duration("25h"))", Outcome::kTrue},
    {R"(duration("1d") < datetime("2024-01-01"))", Outcome::kError},
    {R"(duration("1d") < 1)", Outcome::kError},
    {R"(duration("1d") == 1)", Outcome::kFalse},
    {R"(datetime("2024-01-01").toDays() == 1)", Outcome::kError},
    {R"(ip("1.1.1.1") == "1.1.1.1")", Outcome::kFalse},
};

TEST(ExtensionFunctions, DoWhatTheReferenceDoes) {
  for (const auto& [condition, outcome] : kExtensionCases) {
    EXPECT_EQ(outcome_of(condition), outcome) << condition;
  }
}

TEST(ExtensionFunctions, ErrorsSayWhatWouldBeRight) {
  const auto message = [](Function function, std::vector<Value> arguments) {
    return call_function(function, arguments).error().message;
  };
  EXPECT_EQ(message(Function::kIsEmpty, {Value::integer(1)}), "type error: expected set, got long");
  EXPECT_EQ(message(Function::kIp, {}),
            "the number of arguments of `ip`, its receiver counted, is 1, not 0");
  EXPECT_EQ(message(Function::kDecimal, {Value::string("x")}),
            "`x` is not a decimal such as `12.34`");
  EXPECT_EQ(message(Function::kOffset, {Value::datetime_ms(1), Value::duration_ms(INT64_MAX)}),
            "`offset` leaves the range of 64 bits");
}

TEST(ExtensionFunctions, TableIsInTheOrderOfItsNames) {
  for (int i = 0; i <= static_cast<int>(Function::kToDays); ++i) {
    const FunctionInfo& info = info_of(static_cast<Function>(i));
    EXPECT_EQ(static_cast<int>(info.function), i);
    EXPECT_EQ(find_function(info.name), &info);
  }
  EXPECT_EQ(find_function("nothing"), nullptr);
}

}  // namespace
}  // namespace ambit::cedar
