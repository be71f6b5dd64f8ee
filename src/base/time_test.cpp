#include "base/time.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <utility>

namespace ambit {
namespace {

// From 0000-01-01 to 9999-12-31T23:59:59.999Z: what four digits of year can say.
constexpr std::int64_t kFirstMs = -62'167'219'200'000;
constexpr std::int64_t kLastMs = 253'402'300'799'999;

TEST(Rfc3339, WritesAndReadsKnownInstants) {
  for (const auto& [ms, text] : std::initializer_list<std::pair<std::int64_t, const char*>>{
           {0, "1970-01-01T00:00:00.000Z"},
           {-1, "1969-12-31T23:59:59.999Z"},
           {951'782'400'000, "2000-02-29T00:00:00.000Z"},
           {1'700'000'000'123, "2023-11-14T22:13:20.123Z"},
           {kFirstMs, "0000-01-01T00:00:00.000Z"},
           {kLastMs, "9999-12-31T23:59:59.999Z"}}) {
    EXPECT_EQ(to_rfc3339(Time{ms}), text);
    EXPECT_EQ(parse_rfc3339(text), Time{ms});
  }
}

TEST(Rfc3339, ReadsFractionsOfOneToThreeDigits) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:01Z")->ms, 1000);
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:01.5Z")->ms, 1500);
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:01.05Z")->ms, 1050);
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:01.005Z")->ms, 1005);
}

TEST(Rfc3339, RefusesWhatIsNotAUtcInstant) {
  for (const char* text : {"",
                           "Z",
                           "2026-11-22",
                           "2026-11-22T06:05:29",
                           "2026-11-22T06:05:29+00:00",
                           "2026-11-22T06:05:29z",
                           "2026-11-22t06:05:29Z",
                           "2026-11-22 06:05:29Z",
                           "2026-11-22T06:05:29.Z",
                           "2026-11-22T06:05:29.1234Z",
                           "2026-11-22T06:05:29,1Z",
                           "2026-13-22T06:05:29Z",
                           "2026-00-22T06:05:29Z",
                           "2026-02-29T06:05:29Z",
                           "2026-11-31T06:05:29Z",
                           "2026-11-00T06:05:29Z",
                           "2026-11-22T24:00:00Z",
                           "2026-11-22T06:60:29Z",
                           "2026-11-22T06:05:60Z",
                           "+026-11-22T06:05:29Z",
                           "-026-11-22T06:05:29Z",
                           "2026-1-022T06:05:29Z",
                           "2026-11-22T06:05:29ZZ",
                           " 2026-11-22T06:05:29Z",
                           "2026-11-22T06:05:29Z "}) {
    const auto time = parse_rfc3339(text);
    ASSERT_FALSE(time) << text;
    EXPECT_EQ(time.error().reason, "time.malformed");
  }
}

TEST(Rfc3339, EveryMillisecondSurvivesTheRoundTrip) {
  EXPECT_TRUE(rc::check([] {
    const Time time{*rc::gen::inRange(kFirstMs, kLastMs + 1)};
    RC_ASSERT(parse_rfc3339(to_rfc3339(time)) == time);
  }));
}

TEST(Rfc3339, SortsAsTheInstantsDo) {
  EXPECT_TRUE(rc::check([] {
    const Time a{*rc::gen::inRange(kFirstMs, kLastMs + 1)};
    const Time b{*rc::gen::inRange(kFirstMs, kLastMs + 1)};
    RC_ASSERT((a < b) == (to_rfc3339(a) < to_rfc3339(b)));
  }));
}

TEST(ParseDuration, ReadsEachUnit) {
  for (const auto& [text, ms] : std::initializer_list<std::pair<const char*, std::int64_t>>{
           {"1ms", 1},
           {"250ms", 250},
           {"90s", 90'000},
           {"10m", 600'000},
           {"2h", 7'200'000},
           {"7d", 604'800'000},
           {"007s", 7'000},
           {"9223372036854775807ms", 9'223'372'036'854'775'807},
           {"9223372036854775s", 9'223'372'036'854'775'000},
           {"106751991167d", 106'751'991'167 * 86'400'000}}) {
    const auto duration = parse_duration(text);
    ASSERT_TRUE(duration) << text;
    EXPECT_EQ(duration->ms, ms) << text;
  }
}

TEST(ParseDuration, RefusesWhatIsNotAPositiveNumberAndAUnit) {
  for (const char* text : {"",
                           "s",
                           "10",
                           "0s",
                           "-1s",
                           "+1s",
                           " 1s",
                           "1 s",
                           "1s ",
                           "1S",
                           "1sec",
                           "1.5h",
                           "1h30m",
                           "1e3s",
                           "0x1s",
                           "ms",
                           "9223372036854775808ms",
                           "9223372036854776s",
                           "106751991168d",
                           "99999999999999999999d"}) {
    const auto duration = parse_duration(text);
    ASSERT_FALSE(duration) << text;
    EXPECT_EQ(duration.error().reason, "duration.malformed");
  }
}

TEST(Time, AddsAndSubtractsDurations) {
  EXPECT_EQ(Time{5000} + seconds(2), Time{7000});
  EXPECT_EQ(Time{5000} - minutes(1), Time{-55'000});
  EXPECT_EQ(Time{7000} - Time{5000}, seconds(2));
  EXPECT_LT(Time{1}, Time{2});
}

}  // namespace
}  // namespace ambit
