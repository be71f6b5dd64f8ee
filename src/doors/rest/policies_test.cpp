#include <gtest/gtest.h>

#include "doors/rest/rest_fixture.h"

namespace ambit::doors::rest {
namespace {

using fakes::json;

TEST(RestDoor, PublishesAndChecksPolicies) {
  Rest rest;
  const auto checked = rest.as_admin("POST", "/v1/policies/check",
                                     R"({"policies": {"a": "permit(principal, action"}})");
  EXPECT_EQ(checked.status, 200);
  EXPECT_FALSE(json(checked.body).find("ok")->as_bool()) << checked.body;
  const auto put = rest.as_admin("PUT", "/v1/policies",
                                 R"({"policies": {"a": "permit(principal, action, resource);"}})");
  ASSERT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(rest.as_admin("GET", "/v1/policies").body, put.body);
  const auto refused =
      rest.as_admin("PUT", "/v1/policies", R"({"policies": {"a": "nonsense", "b": "permit(;"}})");
  EXPECT_EQ(refused.status, 400);
  const text::Json problem = text::parse_json(refused.body).value();
  ASSERT_NE(problem.find("findings"), nullptr) << refused.body;
  EXPECT_EQ(problem.find("findings")->as_array().size(), 2u) << "all of them at once";
}

TEST(RestDoor, ListsVersionsOfThePoliciesInPagesAndShowsOne) {
  Rest rest;
  for (const char* id : {"b", "c"}) {
    const auto put = rest.as_admin(
        "PUT", "/v1/policies",
        R"({"policies": {")" + std::string(id) + R"(": "permit(principal, action, resource);"}})");
    ASSERT_EQ(put.status, 200) << put.body;
  }
  const text::Json whole = json(rest.as_admin("GET", "/v1/policies/versions").body);
  EXPECT_EQ(whole.find("next_before"), nullptr);
  const auto& versions = whole.find("items")->as_array();
  ASSERT_GE(versions.size(), 2u);
  const text::Json first = json(rest.as_admin("GET", "/v1/policies/versions?limit=1").body);
  ASSERT_EQ(first.find("items")->as_array().size(), 1u);
  EXPECT_EQ(first.find("items")->as_array()[0], versions[0]);
  ASSERT_NE(first.find("next_before"), nullptr);
  const std::string before = std::to_string(first.find("next_before")->as_int());
  const text::Json second =
      json(rest.as_admin("GET", "/v1/policies/versions?limit=1&before=" + before).body);
  EXPECT_EQ(second.find("items")->as_array()[0], versions[1]);
  EXPECT_EQ(rest.as_admin("GET", "/v1/policies/versions?before=x").status, 400);

  const std::string newest = std::to_string(versions[0].find("version")->as_int());
  const text::Json shown = json(rest.as_admin("GET", "/v1/policies/versions/" + newest).body);
  EXPECT_NE(shown.find("policies")->find("c"), nullptr);
  const auto unknown = rest.as_admin("GET", "/v1/policies/versions/99");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(fakes::reason_of(unknown), "policy.unknown");
}

}  // namespace
}  // namespace ambit::doors::rest
