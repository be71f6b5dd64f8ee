#include "doors/mcp/internal/tool_pages.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace ambit::doors::mcp {
namespace {

std::vector<service::VisibleTool> tools(const std::vector<std::string>& names) {
  std::vector<service::VisibleTool> out;
  for (const std::string& name : names) {
    out.push_back({name, text::Json::object({{"name", name}})});
  }
  return out;
}

// Follows the cursors to the end; `between` may change the tools after each page.
std::vector<std::string> all_pages(
    std::vector<service::VisibleTool> shown, std::size_t size,
    const std::function<void(std::vector<service::VisibleTool>&)>& between) {
  std::vector<std::string> names;
  std::string params;
  for (int pages = 0; pages < 20; ++pages) {
    const auto page = text::parse_json(tools_page(shown, params, size).value()).value();
    for (const auto& tool : page.find("tools")->as_array()) {
      names.emplace_back(tool.string_or("name", ""));
    }
    const text::Json* cursor = page.find("nextCursor");
    if (cursor == nullptr) return names;
    params = text::to_json(text::Json::object({{"cursor", *cursor}}));
    between(shown);
  }
  ADD_FAILURE() << "the listing does not end";
  return names;
}

TEST(ToolPages, GiveEveryToolOnceInAFixedOrder) {
  const std::vector<std::string> sorted = {"a", "b", "c", "d", "e"};
  for (std::size_t size = 1; size <= 6; ++size) {
    EXPECT_EQ(all_pages(tools({"d", "a", "e", "c", "b"}), size, [](auto&) {}), sorted) << size;
  }
  EXPECT_EQ(tools_page({}, "", 5).value(), R"({"tools":[]})");
}

TEST(ToolPages, NeitherRepeatNorLoseWhatStaysWhileOthersComeAndGo) {
  bool changed = false;
  const auto seen = all_pages(tools({"b", "d", "f", "h"}), 2, [&](auto& shown) {
    if (std::exchange(changed, true)) return;
    shown = tools({"a", "d", "f", "g", "h"});
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"b", "d", "f", "g", "h"}));
}

TEST(ToolPages, RefuseACursorThatIsNoneOfTheirs) {
  for (const char* params : {R"({"cursor":7})", R"({"cursor":"x"})", R"({"cursor":"???"})",
                             R"({"cursor":""})", R"({"cursor":"Zm9v"})"}) {
    const auto page = tools_page(tools({"a"}), params, 5);
    ASSERT_FALSE(page) << params;
    EXPECT_EQ(page.error().reason, "mcp.cursor");
  }
}

TEST(ToolPages, DigestShowsAnyChangeOfAnEntry) {
  auto one = tools({"a", "b"});
  const auto before = tools_digest(one);
  EXPECT_EQ(tools_digest(tools({"a", "b"})), before);
  one[0].entry.set("description", "new");
  EXPECT_NE(tools_digest(one), before);
}

}  // namespace
}  // namespace ambit::doors::mcp
