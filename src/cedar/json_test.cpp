#include "cedar/json.h"

#include <gtest/gtest.h>
#include <limits>

#include "cedar/limits.h"

namespace ambit::cedar {
namespace {

Result<Value> from_text(std::string_view json) {
  return value_from_json(text::parse_json(json, {1u << 20, 400}).value());
}

TEST(ValueJson, ReadsPlainValues) {
  EXPECT_EQ(from_text("true"), Value::boolean(true));
  EXPECT_EQ(from_text("-9223372036854775808"),
            Value::integer(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(from_text(R"("a\u0000b")"), Value::string(std::string("a\0b", 3)));
  EXPECT_EQ(from_text("[1, 2, 1]"), Value::set({Value::integer(2), Value::integer(1)}));
  EXPECT_EQ(from_text(R"({"": [], "type": "U", "id": "a"})"),
            Value::record(
                {{"", Value::set({})}, {"type", Value::string("U")}, {"id", Value::string("a")}}));
}

TEST(ValueJson, ReadsEscapes) {
  EXPECT_EQ(from_text(R"({"__entity": {"type": "A::U", "id": ""}})"), Value::entity({"A::U", ""}));
  EXPECT_EQ(from_text(R"({"__extn": {"fn": "decimal", "arg": "-1.5"}})"), Value::decimal(-15'000));
  EXPECT_EQ(from_text(R"({"__extn": {"fn": "ip", "args": ["10.0.0.0/8"]}})"),
            Value::ip(parse_ip("10.0.0.0/8").value()));
  EXPECT_EQ(from_text(R"({"__extn": {"fn": "offset", "args": [
                        {"__extn": {"fn": "datetime", "arg": "1970-01-01"}},
                        {"__extn": {"fn": "duration", "arg": "-5ms"}}]}})"),
            Value::datetime_ms(-5));
}

TEST(ValueJson, RefusesWhatIsNoValue) {
  for (const char* text : {"null",
                           "1.5",
                           "1.0",
                           "[null]",
                           R"({"a": {"b": 0.5}})",
                           R"({"__expr": "1"})",
                           R"({"__expr": 1})",
                           R"({"__entity": 5})",
                           R"({"__entity": {"type": "U"}})",
                           R"({"__entity": {"type": "U", "id": 1}})",
                           R"({"__entity": {"type": "U", "id": "a", "x": 1}})",
                           R"({"__entity": {"type": "U", "id": "a"}, "x": 1})",
                           R"({"__entity": {"type": "", "id": "a"}})",
                           R"({"__entity": {"type": "if", "id": "a"}})",
                           R"({"__entity": {"type": " U", "id": "a"}})",
                           R"({"__entity": {"type": "A :: U", "id": "a"}})",
                           R"({"__entity": {"type": "A::__cedar", "id": "a"}})",
                           R"({"__extn": "x"})",
                           R"({"__extn": {"fn": "decimal"}})",
                           R"({"__extn": {"fn": "decimal", "arg": "x"}})",
                           R"({"__extn": {"fn": "decimal", "arg": 1}})",
                           R"({"__extn": {"fn": "decimal", "args": []}})",
                           R"({"__extn": {"fn": "decimal", "args": "1.0"}})",
                           R"({"__extn": {"fn": "decimal", "arg": "1.0", "args": ["1.0"]}})",
                           R"({"__extn": {"fn": "nothing", "arg": "x"}})",
                           R"({"__extn": {"fn": "contains", "args": [[1], 1]}})",
                           R"({"__extn": {"fn": "decimal", "arg": "1.0", "z": 1}})",
                           R"({"__extn": {"fn": "decimal", "arg": "1.0"}, "x": 1})"}) {
    const auto result = from_text(text);
    ASSERT_FALSE(result) << text;
    EXPECT_TRUE(result.error().reason == "cedar.value_json" ||
                result.error().reason == "cedar.uid_json");
  }
}

TEST(ValueJson, SaysWhere) {
  EXPECT_EQ(from_text(R"({"a": {"b": null}})").error().message, "`a`: `b`: null is not a value");
}

TEST(ValueJson, BoundsNesting) {
  const auto nested = [](std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_TRUE(from_text(nested(kMaxValueDepth)));
  EXPECT_FALSE(from_text(nested(kMaxValueDepth + 2)));
}

TEST(ValueJson, ReadsBackWhatItWrites) {
  for (const Value& value :
       {Value::boolean(false), Value::integer(-1), Value::string("é\n"),
        Value::entity({"A::U", "\""}), Value::set({Value::integer(1), Value::set({})}),
        Value::record({{"a", Value::record()}}), Value::decimal(-1),
        Value::ip(parse_ip("fe80::/10").value()), Value::datetime_ms(-1),
        Value::datetime_ms(std::numeric_limits<std::int64_t>::min()), Value::duration_ms(7)}) {
    const auto json = value_to_json(value);
    ASSERT_TRUE(json);
    EXPECT_EQ(value_from_json(*json), value) << text::to_json(*json);
  }
}

TEST(ValueJson, DoesNotWriteARecordThatWouldReadAsSomethingElse) {
  for (const char* key : {"__entity", "__extn", "__expr"}) {
    const auto json = value_to_json(Value::set({Value::record({{key, Value::integer(1)}})}));
    ASSERT_FALSE(json);
    EXPECT_EQ(json.error().reason, "cedar.reserved_key");
  }
}

TEST(ContextJson, IsARecord) {
  const auto read = [](std::string_view json) {
    return context_from_json(text::parse_json(json).value());
  };
  EXPECT_EQ(*read(R"({"a": 1})")->find("a"), Value::integer(1));
  for (const char* text : {"[]", "1", R"({"__entity": {"type": "U", "id": "a"}})"}) {
    EXPECT_FALSE(read(text)) << text;
  }
}

}  // namespace
}  // namespace ambit::cedar
