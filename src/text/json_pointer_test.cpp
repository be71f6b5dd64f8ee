#include <gtest/gtest.h>

#include "text/json.h"

namespace ambit::text {
namespace {

std::string reached(const Json& value, std::string_view pointer) {
  std::string out;
  for (const Json* item : resolve_pointer(value, pointer)) out += to_json(*item) + ";";
  return out;
}

// RFC 6901 section 5.
TEST(JsonPointer, ResolvesTheExamplesOfRfc6901) {
  const Json value = *parse_json(
      R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})");
  EXPECT_EQ(reached(value, ""), to_json(value) + ";");
  EXPECT_EQ(reached(value, "/foo"), R"(["bar","baz"];)");
  EXPECT_EQ(reached(value, "/foo/0"), R"("bar";)");
  EXPECT_EQ(reached(value, "/"), "0;");
  EXPECT_EQ(reached(value, "/a~1b"), "1;");
  EXPECT_EQ(reached(value, "/c%d"), "2;");
  EXPECT_EQ(reached(value, "/e^f"), "3;");
  EXPECT_EQ(reached(value, "/g|h"), "4;");
  EXPECT_EQ(reached(value, "/i\\j"), "5;");
  EXPECT_EQ(reached(value, "/k\"l"), "6;");
  EXPECT_EQ(reached(value, "/ "), "7;");
  EXPECT_EQ(reached(value, "/m~0n"), "8;");
}

TEST(JsonPointer, StarReachesEveryElementOfAnArrayInOrder) {
  const Json value = *parse_json(R"({"moves":[{"from":"a","to":"b"},{"from":"c"},7]})");
  EXPECT_EQ(reached(value, "/moves/*/from"), R"("a";"c";)");
  EXPECT_EQ(reached(value, "/moves/*"), R"({"from":"a","to":"b"};{"from":"c"};7;)");
  EXPECT_EQ(reached(*parse_json("[[1,2],[],[3]]"), "/*/*"), "1;2;3;");
}

TEST(JsonPointer, StarIsAnOrdinaryKeyOfAnObject) {
  EXPECT_EQ(reached(*parse_json(R"({"*":1,"b":2})"), "/*"), "1;");
}

TEST(JsonPointer, ReachesNothingWhenMalformedOrAbsent) {
  const Json value = *parse_json(R"({"a":[1,2],"~":3,"~2":4})");
  for (const std::string_view pointer :
       {"a", "/b", "/a/2", "/a/00", "/a/01", "/a/-", "/a/+1", "/a/1x", "/a/",
        "/a/99999999999999999999", "/~", "/~2", "/a/0/x", "/a//"}) {
    EXPECT_TRUE(resolve_pointer(value, pointer).empty()) << pointer;
  }
}

}  // namespace
}  // namespace ambit::text
