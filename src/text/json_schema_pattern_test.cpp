#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <regex>
#include <string>

#include "text/internal/pattern.h"

namespace ambit::text {
namespace {

using internal::Pattern;

std::string match(std::string_view source, std::string_view text) {
  const auto pattern = Pattern::compile(source);
  if (!pattern) return pattern.error().message;
  return pattern->found_in(text) ? "yes" : "no";
}

void expect(std::string_view source, const std::vector<std::string>& matching,
            const std::vector<std::string>& others) {
  for (const std::string& text : matching) EXPECT_EQ(match(source, text), "yes") << source << text;
  for (const std::string& text : others) EXPECT_EQ(match(source, text), "no") << source << text;
}

TEST(Pattern, FindsLiteralsAnywhere) {
  expect("", {"", "a"}, {});
  expect("ab", {"ab", "xabx"}, {"", "a", "ba"});
  expect("^ab", {"ab", "abx"}, {"xab"});
  expect("ab$", {"ab", "xab"}, {"abx", "ab\n"});
  expect("^$", {""}, {"a", "\n"});
  expect("a^b", {}, {"ab", "a^b"});
}

TEST(Pattern, KnowsAlternativesAndGroups) {
  expect("^(a|b|)c$", {"ac", "bc", "c"}, {"abc", "dc"});
  expect("^a|b$", {"ax", "xb"}, {"xa", "bx"});
  expect("^(?:ab|(?<name>cd))+$", {"ab", "cdab"}, {"", "ac"});
  expect("|", {"", "x"}, {});
}

TEST(Pattern, KnowsRepetition) {
  expect("^a*$", {"", "aaa"}, {"b"});
  expect("^a+?$", {"a", "aa"}, {""});
  expect("^ab?$", {"a", "ab"}, {"abb"});
  expect("^a{2}$", {"aa"}, {"a", "aaa"});
  expect("^a{2,}$", {"aa", "aaaa"}, {"a"});
  expect("^(ab){1,2}$", {"ab", "abab"}, {"", "ababab"});
  expect("^a{0,1}$", {"", "a"}, {"aa"});
  expect("^(a|b*|c+d)*$", {"", "aabcd", "ccd"}, {"c", "d"});
  expect("^((a|b){2}|c){2}$", {"abab", "cc", "cab"}, {"abc1", "ac"});
  expect("^(a*)*$", {"", "aaa"}, {"b"});
}

TEST(Pattern, KnowsClasses) {
  expect("^[a-c]$", {"a", "c"}, {"d", "-", ""});
  expect("^[^a-c]$", {"d", "\n", "\xC3\xA9"}, {"a", ""});
  expect("^[-a]$", {"-", "a"}, {"b"});
  expect("^[a-]$", {"-", "a"}, {"b"});
  expect("^[\\]\\\\^]$", {"]", "\\", "^"}, {"a"});
  expect("^[]$", {}, {"", "a"});
  expect("^[^]$", {"a", "\n"}, {""});
  expect("^[\\w.-]+$", {"a_Z0.-"}, {"a b"});
  expect("^[\\D]$", {"a"}, {"0"});
  expect("^[.]$", {"."}, {"a"});
  expect("^[\\b]$", {"\b"}, {"b"});
}

TEST(Pattern, KnowsEscapes) {
  expect("^\\d\\D$", {"0a"}, {"00", "\xD9\xA1x"});
  expect("^\\w\\W$", {"_-"}, {"__", "\xC3\xA9-"});
  expect("^\\s\\S$", {" a", "\xC2\xA0x", "\xE2\x80\xA8x", "\xEF\xBB\xBFx"}, {"  "});
  expect("^\\x41\\u0042\\u{43}$", {"ABC"}, {"abc"});
  expect("^\\uD83E\\uDD8A$", {"\xF0\x9F\xA6\x8A"}, {});
  expect("^\\.\\/\\-\\$\\{\\}$", {"./-${}"}, {"a/-${}"});
  expect("^\\t\\n\\v\\f\\r$", {"\t\n\v\f\r"}, {"tnvfr"});
  expect("a/b", {"a/b"}, {"ab"});
}

TEST(Pattern, ReadsCodePointsNotBytes) {
  expect("^.$", {"a", "\xC3\xA9", "\xF0\x9F\xA6\x8A"}, {"", "\n", "\r", "\xE2\x80\xA8", "ab"});
  expect("^\xC3\xA9+$", {"\xC3\xA9\xC3\xA9"}, {"\xC3"});
  expect("^[\xF0\x9F\xA6\x8A\xC3\xA9]$", {"\xF0\x9F\xA6\x8A", "\xC3\xA9"}, {"\xC3\xA8"});
  expect("^[\xC3\xA0-\xC3\xBF]$", {"\xC3\xA9"}, {"e"});
}

TEST(Pattern, RefusesWhatIsNotARegularLanguageOrNotValid) {
  for (const char* source : {"(?=a)",
                             "(?!a)",
                             "(?<=a)",
                             "(?<!a)",
                             "(?i)a",
                             "(?i:a)",
                             "(a)\\1",
                             "\\k<n>",
                             "\\ba",
                             "\\B",
                             "\\p{L}",
                             "\\cA",
                             "\\0",
                             "\\a",
                             "\\_",
                             "(",
                             ")",
                             "a)",
                             "(a",
                             "[",
                             "[a",
                             "[a\\",
                             "a**",
                             "*a",
                             "+",
                             "?",
                             "a{",
                             "a{x}",
                             "a{2",
                             "a{2,1}",
                             "a{0}",
                             "a{0,0}",
                             "{",
                             "}",
                             "]",
                             "^*",
                             "$+",
                             "[b-a]",
                             "[\\d-z]",
                             "[a-\\w]",
                             "\\",
                             "\\x4",
                             "\\u12",
                             "\\uD83E",
                             "\\uDD8A",
                             "\\u{}",
                             "\\u{110000}",
                             "(?<n",
                             "a{99999}",
                             "(a{4000}){4000}",
                             "((((){99}){99}){99}){99}"}) {
    const auto pattern = Pattern::compile(source);
    ASSERT_FALSE(pattern.has_value()) << source;
    EXPECT_EQ(pattern.error().reason, "schema.unsupported") << source;
  }
  EXPECT_EQ(Pattern::compile(std::string(1000, '(')).error().reason, "schema.unsupported");
  EXPECT_EQ(Pattern::compile(std::string(5000, 'a')).error().reason, "schema.unsupported");
  EXPECT_EQ(Pattern::compile("ab(?=c)").error().message, "a look-ahead or a flag at character 5");
}

TEST(Pattern, TakesManyAlternatives) {
  std::string source = "^(x0";
  for (int i = 1; i < 50; ++i) source += "|x" + std::to_string(i);
  expect(source + ")$", {"x0", "x49", "x25"}, {"x50", "x"});
}

TEST(Pattern, StaysLinearWhereBacktrackingExplodes) {
  const std::string text(5000, 'a');
  expect("^(a+)+$", {text}, {text + "!"});
  expect("^(a|a)*b$", {text + "b"}, {text});
  expect("(a?){50}a{50}c", {}, {text});
}

std::string random_pattern(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 8 : 3)) {
    case 0: return "a";
    case 1: return "b";
    case 2: return *rc::gen::element<std::string>(".", "[ab]", "[^a]", "c", "\\w");
    case 3: return random_pattern(depth - 1) + random_pattern(depth - 1);
    case 4: return "(?:" + random_pattern(depth - 1) + "|" + random_pattern(depth - 1) + ")";
    case 5:
      return "(" + random_pattern(depth - 1) + ")" +
             *rc::gen::element<std::string>("*", "+", "?", "{2}", "{1,2}", "{0,2}", "{2,}");
    case 6: return "^" + random_pattern(depth - 1);
    default: return random_pattern(depth - 1) + "$";
  }
}

// The standard library backtracks, but on short texts it is an independent oracle.
TEST(Pattern, AgreesWithABacktrackingEngine) {
  EXPECT_TRUE(rc::check([] {
    const std::string source = random_pattern(4);
    const auto pattern = Pattern::compile(source);
    RC_PRE(pattern.has_value());
    const std::regex oracle(source, std::regex::ECMAScript);
    for (int i = 0; i < 10; ++i) {
      const auto text =
          *rc::gen::resize(8, rc::gen::container<std::string>(rc::gen::element('a', 'b', 'c')));
      RC_ASSERT(pattern->found_in(text) == std::regex_search(text, oracle));
    }
  }));
}

}  // namespace
}  // namespace ambit::text
