#include "cedar_schema/internal/warnings.h"

#include <gtest/gtest.h>

#include "cedar_schema/internal/validator_for_test.h"
#include "cedar_schema/internal/warnings_unicode.h"

namespace ambit::cedar {
namespace {

std::string for_condition(std::string_view condition) {
  return warnings_of(check_condition(condition, ValidationMode::kPermissive));
}

TEST(Warnings, AreSilentOnOrdinaryText) {
  EXPECT_EQ(for_condition(R"(principal.name == "plain \n text 123!")"), "");
  EXPECT_EQ(for_condition("principal.name == \"\u041c\u043e\u0441\u043a\u0432\u0430\""), "");
  EXPECT_EQ(for_condition("principal.name == \"\u6771\u4eac\u30bf\u30ef\u30fc\""), "");
  EXPECT_EQ(for_condition("principal.name == \"caf\u00e9 \U0001F600\""), "");
  EXPECT_EQ(for_condition("principal == User::\"get /pets/{id}?a=b&c=d+e@f#g\""), "");
  EXPECT_EQ(for_condition("principal == User::\"J\u00fcrgen\""), "");
}

TEST(Warnings, FindMixedScripts) {
  EXPECT_EQ(for_condition("principal.name == \"say_\u04bbello\""), "mixed_script_string");
  EXPECT_EQ(for_condition("principal.name like \"*_\u04bbello\""), "mixed_script_string");
  EXPECT_EQ(for_condition("principal == User::\"say_\u04bbello\""), "mixed_script_identifier");
  EXPECT_EQ(for_condition("!(principal has \"n\u0430me\")"), "mixed_script_identifier");
  EXPECT_EQ(for_condition("{\"n\u0430me\": 1} == context"), "mixed_script_identifier");
}

TEST(Warnings, FindDirectionControls) {
  EXPECT_EQ(for_condition("principal.name == \"user\u202e && x\""), "bidi_string");
  EXPECT_EQ(for_condition("principal.name like \"\u2066*\""), "bidi_string");
  EXPECT_EQ(for_condition("principal == User::\"a\u202eb\""), "bidi_identifier");
}

TEST(Warnings, FindCharactersThatShouldNotBeInNames) {
  EXPECT_EQ(for_condition("principal == User::\"is\u200bAdmin\""), "confusable_identifier");
  EXPECT_EQ(for_condition("principal == User::\"new\\nline\""), "confusable_identifier");
  EXPECT_EQ(for_condition("principal == User::\"\\0\""), "confusable_identifier");
  EXPECT_EQ(for_condition("principal == User::\"\\x7f\""), "confusable_identifier");
  EXPECT_EQ(for_condition("principal == User::\"\U0001F34C\""), "confusable_identifier");
  EXPECT_EQ(for_condition("!(principal has \"a\u00adb\")"), "confusable_identifier");
}

TEST(Warnings, LookAtTheHeadToo) {
  const ValidationResult result = check_policy(
      "permit(principal == User::\"p\u0430ul\", action == Action::\"view\", resource);");
  ASSERT_EQ(warnings_of(result), "mixed_script_identifier");
  EXPECT_TRUE(result.passed());
  EXPECT_EQ(result.warnings[0].diagnostic.message, "name `\"p\u0430ul\"` mixes scripts");
}

TEST(Warnings, ShowWhatCannotBeSeen) {
  const ValidationResult result = check_condition("principal == User::\"a\u202e\u200b\\n\\\"b\"");
  ASSERT_EQ(result.warnings.size(), 1u);
  EXPECT_EQ(result.warnings[0].diagnostic.message,
            "name `\"a\\u{202e}\\u{200b}\\u{a}\\u{22}b\"` has characters that change the direction "
            "of text");
}

TEST(Unicode, ReadsScalars) {
  const std::string text = "a\u00e9\u6771\U0001F600";
  std::vector<std::uint32_t> scalars;
  for (std::size_t at = 0; at < text.size();) scalars.push_back(unicode::next_scalar(text, at));
  EXPECT_EQ(scalars, (std::vector<std::uint32_t>{'a', 0xE9, 0x6771, 0x1F600}));
}

TEST(Unicode, KnowsWhatIdentifiersMayHave) {
  for (const std::uint32_t yes :
       {0x27u, 0x2Du, 0x30u, 0x41u, 0x7Au, 0xB7u, 0xE9u, 0x430u, 0x6771u}) {
    EXPECT_TRUE(unicode::is_allowed_in_identifier(yes)) << yes;
  }
  for (const std::uint32_t no : {0x0u, 0x20u, 0xADu, 0x200Bu, 0x202Eu, 0x1F600u, 0x10FFFFu}) {
    EXPECT_FALSE(unicode::is_allowed_in_identifier(no)) << no;
  }
}

TEST(Unicode, TellsScriptsApart) {
  EXPECT_TRUE(unicode::is_single_script(""));
  EXPECT_TRUE(unicode::is_single_script("abc 123 -_"));
  EXPECT_TRUE(unicode::is_single_script("\u0430\u0431"));
  EXPECT_FALSE(unicode::is_single_script("a\u0430"));            // Latin and Cyrillic
  EXPECT_FALSE(unicode::is_single_script("\u03b1b"));            // Greek and Latin
  EXPECT_TRUE(unicode::is_single_script("\u6f22\u5b57\u304b"));  // Han and Hiragana: Japanese
  EXPECT_TRUE(unicode::is_single_script("\u6f22\uac00"));        // Han and Hangul: Korean
  EXPECT_FALSE(unicode::is_single_script("\u304b\uac00"));       // Hiragana and Hangul
  EXPECT_FALSE(unicode::is_single_script("\u0378"));             // not assigned
}

}  // namespace
}  // namespace ambit::cedar
