#include "mcp/json_scan.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "text/json.h"

namespace ambit::mcp {
namespace {

text::Json any_json(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 7 : 5)) {
    case 0: return nullptr;
    case 1: return *rc::gen::arbitrary<bool>();
    case 2: return *rc::gen::arbitrary<std::int64_t>();
    case 3: return static_cast<double>(*rc::gen::inRange(-1000, 1000)) / 8;
    case 4:
      return *rc::gen::element<std::string>("", "a\"b\\c", "\n\t\x01", "\xc3\xa9\xf0\x9f\x98\x80");
    case 5: {
      text::JsonArray items;
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) items.push_back(any_json(depth - 1));
      return items;
    }
    default: {
      text::Json object = text::Json::object();
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
        object.set("k\n" + std::to_string(i), any_json(depth - 1));
      }
      return object;
    }
  }
}

TEST(JsonScan, SlicesAreTheMembersThatTheParserSees) {
  EXPECT_TRUE(rc::check([] {
    text::Json object = text::Json::object();
    for (int i = *rc::gen::inRange(0, 5); i > 0; --i) {
      object.set("m" + std::to_string(i), any_json(3));
    }
    const bool pretty = *rc::gen::arbitrary<bool>();
    const std::string bytes = pretty ? text::to_pretty_json(object) : text::to_json(object);
    const auto members = scan_object(bytes);
    RC_ASSERT(members.has_value());
    RC_ASSERT(members->size() == object.as_object().size());
    for (std::size_t i = 0; i < members->size(); ++i) {
      RC_ASSERT((*members)[i].key == object.as_object()[i].first);
      const auto value = text::parse_json((*members)[i].value);
      RC_ASSERT(value.has_value());
      RC_ASSERT(*value == object.as_object()[i].second);
    }
  }));
}

TEST(JsonScan, AcceptsWhatJsonAllows) {
  for (const char* good :
       {R"({})", R"( { } )", R"({"a":[]})", R"({"a":-0.5e+10,"b":[1,2,[{}]],"c":"\u12aB\/"})",
        R"({"":null})", R"({"n":123456789012345678901234567890})"}) {
    EXPECT_TRUE(scan_object(good)) << good;
  }
}

TEST(JsonScan, RefusesWhatJsonDoesNot) {
  for (const char* bad : {"",
                          "   ",
                          "null",
                          "[]",
                          "{",
                          "{]",
                          "{,}",
                          R"({"a"})",
                          R"({"a":})",
                          R"({"a":1,})",
                          R"({"a":1 "b":2})",
                          R"({a:1})",
                          R"({"a":01})",
                          R"({"a":1.})",
                          R"({"a":.5})",
                          R"({"a":1e})",
                          R"({"a":+1})",
                          R"({"a":-})",
                          R"({"a":nul})",
                          R"({"a":"\x"})",
                          R"({"a":"\u12g4"})",
                          R"({"a":"\u12)",
                          R"({"a":"x)",
                          "{\"a\":\"\n\"}",
                          "{\"a\":\"\xc0\x80\"}",
                          "{\"a\":\"\xed\xa0\x80\"}",
                          "{\"a\":\"\xf4\x90\x80\x80\"}",
                          "{\"a\":\"\xe2\x82\"}",
                          R"({"a":1}{})",
                          R"({"a":1,"a":2})",
                          R"({"a":[1,]})",
                          R"({"a":NaN})"}) {
    EXPECT_FALSE(scan_object(bad)) << bad;
  }
  EXPECT_FALSE(scan_object(std::string_view("{\"a\":1\0}", 8)));
}

TEST(JsonScan, SplitsArrays) {
  const auto items = scan_array(R"( [ {"a":[1,2]} , 2.0,"x" ] )");
  ASSERT_TRUE(items);
  EXPECT_EQ(*items, (std::vector<std::string_view>{R"({"a":[1,2]})", "2.0", R"("x")"}));
  EXPECT_FALSE(scan_array("{}"));
  EXPECT_FALSE(scan_array("[1,2", {}));
  EXPECT_FALSE(scan_array("[1,2,3]", {.max_items = 2}));
}

}  // namespace
}  // namespace ambit::mcp
