#include "text/canonical_reader.h"

#include <gtest/gtest.h>

namespace ambit::text {
namespace {

bool accepts(std::string_view bytes) {
  CanonicalReader in(bytes);
  in.skip();
  return in.end().has_value();
}

TEST(CanonicalReader, ReadsMembersItemsAndScalarsInOnePass) {
  CanonicalReader in(
      R"({"a":[1,-2,"x\n\u001f\"ä"],"b":{"c":true,"d":false},"e":9007199254740993})");
  std::vector<std::int64_t> numbers;
  std::string text;
  bool c = false, d = true;
  std::int64_t e = 0;
  std::vector<std::string> keys;
  for (auto member = in.object(); member.next();) {
    keys.emplace_back(member.key());
    if (member.key() == "a") {
      for (auto item = in.array(); item.next();) {
        if (in.at_text()) {
          in.text(text);
        } else {
          numbers.push_back(in.integer());
        }
      }
    } else if (member.key() == "b") {
      for (auto inner = in.object(); inner.next();) (inner.key() == "c" ? c : d) = in.flag();
    } else {
      e = in.integer();
    }
  }
  EXPECT_TRUE(in.end());
  EXPECT_EQ(keys, (std::vector<std::string>{"a", "b", "e"}));
  EXPECT_EQ(numbers, (std::vector<std::int64_t>{1, -2}));
  EXPECT_EQ(text, "x\n\x1f\"ä");
  EXPECT_TRUE(c);
  EXPECT_FALSE(d);
  EXPECT_EQ(e, 9007199254740993);
}

TEST(CanonicalReader, GivesAnyValueAsItStandsOrAsATree) {
  CanonicalReader in(R"([{"x":[1,{}]},{"y":1.5}])");
  auto items = in.array();
  ASSERT_TRUE(items.next());
  EXPECT_EQ(in.raw(), R"({"x":[1,{}]})");
  ASSERT_TRUE(items.next());
  EXPECT_EQ(in.tree(), Json::object({{"y", 1.5}}));
  EXPECT_FALSE(items.next());
  EXPECT_TRUE(in.end());
}

// Whatever our writer makes is read, and nothing that it would write otherwise.
TEST(CanonicalReader, AcceptsWhatTheWriterWritesAndNothingElse) {
  for (const char* json :
       {"null", "true", "false", "0", "-1", "1234567890123456789", "-9223372036854775808", "1.5",
        "1e+21", "1e-7", "\"\"", R"("\b\t\n\f\r\"\\\u0000\u001f")", "\"\xC3\xA9\xF0\x9F\x98\x80\"",
        "[]", "{}", "[[],{}]", R"({"":1,"a":2,"aa":3})", R"({"\n":1,"\r":2,"1":3,"\"":4})",
        "{\"\xF0\x9F\x98\x80\":1,\"\xEF\xAC\xB3\":2}"}) {
    const auto value = parse_json(json);
    ASSERT_TRUE(value) << json;
    EXPECT_EQ(accepts(json), to_canonical_json(*value) == json) << json;
    EXPECT_TRUE(accepts(to_canonical_json(*value))) << json;
  }
  for (const char* json : {"",
                           " 1",
                           "1 ",
                           "1 2",
                           "01",
                           "-0",
                           "+1",
                           "1.0",
                           "1e3",
                           "1E+21",
                           "9223372036854775808",
                           "1.",
                           ".5",
                           "-",
                           "nul",
                           "True",
                           "NaN",
                           "\"",
                           "\"\\",
                           "\"a",
                           "\"\\u0041\"",
                           "\"\\u000A\"",
                           "\"\\u000a\"",
                           "\"\\u001F\"",
                           "\"\\/\"",
                           "\"\\x\"",
                           "\"\\u00\"",
                           "\"\x01\"",
                           "\"\xFF\"",
                           "\"\xC0\x80\"",
                           "[",
                           "[1",
                           "[1,",
                           "[1,]",
                           "[,1]",
                           "[1 ,2]",
                           "[1}",
                           "{",
                           "{\"a\"",
                           "{\"a\":",
                           "{\"a\":1",
                           "{\"a\":1,",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{\"a\" :1}",
                           "{\"a\": 1}",
                           "{\"b\":1,\"a\":2}",
                           "{\"a\":1,\"a\":2}",
                           "{\"a\":1]",
                           "1,2",
                           "{}{}",
                           "{\"\xEF\xAC\xB3\":1,\"\xF0\x9F\x98\x80\":2}"}) {
    EXPECT_FALSE(accepts(json)) << json;
  }
}

TEST(CanonicalReader, FailsForGoodWhereSomethingElseStands) {
  CanonicalReader in(R"({"a":"x","b":2})");
  auto members = in.object();
  ASSERT_TRUE(members.next());
  EXPECT_EQ(in.integer(), 0);
  EXPECT_TRUE(in.failed());
  EXPECT_FALSE(members.next());
  EXPECT_EQ(in.raw(), "");
  EXPECT_EQ(in.end().error().reason, "json.not_canonical");
}

TEST(CanonicalReader, PlainTextsHaveNoEscapes) {
  CanonicalReader plain(R"("sha256:00")");
  EXPECT_EQ(plain.plain_text(), "sha256:00");
  EXPECT_TRUE(plain.end());
  CanonicalReader escaped(R"("a\n")");
  EXPECT_EQ(escaped.plain_text(), "");
  EXPECT_FALSE(escaped.end());
}

TEST(CanonicalReader, GoesNoDeeperThanItMay) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(accepts(nested(64)));
  EXPECT_FALSE(accepts(nested(65)));
  EXPECT_FALSE(accepts(std::string(1'000'000, '[')));
}

}  // namespace
}  // namespace ambit::text
