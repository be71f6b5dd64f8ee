#include <bit>
#include <cmath>
#include <cstdint>
#include <gtest/gtest.h>
#include <limits>
#include <rapidcheck.h>

#include "text/json.h"

namespace ambit::text {
namespace {

std::string canonical(std::string_view bytes) { return to_canonical_json(*parse_json(bytes)); }

// RFC 8785 appendix B.
TEST(CanonicalJson, WritesTheNumbersOfRfc8785AppendixB) {
  struct Case {
    std::uint64_t bits;
    std::string_view text;
  };
  for (const auto& [bits, text] :
       std::initializer_list<Case>{{0x0000000000000000, "0"},
                                   {0x8000000000000000, "0"},
                                   {0x0000000000000001, "5e-324"},
                                   {0x8000000000000001, "-5e-324"},
                                   {0x7fefffffffffffff, "1.7976931348623157e+308"},
                                   {0xffefffffffffffff, "-1.7976931348623157e+308"},
                                   {0x4340000000000000, "9007199254740992"},
                                   {0xc340000000000000, "-9007199254740992"},
                                   {0x4430000000000000, "295147905179352830000"},
                                   {0x44b52d02c7e14af5, "9.999999999999997e+22"},
                                   {0x44b52d02c7e14af6, "1e+23"},
                                   {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
                                   {0x444b1ae4d6e2ef4e, "999999999999999700000"},
                                   {0x444b1ae4d6e2ef4f, "999999999999999900000"},
                                   {0x444b1ae4d6e2ef50, "1e+21"},
                                   {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
                                   {0x3eb0c6f7a0b5ed8d, "0.000001"},
                                   {0x41b3de4355555553, "333333333.3333332"},
                                   {0x41b3de4355555554, "333333333.33333325"},
                                   {0x41b3de4355555555, "333333333.3333333"},
                                   {0x41b3de4355555556, "333333333.3333334"},
                                   {0x41b3de4355555557, "333333333.33333343"},
                                   {0xbecbf647612f3696, "-0.0000033333333333333333"},
                                   {0x43143ff3c1cb0959, "1424953923781206.2"}}) {
    EXPECT_EQ(to_canonical_json(Json(std::bit_cast<double>(bits))), text);
  }
}

// RFC 8785 section 3.2.4, from the input of section 3.2.2.
TEST(CanonicalJson, WritesTheExampleOfRfc8785) {
  EXPECT_EQ(canonical(R"({
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  })"),
            R"({"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],)"
            "\"string\":\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

// RFC 8785 section 3.2.3.
TEST(CanonicalJson, SortsMembersByUtf16CodeUnits) {
  const Json value = *parse_json(R"({"\u20ac":"Euro Sign","\r":"Carriage Return",
    "\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face",
    "\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"})");
  EXPECT_EQ(to_canonical_json(value),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xC2\x80\":\"Control\","
            "\"\xC3\xB6\":\"Latin Small Letter O With Diaeresis\",\"\xE2\x82\xAC\":\"Euro Sign\","
            "\"\xF0\x9F\x98\x80\":\"Emoji: Grinning Face\","
            "\"\xEF\xAC\xB3\":\"Hebrew Letter Dalet With Dagesh\"}");
}

TEST(CanonicalJson, SortsAKeyBeforeItsOwnContinuation) {
  EXPECT_EQ(canonical(R"({"ab":1,"a":2,"":3})"), R"({"":3,"a":2,"ab":1})");
}

TEST(CanonicalJson, SortsAtEveryDepthAndKeepsTheOrderOfArrays) {
  EXPECT_EQ(canonical(R"([{"b":{"d":1,"c":2},"a":[3,1,2]}])"),
            R"([{"a":[3,1,2],"b":{"c":2,"d":1}}])");
  EXPECT_EQ(canonical("{}"), "{}");
  EXPECT_EQ(canonical("[]"), "[]");
  EXPECT_EQ(canonical("[[],{}]"), "[[],{}]");
}

TEST(CanonicalJson, WritesEveryDigitOfAnInteger) {
  EXPECT_EQ(canonical("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(canonical("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(canonical("9007199254740993"), "9007199254740993");
}

TEST(CanonicalJson, WritesOneFormForOneNumber) {
  for (const std::string_view same : {"100", "100.0", "1e2", "1E+2", "1000e-1"}) {
    EXPECT_EQ(canonical(same), "100");
  }
  for (const std::string_view same : {"0", "-0", "0.0", "-0.0", "0e5", "-1e-400"}) {
    EXPECT_EQ(canonical(same), "0");
  }
}

TEST(WriteJson, EscapesOnlyWhatMustBeEscaped) {
  std::string every;
  for (char c = 0; c < 0x20; ++c) every += c;
  every += "\"\\/\x7F\xC3\xA9";
  EXPECT_EQ(to_json(Json(every)),
            "\"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r"
            "\\u000e\\u000f\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019"
            "\\u001a\\u001b\\u001c\\u001d\\u001e\\u001f\\\"\\\\/\x7F\xC3\xA9\"");
}

// The scan takes eight bytes at a time; each byte value is tried at each place around that.
TEST(WriteJson, EscapesEveryCharacterAtEveryPlace) {
  for (int c = 0; c < 0x80; ++c) {
    for (std::size_t length = 1; length < 20; ++length) {
      for (std::size_t at = 0; at < length; ++at) {
        std::string text(length, 'x');
        text[at] = static_cast<char>(c);
        const std::string written = to_json(Json(text));
        ASSERT_EQ(parse_json(written), Json(text)) << written;
        ASSERT_EQ(written.size() == length + 2, c >= 0x20 && c != '"' && c != '\\');
      }
    }
  }
}

TEST(WriteJson, KeepsTheOrderOfMembersAndTheKindOfNumbers) {
  const std::string text = R"({"b":1,"a":[1.0,-0.0,1e+21,0.5,-3]})";
  EXPECT_EQ(to_json(*parse_json(text)), text);
}

TEST(WriteJson, ANumberThatJsonCannotHoldBecomesNull) {
  EXPECT_EQ(to_json(Json(std::nan(""))), "null");
  EXPECT_EQ(to_canonical_json(Json(-std::numeric_limits<double>::infinity())), "null");
}

TEST(WriteJson, IndentsForPeople) {
  EXPECT_EQ(to_pretty_json(*parse_json(R"({"a":[1,{"b":"x"}],"c":{},"d":[]})")),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x\"\n    }\n  ],\n  \"c\": {},\n  \"d\": "
            "[]\n}");
}

// Any value that the reader can give: unique keys, numbers that it accepts, bounded depth.
rc::Gen<std::string> any_text() {
  return rc::gen::map(
      rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
          "a", "b", "\"", "\\", "\n", "\x01", "\xC3\xA9", "\xEF\xBF\xBD", "\xF0\x9F\x98\x80")),
      [](const std::vector<std::string>& parts) {
        std::string out;
        for (const std::string& part : parts) out += part;
        return out;
      });
}

rc::Gen<Json> any_number() {
  return rc::gen::map(rc::gen::arbitrary<std::uint64_t>(), [](std::uint64_t bits) {
    const double value = std::bit_cast<double>(bits);
    const bool readable =
        std::isfinite(value) && (std::abs(value) < 9.2e18 || std::abs(value) >= 1e21);
    return bits % 2 == 0 && readable ? Json(value) : Json(static_cast<std::int64_t>(bits));
  });
}

rc::Gen<Json> any_json(int depth) {
  const auto leaf = rc::gen::oneOf(
      rc::gen::element(Json(), Json(true), Json(false)), any_number(),
      rc::gen::map(any_text(), [](std::string text) { return Json(std::move(text)); }));
  if (depth == 0) return leaf;
  const auto inner = rc::gen::lazy([depth] { return any_json(depth - 1); });
  const auto array = rc::gen::map(rc::gen::container<std::vector<Json>>(inner),
                                  [](std::vector<Json> items) { return Json(std::move(items)); });
  const auto object = rc::gen::map(rc::gen::container<std::vector<std::pair<std::string, Json>>>(
                                       rc::gen::pair(any_text(), inner)),
                                   [](const std::vector<std::pair<std::string, Json>>& members) {
                                     Json out = Json::object();
                                     for (const auto& [key, value] : members) out.set(key, value);
                                     return out;
                                   });
  return rc::gen::oneOf(leaf, array, object);
}

TEST(WriteJson, ReadingBackGivesTheSameValue) {
  EXPECT_TRUE(rc::check([] {
    const Json value = *rc::gen::resize(12, any_json(3));
    RC_ASSERT(*parse_json(to_json(value)) == value);
    RC_ASSERT(*parse_json(to_pretty_json(value)) == value);
  }));
}

TEST(CanonicalJson, IsItsOwnCanonicalFormAndForgetsOrder) {
  EXPECT_TRUE(rc::check([] {
    Json value = *rc::gen::resize(12, any_json(3));
    const std::string once = to_canonical_json(value);
    RC_ASSERT(to_canonical_json(*parse_json(once)) == once);
    RC_ASSERT(to_canonical_json(*parse_json(to_json(value))) == once);
    if (value.is_object()) {
      std::reverse(value.as_object().begin(), value.as_object().end());
      RC_ASSERT(to_canonical_json(value) == once);
    }
  }));
}

}  // namespace
}  // namespace ambit::text
