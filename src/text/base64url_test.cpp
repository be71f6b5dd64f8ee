#include "text/base64url.h"

#include <array>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ambit::text {
namespace {

struct Pair {
  std::string_view bytes;
  std::string_view encoded;
};

// RFC 4648 section 10.
constexpr std::array<Pair, 7> kBase64Vectors{{{"", ""},
                                              {"f", "Zg=="},
                                              {"fo", "Zm8="},
                                              {"foo", "Zm9v"},
                                              {"foob", "Zm9vYg=="},
                                              {"fooba", "Zm9vYmE="},
                                              {"foobar", "Zm9vYmFy"}}};

TEST(Base64, MatchesTheVectorsOfRfc4648) {
  for (const auto& [bytes, encoded] : kBase64Vectors) {
    EXPECT_EQ(to_base64(bytes), encoded);
    EXPECT_EQ(from_base64(encoded), std::string(bytes));
  }
}

TEST(Base64, RefusesWrongPaddingAndForeignCharacters) {
  for (const std::string_view text :
       {"Zg", "Zg=", "Zg===", "Zm9v=", "Zm9v====", "=",
        "==", "====", "Z===", "Zh==", "Zm9=", "Zm 9", "Zm9v\n", "Z-==", "Zg==Zg=="}) {
    const auto result = from_base64(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().reason, "base64.malformed");
  }
}

TEST(Base64Url, UsesTheUrlAlphabetWithoutPadding) {
  EXPECT_EQ(to_base64url("\xFB\xEF\xFF"), "--__");
  EXPECT_EQ(from_base64url("--__"), "\xFB\xEF\xFF");
  EXPECT_EQ(to_base64url("f"), "Zg");
  EXPECT_EQ(to_base64url("fo"), "Zm8");
}

TEST(Base64Url, RefusesPaddingOtherAlphabetsAndStrayBits) {
  for (const std::string_view text : {"Zg==", "Zm8=", "Z", "Zm9vY", "Zm+v", "Zm/v", "Zm 8", " Zm8",
                                      "Zm8\n", "Zh", "Zm9", "\xC3\xA9v"}) {
    const auto result = from_base64url(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().reason, "base64url.malformed");
  }
  EXPECT_FALSE(from_base64url(std::string_view("Zm\0v", 4)));
}

TEST(Hex, RefusesUpperCaseOddLengthAndOtherCharacters) {
  EXPECT_EQ(to_hex(std::string_view("\x00\x7F\xFF", 3)), "007fff");
  EXPECT_EQ(from_hex("007fff"), std::string("\x00\x7F\xFF", 3));
  for (const std::string_view text : {"0", "0F", "0g", "000", "0x00", " 00", "00 "}) {
    const auto result = from_hex(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().reason, "hex.malformed");
  }
}

TEST(Encodings, EveryByteStringSurvivesTheRoundTrip) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    RC_ASSERT(from_base64url(to_base64url(bytes)) == bytes);
    RC_ASSERT(from_base64(to_base64(bytes)) == bytes);
    RC_ASSERT(from_hex(to_hex(bytes)) == bytes);
  }));
}

TEST(Encodings, EveryTextThatDecodesIsTheOneEncodingOfItsBytes) {
  const auto letters =
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("ABCZabcz019-_+/=")));
  EXPECT_TRUE(rc::check([&letters] {
    const std::string text = *letters;
    if (const auto bytes = from_base64url(text)) RC_ASSERT(to_base64url(*bytes) == text);
    if (const auto bytes = from_base64(text)) RC_ASSERT(to_base64(*bytes) == text);
    if (const auto bytes = from_hex(text)) RC_ASSERT(to_hex(*bytes) == text);
  }));
}

}  // namespace
}  // namespace ambit::text
