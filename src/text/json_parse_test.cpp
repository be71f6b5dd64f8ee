#include <array>
#include <chrono>
#include <gtest/gtest.h>
#include <limits>
#include <thread>

#include "text/json.h"

namespace ambit::text {
namespace {

std::string reason(std::string_view bytes, JsonLimits limits = {}) {
  const auto result = parse_json(bytes, limits);
  return result ? "accepted" : result.error().reason;
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(ParseJson, KeepsKindsValuesAndOrder) {
  const Json value =
      *parse_json(R"( {"z":null,"b":true,"i":-7,"d":0.5,"s":"x","a":[1,"2"],"o":{}} )");
  EXPECT_EQ(to_json(value), R"({"z":null,"b":true,"i":-7,"d":0.5,"s":"x","a":[1,"2"],"o":{}})");
  EXPECT_TRUE(value.find("z")->is_null());
  EXPECT_TRUE(value.find("i")->is_int());
  EXPECT_TRUE(value.find("d")->is_double());
}

TEST(ParseJson, RefusesWhatIsNotExactlyOneJsonText) {
  for (const std::string_view bytes : {"",
                                       " ",
                                       "{}x",
                                       "[1] 2",
                                       "[1,]",
                                       "[,1]",
                                       "{\"a\":1,}",
                                       "{a:1}",
                                       "{'a':1}",
                                       "{\"a\" 1}",
                                       "{\"a\":}",
                                       "{1:2}",
                                       "[1 2]",
                                       "[",
                                       "]",
                                       "{",
                                       "nul",
                                       "truex",
                                       "True",
                                       "NaN",
                                       "Infinity",
                                       "// c\n1",
                                       "/**/1",
                                       "\"abc",
                                       "\"a\nb\"",
                                       "\"\\x41\"",
                                       "\"\\u12\"",
                                       "\"\\ud800\"",
                                       "\"\\udc00\"",
                                       "\"\\ud800\\u0041\"",
                                       "\"\\ud800\\ud800\"",
                                       "\xEF\xBB\xBF{}",
                                       "\f1"}) {
    EXPECT_EQ(reason(bytes), "json.syntax") << bytes;
  }
  EXPECT_EQ(reason(std::string_view("[1]\0", 4)), "json.syntax");
  EXPECT_EQ(reason(std::string_view("\"a\0b\"", 5)), "json.syntax");
}

TEST(ParseJson, NamesTheByteThatIsNotUtf8) {
  struct Case {
    std::string bytes;
    int at;
  };
  for (const auto& [bytes, at] :
       {Case{"[\"\xFF\"]", 2}, Case{"\"ab\xC3\"", 3}, Case{"\"\xC0\xAF\"", 1},
        Case{"\"\xED\xA0\x80\"", 1}, Case{"\"\xF4\x90\x80\x80\"", 1}, Case{"\"\xE0\x80\x80\"", 1},
        Case{"\"\xC3\xA9\xF0\x9F\x98\x80\x80\"", 7}, Case{"\"\xF0\x80\x80\x80\"", 1}}) {
    const auto result = parse_json(bytes);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().reason, "json.utf8");
    EXPECT_EQ(result.error().message, "not valid UTF-8 at byte " + std::to_string(at));
  }
}

TEST(ParseJson, RefusesDuplicateKeysAtAnyDepth) {
  EXPECT_EQ(reason(R"({"a":1,"a":2})"), "json.duplicate_key");
  EXPECT_EQ(reason(R"({"a":1,"b":2,"a":1})"), "json.duplicate_key");
  EXPECT_EQ(reason(R"([{"x":[{"k":1,"k":1}]}])"), "json.duplicate_key");
  EXPECT_EQ(reason(R"({"a":1,"\u0061":2})"), "json.duplicate_key");
  EXPECT_EQ(reason(R"({"":1,"":2})"), "json.duplicate_key");
  EXPECT_EQ(reason(R"({"a":{"a":{"a":1}}})"), "accepted");
  EXPECT_EQ(reason(R"([{"a":1},{"a":2}])"), "accepted");
  EXPECT_EQ(reason(R"({"é":1,"e\u0301":2})"), "accepted");  // keys are not normalised
  EXPECT_NE(parse_json(R"({"a":1,"a":2})").error().message.find("`a`"), std::string::npos);
}

TEST(ParseJson, FindsADuplicateAmongManyKeys) {
  std::string object = "{";
  for (int i = 0; i < 100; ++i) object += "\"key" + std::to_string(i) + "\":0,";
  EXPECT_EQ(reason(object + "\"last\":0}"), "accepted");
  EXPECT_EQ(reason(object + "\"key42\":0}"), "json.duplicate_key");
}

TEST(ParseJson, ShortensALongKeyInAMessageBetweenCharacters) {
  std::string key;
  for (int i = 0; i < 50; ++i) key += "\xE2\x82\xAC";
  const auto result = parse_json("{\"" + key + "\":1,\"" + key + "\":2}");
  ASSERT_FALSE(result);
  EXPECT_LT(result.error().message.size(), 150u);
  std::string quoted;
  append_json_string(quoted, result.error().message);
  EXPECT_TRUE(parse_json(quoted)) << "the message is not valid UTF-8";
}

TEST(ParseJson, AHostileObjectDoesNotCostTheSquareOfItsSize) {
  std::string object = "{";
  for (int i = 0; i < 200'000; ++i) object += "\"" + std::to_string(i) + "\":0,";
  object += "\"x\":0}";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(reason(object), "accepted");
  // Pairwise comparison would take twenty thousand million steps: minutes, not seconds.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(ParseJson, AcceptsNestingUpToTheLimitAndNoDeeper) {
  EXPECT_EQ(reason(nested(32)), "accepted");
  EXPECT_EQ(reason(nested(33)), "json.depth");
  EXPECT_EQ(reason(nested(1025)), "json.depth");
  EXPECT_EQ(reason(nested(1'000'000)), "json.depth");
  EXPECT_EQ(reason("1", {.max_depth = 0}), "accepted");
  EXPECT_EQ(reason("[]", {.max_depth = 0}), "json.depth");
  EXPECT_EQ(reason(R"({"a":{"b":1}})", {.max_depth = 2}), "accepted");
  EXPECT_EQ(reason(R"({"a":{"b":{}}})", {.max_depth = 2}), "json.depth");
}

TEST(ParseJson, RefusesMoreBytesThanTheLimit) {
  EXPECT_EQ(reason("12345", {.max_bytes = 5}), "accepted");
  EXPECT_EQ(reason("123456", {.max_bytes = 5}), "json.size");
}

TEST(ParseJson, KeepsEveryInt64Exactly) {
  EXPECT_EQ(parse_json("9223372036854775807")->as_int(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_json("-9223372036854775808")->as_int(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse_json("9007199254740993")->as_int(), 9007199254740993);
  EXPECT_EQ(*parse_json("-0"), Json(0));
  EXPECT_EQ(*parse_json("1.0"), Json(1.0));
  EXPECT_EQ(*parse_json("1e2"), Json(100.0));
}

TEST(ParseJson, RefusesNumbersThatItCouldNotKeep) {
  for (const std::string_view bytes :
       {"9223372036854775808", "-9223372036854775809", "18446744073709551615",
        "18446744073709551616", "1000000000000000000000000000", "1e400", "-1e400", "1e309",
        "[1e999999999999]"}) {
    EXPECT_EQ(reason(bytes), "json.number") << bytes;
  }
  // Doubles whose canonical form would be an integer that cannot be read back.
  for (const std::string_view bytes :
       {"1e20", "-1e20", "9223372036854775807.0", "1e19", "999999999999999000000.0"}) {
    EXPECT_EQ(reason(bytes), "json.number") << bytes;
  }
  EXPECT_EQ(reason("9223372036854774784.0"), "accepted");
  EXPECT_EQ(reason("1e21"), "accepted");
  EXPECT_EQ(reason("1.7976931348623157e308"), "accepted");
  EXPECT_EQ(reason("1e-400"), "accepted");
}

TEST(ParseJson, RefusesMalformedNumbers) {
  for (const std::string_view bytes :
       {"01", "-01", "1.", "0.1e", "-", "1e+", "[-a]", "0x10", "1_0"}) {
    EXPECT_FALSE(parse_json(bytes)) << bytes;
  }
  for (const std::string_view bytes : {"+1", ".5"})
    EXPECT_EQ(reason(bytes), "json.syntax") << bytes;
}

TEST(ParseJson, UnescapesStrings) {
  EXPECT_EQ(parse_json(R"("\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00")")->as_string(),
            "\"\\/\b\f\n\r\t\xC3\xA9\xF0\x9F\x98\x80");
  EXPECT_EQ(parse_json(R"("a\u0000b")")->as_string(), std::string("a\0b", 3));
}

TEST(ParseJson, LargeAndSmallTextsAlternateOnOneThread) {
  const std::string large = "\"" + std::string(1 << 20, 'x') + "\"";
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(parse_json(large)->as_string().size(), 1u << 20);
    EXPECT_EQ(parse_json("[1,2]")->as_array().size(), 2u);
  }
}

TEST(ParseJson, WorksOnManyThreadsAtOnce) {
  std::array<int, 4> right{};
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < right.size(); ++t) {
      threads.emplace_back([t, &right] {
        const std::string text = "{\"thread\":" + std::to_string(t) + "}";
        for (int i = 0; i < 1000; ++i) {
          right[t] += parse_json(text)->find("thread")->as_int() == static_cast<std::int64_t>(t);
        }
      });
    }
  }
  for (const int count : right) EXPECT_EQ(count, 1000);
}

}  // namespace
}  // namespace ambit::text
