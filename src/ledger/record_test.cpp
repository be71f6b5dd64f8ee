#include "ledger/record.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ambit::ledger {
namespace {

using text::Json;

TEST(Record, HasOneCanonicalForm) {
  const Record record{4, Time{1700000000123}, "decision",
                      Json::object({{"verdict", "allow"}, {"agent", "a"}})};
  const auto bytes = encode_record(record);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(
      *bytes,
      R"({"at":1700000000123,"body":{"agent":"a","verdict":"allow"},"kind":"decision","v":1})");
  const auto read = decode_record(4, *bytes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, record);
}

TEST(Record, DecodesWhatItEncodedForAnyContent) {
  EXPECT_TRUE(rc::check([] {
    const auto ms = *rc::gen::inRange<std::int64_t>(-1, 4102444800000);
    const auto number = *rc::gen::arbitrary<std::int64_t>();
    const auto chars = *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
    const Record record{
        1, Time{ms}, "task.started",
        Json::object({{"n", number}, {"s", chars}, {"list", Json::array({1, "x"})}})};
    const auto bytes = encode_record(record);
    RC_ASSERT(bytes.has_value());
    const auto read = decode_record(1, *bytes);
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == record);
  }));
}

TEST(Record, RefusesWhatDoesNotFitAnEntry) {
  Record record{0, Time{0}, "k", Json::object({{"s", std::string(kMaxRecordBytes, 'x')}})};
  const auto large = encode_record(record);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().reason, "ledger.record_too_large");
  const std::size_t frame = encode_record({0, Time{0}, "k", Json::object({{"s", ""}})})->size();
  record.body.set("s", std::string(kMaxRecordBytes - frame, 'x'));
  ASSERT_TRUE(encode_record(record));
  EXPECT_TRUE(decode_record(0, *encode_record(record)));
}

TEST(Record, RefusesKindsAndBodiesOutsideTheRules) {
  for (const char* kind : {"", "Decision", "a b", "a\"b", "caf\xC3\xA9"}) {
    EXPECT_EQ(encode_record({0, Time{0}, kind, Json::object()}).error().reason,
              "ledger.record_form");
  }
  EXPECT_FALSE(encode_record({0, Time{0}, std::string(65, 'k'), Json::object()}));
  EXPECT_FALSE(encode_record({0, Time{0}, "k", Json::array()}));
  Json deep = Json::object();
  for (int i = 1; i < 60; ++i) deep = Json::object({{"d", deep}});
  const auto just_fits = encode_record({0, Time{0}, "k", deep});
  ASSERT_TRUE(just_fits);
  EXPECT_TRUE(decode_record(0, *just_fits));
  EXPECT_FALSE(encode_record({0, Time{0}, "k", Json::object({{"d", deep}})}));
}

TEST(Record, RefusesEveryOtherForm) {
  for (const char* bad :
       {"", "{}", "[]", "null", R"({"at":1,"body":{},"kind":"k"})",
        R"({"at":1,"body":{},"kind":"k","v":0})", R"({"at":1,"body":{},"kind":"k","v":"1"})",
        R"({"at":"1","body":{},"kind":"k","v":1})", R"({"at":1,"body":[],"kind":"k","v":1})",
        R"({"at":1,"body":{},"kind":7,"v":1})", R"({"at":1,"body":{},"kind":"k","v":1} )",
        R"({"at":1,"body":{},"extra":1,"kind":"k","v":1})",
        R"({"at":1, "body":{},"kind":"k","v":1})", R"({"body":{},"at":1,"kind":"k","v":1})",
        R"({"at":1,"body":{"b":1,"a":2},"kind":"k","v":1})",
        R"({"at":1,"at":1,"body":{},"kind":"k","v":1})"}) {
    const auto read = decode_record(9, bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().reason, "ledger.record_form");
    EXPECT_NE(read.error().message.find("entry 9"), std::string::npos) << read.error().message;
  }
}

TEST(Record, RefusesARecordFromTheFuture) {
  const auto read = decode_record(3, R"({"at":1,"body":{},"kind":"k","v":3})");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().reason, "ledger.version");
  EXPECT_EQ(read.error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace ambit::ledger
