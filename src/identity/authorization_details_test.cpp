#include "identity/authorization_details.h"

#include <gtest/gtest.h>

namespace ambit::identity {
namespace {

const TaskAuthority kAuthority{.tools = {"files/read", "files/list"},
                               .targets = {"file:///srv/"},
                               .data = {},
                               .actions = {"read", "browse"}};

TEST(TaskAuthority, SurvivesTheRoundTrip) {
  EXPECT_EQ(task_authority_from(to_authorization_details(kAuthority)), kAuthority);
}

TEST(TaskAuthority, UsesTheCommonFieldsOfRfc9396) {
  EXPECT_EQ(text::to_canonical_json(to_authorization_details(kAuthority)),
            R"([{"actions":["read","browse"],"datatypes":[],"locations":["file:///srv/"],)"
            R"("tools":["files/read","files/list"],"type":"ambit_task"}])");
}

TEST(TaskAuthority, IsFoundAmongDetailsOfOtherTypes) {
  text::Json details = to_authorization_details(kAuthority);
  details.push_back(text::Json::object({{"type", "payment"}, {"amount", 5}}));
  EXPECT_EQ(task_authority_from(details), kAuthority);
}

TEST(TaskAuthority, RefusesWhatItDoesNotUnderstand) {
  const std::string good = text::to_json(to_authorization_details(kAuthority));
  const std::string item = good.substr(1, good.size() - 2);
  for (const std::string& details :
       {std::string("{}"), std::string("[]"), std::string("[1]"), std::string("[{}]"),
        std::string(R"([{"type":"other"}])"), "[" + item + "," + item + "]",
        "[" + item.substr(0, item.size() - 1) + R"(,"privileges":["admin"]}])",
        std::string(R"([{"type":"ambit_task","tools":[],"locations":[],"datatypes":[],"x":[]}])"),
        std::string(
            R"([{"type":"ambit_task","tools":[1],"locations":[],"datatypes":[],"actions":[]}])"),
        std::string(
            R"([{"type":"ambit_task","tools":"a","locations":[],"datatypes":[],"actions":[]}])")}) {
    const auto authority = task_authority_from(*text::parse_json(details));
    ASSERT_FALSE(authority) << details;
    EXPECT_EQ(authority.error().reason, "token.authorization_details");
  }
}

}  // namespace
}  // namespace ambit::identity
