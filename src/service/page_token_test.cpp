#include "service/internal/page_token.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ambit::service {
namespace {

const std::string kKey(32, 'k');

TEST(PageToken, ComesBackAsItWasGiven) {
  EXPECT_TRUE(rc::check([](std::string key, std::string task, bool whole) {
    for (std::string* text : {&key, &task}) {
      for (char& c : *text) c = static_cast<char>(c & 0x7f);
    }
    const Page page{7, {key, task, "ins", whole}};
    const auto opened = open_page(kKey, "binding", seal_page(kKey, "binding", page));
    RC_ASSERT(opened.has_value());
    RC_ASSERT(opened->limit == 7u);
    RC_ASSERT(opened->after.key == key);
    RC_ASSERT(opened->after.task == task);
    RC_ASSERT(opened->after.instance == "ins");
    RC_ASSERT(opened->after.whole == whole);
  }));
}

TEST(PageToken, IsGoodForItsBindingAndKeyOnly) {
  const std::string token = seal_page(kKey, "binding", {1, {"a", "t", "i", true}});
  EXPECT_TRUE(open_page(kKey, "binding", token));
  EXPECT_FALSE(open_page(kKey, "bindinh", token));
  EXPECT_FALSE(open_page(std::string(32, 'x'), "binding", token));
}

TEST(PageToken, AnyChangeIsNoticed) {
  const std::string token = seal_page(kKey, "binding", {1, {"a", "t", "i", true}});
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(open_page(kKey, "binding", changed)) << i;
    EXPECT_FALSE(open_page(kKey, "binding", token.substr(0, i))) << i;
  }
  EXPECT_EQ(open_page(kKey, "binding", "?").error().reason, "page.token");
}

}  // namespace
}  // namespace ambit::service
