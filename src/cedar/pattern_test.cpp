#include "cedar/pattern.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ambit::cedar {
namespace {

// The definition: `*` is any text, tried at every length.
bool naive(std::string_view text, const std::vector<std::string>& pieces, std::size_t at) {
  if (!text.starts_with(pieces[at])) return false;
  text.remove_prefix(pieces[at].size());
  if (at + 1 == pieces.size()) return text.empty();
  for (std::size_t skip = 0; skip <= text.size(); ++skip) {
    if (naive(text.substr(skip), pieces, at + 1)) return true;
  }
  return false;
}

TEST(Pattern, MatchesTheWholeText) {
  EXPECT_TRUE((Pattern{{"abc"}}.matches("abc")));
  EXPECT_FALSE((Pattern{{"abc"}}.matches("abcd")));
  EXPECT_TRUE((Pattern{{""}}.matches("")));
  EXPECT_TRUE((Pattern{{"", ""}}.matches("")));
  EXPECT_TRUE((Pattern{{"a", "c"}}.matches("abc")));
  EXPECT_TRUE((Pattern{{"a", "c"}}.matches("ac")));
  EXPECT_FALSE((Pattern{{"ab", "bc"}}.matches("abc")));
  EXPECT_TRUE((Pattern{{"", "X", "X", ""}}.matches("aXbXc")));
  EXPECT_FALSE((Pattern{{"", "X", "X", "X"}}.matches("aXbX")));
}

TEST(Pattern, AgreesWithItsDefinition) {
  const auto text = rc::gen::container<std::string>(rc::gen::element('a', 'b', 'X'));
  EXPECT_TRUE(rc::check([&] {
    auto pieces = *rc::gen::container<std::vector<std::string>>(text);
    if (pieces.empty()) pieces.emplace_back();
    if (pieces.size() > 5) pieces.resize(5);
    const std::string subject = (*text).substr(0, 20);
    RC_ASSERT((Pattern{pieces}.matches(subject)) == naive(subject, pieces, 0));
  }));
}

TEST(Pattern, MatchesWhatFillsItsGaps) {
  const auto text = rc::gen::container<std::string>(rc::gen::element('a', 'b'));
  EXPECT_TRUE(rc::check([&] {
    auto pieces = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(text));
    std::string subject = pieces.front();
    for (std::size_t i = 1; i < pieces.size(); ++i) subject += *text + pieces[i];
    RC_ASSERT(Pattern{pieces}.matches(subject));
  }));
}

}  // namespace
}  // namespace ambit::cedar
