#include <gtest/gtest.h>

#include "doors/rest/rest_fixture.h"

namespace ambit::doors::rest {
namespace {

using fakes::json;
using fakes::reason_of;

TEST(RestDoor, RegistersShowsAndListsIdentities) {
  Rest rest;
  const auto made = rest.as_admin("POST", "/v1/identities", R"({"id": "bob", "class": "human"})");
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.header("content-type"), "application/json");
  EXPECT_EQ(made.header("cache-control"), "no-store");
  const auto shown = rest.as_admin("GET", "/v1/identities/bob");
  EXPECT_EQ(text_of(shown, "state"), "active");
  EXPECT_EQ(shown.header("etag"), made.header("etag"));
  EXPECT_NE(shown.header("etag"), "");
  const auto agents = rest.as_admin("GET", "/v1/identities?class=agent");
  EXPECT_EQ(json(agents.body).find("items")->as_array().size(), 1u) << agents.body;
  EXPECT_EQ(rest.as_admin("GET", "/v1/identities/nobody").status, 404);
  EXPECT_EQ(rest.as_admin("POST", "/v1/identities", R"({"id": "bob", "class": "human"})").status,
            409);
}

TEST(RestDoor, UpdatesOnlyTheRevisionThatWasRead) {
  Rest rest;
  const auto shown = rest.as_admin("GET", "/v1/identities/olga");
  const std::string tag(shown.header("etag"));
  const std::string spec = R"({"id": "olga", "class": "human", "roles": ["operator"],
                               "display_name": "Olga O."})";
  const auto put = [&](const std::string& if_match) {
    return rest.send("PUT", "/v1/identities/olga",
                     {{"Authorization", "Bearer " + rest.admin_token},
                      {"Content-Type", "application/json"},
                      {"If-Match", if_match}},
                     spec);
  };
  const auto first = put(tag);
  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_NE(first.header("etag"), tag);
  const auto second = put(tag);
  EXPECT_EQ(second.status, 412) << second.body;
  EXPECT_EQ(reason_of(second), "store.conflict");
  EXPECT_EQ(put("*").status, 200);
  for (const char* malformed : {"12", "\"x\"", "W/\"12\"", "\"\"", "\"1\", \"2\"", "\"0\""}) {
    EXPECT_EQ(put(malformed).status, 400) << malformed;
  }
}

TEST(RestDoor, MovesIdentitiesThroughTheirLifecycle) {
  Rest rest;
  EXPECT_EQ(text_of(rest.as_admin("POST", "/v1/identities/helper/suspend"), "state"), "suspended");
  EXPECT_EQ(text_of(rest.as_admin("POST", "/v1/identities/helper/activate"), "state"), "active");
  EXPECT_EQ(text_of(rest.as_admin("POST", "/v1/identities/helper/decommission", "{}"), "state"),
            "retired");
  EXPECT_EQ(rest.as_admin("POST", "/v1/identities/helper/activate").status, 409);
  const auto history = rest.as_admin("GET", "/v1/identities/helper/history");
  EXPECT_GE(json(history.body).find("items")->as_array().size(), 5u) << history.body;
  const auto page = rest.as_admin("GET", "/v1/identities/helper/history?limit=2");
  EXPECT_EQ(json(page.body).find("items")->as_array().size(), 2u) << page.body;
  const std::string next = text::to_json(*json(page.body).find("next_after"));
  const auto rest_of_it = rest.as_admin("GET", "/v1/identities/helper/history?after=" + next);
  EXPECT_EQ(json(rest_of_it.body).find("items")->as_array().size(),
            json(history.body).find("items")->as_array().size() - 2)
      << rest_of_it.body;
}

TEST(RestDoor, IssuesTokensThatWorkUntilTheyAreRevoked) {
  Rest rest;
  const auto issued =
      rest.as_admin("POST", "/v1/identities/audit/tokens", R"({"lifetime": "30d"})");
  ASSERT_EQ(issued.status, 201) << issued.body;
  const std::string token = text_of(issued, "token");
  EXPECT_EQ(rest.send_json(token, "GET", "/v1/tools").status, 200);
  EXPECT_EQ(rest.as_admin("DELETE", "/v1/identities/audit/tokens/" + text_of(issued, "id")).status,
            200);
  EXPECT_EQ(rest.send_json(token, "GET", "/v1/tools").status, 401);
  EXPECT_EQ(rest.as_admin("POST", "/v1/identities/audit/tokens", R"({"lifetime": "soon"})").status,
            400);
}

}  // namespace
}  // namespace ambit::doors::rest
