#include <gtest/gtest.h>

#include "doors/rest/rest_fixture.h"

namespace ambit::doors::rest {
namespace {

TEST(RestDoorHolds, ArePlacedListedAndReleased) {
  Rest rest;
  const auto placed = rest.as_admin(
      "POST", "/v1/ledger/holds", R"({"name": "case-17", "from": 2, "to": 5, "reason": "court"})");
  EXPECT_EQ(placed.status, 201) << placed.body;
  EXPECT_EQ(text_of(placed, "by"), "admin");
  EXPECT_EQ(rest.as_admin("GET", "/v1/ledger/holds").body,
            R"({"items":[{"name":"case-17","from":2,"to":5}]})");
  const auto again =
      rest.as_admin("POST", "/v1/ledger/holds", R"({"name": "case-17", "reason": "court"})");
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(fakes::reason_of(again), "hold.exists");
  const auto released =
      rest.as_admin("POST", "/v1/ledger/holds/case-17/release", R"({"reason": "closed"})");
  EXPECT_EQ(released.status, 200) << released.body;
  EXPECT_EQ(text_of(released, "reason"), "closed");
  EXPECT_EQ(rest.as_admin("GET", "/v1/ledger/holds").body, R"({"items":[]})");
}

TEST(RestDoorHolds, SayWhatIsWrongWithARequest) {
  Rest rest;
  const auto refusal = [&](const std::string& body) {
    return fakes::reason_of(rest.as_admin("POST", "/v1/ledger/holds", body));
  };
  EXPECT_EQ(refusal(R"({"name": "a", "from": -1, "reason": "x"})"), "field.invalid");
  EXPECT_EQ(refusal(R"({"name": "a", "from": "1", "reason": "x"})"), "field.invalid");
  EXPECT_EQ(refusal(R"({"name": "a"})"), "field.missing");
  EXPECT_EQ(refusal(R"({"name": "a", "reason": "x", "task": "y"})"), "field.unknown");
  EXPECT_EQ(refusal(R"({"name": "a", "reason": ""})"), "hold.reason");
  EXPECT_EQ(fakes::reason_of(
                rest.as_admin("POST", "/v1/ledger/holds/none/release", R"({"reason": "closed"})")),
            "hold.unknown");
}

}  // namespace
}  // namespace ambit::doors::rest
