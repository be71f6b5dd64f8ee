#include "cedar/number_types.h"

#include <gtest/gtest.h>
#include <limits>
#include <rapidcheck.h>

namespace ambit::cedar {
namespace {

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();

TEST(Decimal, CountsTenThousandths) {
  EXPECT_EQ(parse_decimal("1.5"), 15'000);
  EXPECT_EQ(parse_decimal("-0.5"), -5'000);
  EXPECT_EQ(parse_decimal("-0.0"), 0);
  EXPECT_EQ(parse_decimal("0.0001"), 1);
  EXPECT_EQ(parse_decimal("000000000000000000000000000001.0"), 10'000);
  EXPECT_EQ(parse_decimal("922337203685477.5807"), kHighest);
  EXPECT_EQ(parse_decimal("-922337203685477.5808"), kLowest);
}

TEST(Decimal, RefusesOtherForms) {
  for (const char* text :
       {"", "1", "1.", ".1", "+1.0", "--1.0", "1e2.0", "1.0\n", " 1.0", "1.-5", "1.00000", "1.0.0",
        "922337203685477.5808", "-922337203685477.5809", "99999999999999999999.0"}) {
    const auto result = parse_decimal(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().reason, "cedar.decimal");
  }
}

TEST(Decimal, ReadsBackWhatItPrints) {
  EXPECT_EQ(decimal_text(15'000), "1.5");
  EXPECT_EQ(decimal_text(-1), "-0.0001");
  EXPECT_EQ(decimal_text(0), "0.0");
  EXPECT_EQ(decimal_text(kLowest), "-922337203685477.5808");
  EXPECT_TRUE(rc::check(
      [](std::int64_t units) { RC_ASSERT(parse_decimal(decimal_text(units)) == units); }));
}

TEST(Datetime, ReadsItsFiveForms) {
  EXPECT_EQ(parse_datetime("1970-01-01"), 0);
  EXPECT_EQ(parse_datetime("1970-01-02T00:00:01Z"), kMsPerDay + 1000);
  EXPECT_EQ(parse_datetime("1970-01-01T00:00:00.001Z"), 1);
  EXPECT_EQ(parse_datetime("1970-01-01T01:30:00+0130"), 0);
  EXPECT_EQ(parse_datetime("1970-01-01T00:00:00.005-0130"), 5'400'005);
  EXPECT_EQ(parse_datetime("1969-12-31T23:59:59.999Z"), -1);
  EXPECT_EQ(parse_datetime("0000-01-01"), -62'167'219'200'000);
  EXPECT_EQ(parse_datetime("9999-12-31T23:59:59.999Z"), 253'402'300'799'999);
  EXPECT_EQ(parse_datetime("2024-02-29"), 1'709'164'800'000);
}

TEST(Datetime, RefusesOtherForms) {
  for (const char* text : {"",
                           "2024",
                           "2024-1-1",
                           "-2024-01-01",
                           "+2024-01-01",
                           "10000-01-01",
                           "2024-13-01",
                           "2024-00-01",
                           "2024-01-00",
                           "2024-04-31",
                           "1900-02-29",
                           "2024-01-01 ",
                           "2024-01-01\n",
                           "2024-01-01T",
                           "2024-01-01Z",
                           "2024-01-01T00:00Z",
                           "2024-01-01T00:00:00",
                           "2024-01-01t00:00:00z",
                           "2024-01-01T24:00:00Z",
                           "2024-01-01T00:60:00Z",
                           "2024-01-01T00:00:60Z",
                           "2024-01-01T00:00:00.1Z",
                           "2024-01-01T00:00:00.1234Z",
                           "2024-01-01T00:00:00+2400",
                           "2024-01-01T00:00:00-0060",
                           "2024-01-01T00:00:00+00:00",
                           "2024-01-01T00:00:00ZZ",
                           "2024-01-01T00:00:00.Z"}) {
    const auto result = parse_datetime(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().reason, "cedar.datetime");
  }
}

TEST(Datetime, ReadsBackWhatItPrints) {
  EXPECT_EQ(datetime_text(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(datetime_text(253'402'300'800'000), "");
  EXPECT_EQ(datetime_text(kLowest), "");
  EXPECT_TRUE(rc::check([] {
    const auto ms = *rc::gen::inRange<std::int64_t>(-62'167'219'200'000, 253'402'300'800'000);
    RC_ASSERT(parse_datetime(datetime_text(ms)) == ms);
  }));
}

TEST(DurationText, AddsItsUnits) {
  EXPECT_EQ(parse_duration_text("1d2h3m4s5ms"), 93'784'005);
  EXPECT_EQ(parse_duration_text("-1d2h3m4s5ms"), -93'784'005);
  EXPECT_EQ(parse_duration_text("5ms"), 5);
  EXPECT_EQ(parse_duration_text("5m"), 300'000);
  EXPECT_EQ(parse_duration_text("5m5ms"), 300'005);
  EXPECT_EQ(parse_duration_text("1d5ms"), kMsPerDay + 5);
  EXPECT_EQ(parse_duration_text("-0d"), 0);
  EXPECT_EQ(parse_duration_text("00000000000000000000000000000000001ms"), 1);
  EXPECT_EQ(parse_duration_text("106751991167d7h12m55s807ms"), kHighest);
  EXPECT_EQ(parse_duration_text("-106751991167d7h12m55s808ms"), kLowest);
}

TEST(DurationText, RefusesOtherForms) {
  for (const char* text :
       {"", "-", "+1d", "1", "d", "1h1d", "1d1d", "1ms1s", "1m1h", "1 d", "1d ", "--1d", "1.5s",
        "1D", "1dd", "106751991167d7h12m55s808ms", "9223372036854775808ms",
        "18446744073709551616ms", "99999999999999999999d"}) {
    const auto result = parse_duration_text(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().reason, "cedar.duration");
  }
}

TEST(DurationText, ReadsBackWhatItPrints) {
  EXPECT_TRUE(
      rc::check([](std::int64_t ms) { RC_ASSERT(parse_duration_text(duration_text(ms)) == ms); }));
}

}  // namespace
}  // namespace ambit::cedar
