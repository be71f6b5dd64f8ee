#include "text/json.h"

#include <gtest/gtest.h>

namespace ambit::text {
namespace {

TEST(Json, FindsMembersOfObjectsOnly) {
  const Json value = Json::object({{"a", 1}, {"b", "x"}});
  ASSERT_NE(value.find("a"), nullptr);
  EXPECT_EQ(value.find("a")->as_int(), 1);
  EXPECT_EQ(value.find("c"), nullptr);
  EXPECT_EQ(Json(3).find("a"), nullptr);
  EXPECT_EQ(Json::array({"a"}).find("a"), nullptr);
}

TEST(Json, StringOrGivesTheOtherwiseForMissingMembersAndOtherKinds) {
  const Json value = Json::object({{"name", "x"}, {"count", 1}});
  EXPECT_EQ(value.string_or("name", "-"), "x");
  EXPECT_EQ(value.string_or("count", "-"), "-");
  EXPECT_EQ(value.string_or("none", "-"), "-");
}

TEST(Json, SetReplacesInPlaceAndAddsAtTheEnd) {
  Json value;
  value.set("b", 1);
  value.set("a", 2);
  value.set("b", 3);
  EXPECT_EQ(to_json(value), R"({"b":3,"a":2})");
  value.erase("b");
  value.erase("none");
  EXPECT_EQ(to_json(value), R"({"a":2})");
}

TEST(Json, PushBackMakesAnArrayOfNull) {
  Json value;
  value.push_back("x");
  value.push_back(nullptr);
  EXPECT_EQ(to_json(value), R"(["x",null])");
}

TEST(Json, EqualityIgnoresTheOrderOfMembersAtEveryDepth) {
  const Json a = Json::object({{"x", Json::array({Json::object({{"p", 1}, {"q", 2}})})}, {"y", 3}});
  const Json b = Json::object({{"y", 3}, {"x", Json::array({Json::object({{"q", 2}, {"p", 1}})})}});
  EXPECT_EQ(a, b);
  EXPECT_NE(Json::array({1, 2}), Json::array({2, 1}));
}

TEST(Json, EqualityOfLargeObjectsIgnoresOrderToo) {
  Json forward = Json::object();
  Json backward = Json::object();
  for (int i = 0; i < 100; ++i) {
    forward.set("key" + std::to_string(i), i);
    backward.set("key" + std::to_string(99 - i), 99 - i);
  }
  EXPECT_EQ(forward, backward);
  backward.set("key50", -1);
  EXPECT_NE(forward, backward);
}

TEST(Json, EqualityTellsKindsAndMissingMembersApart) {
  EXPECT_NE(Json(1), Json(1.0));
  EXPECT_NE(Json(), Json(false));
  EXPECT_NE(Json("1"), Json(1));
  EXPECT_NE(Json::object({{"a", nullptr}}), Json::object());
  EXPECT_NE(Json::object({{"a", 1}}), Json::object({{"b", 1}}));
}

}  // namespace
}  // namespace ambit::text
