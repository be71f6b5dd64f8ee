#include "service/internal/key_marks.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

#include "service/internal/generations.h"

namespace ambit::service {
namespace {

TEST(KeyMarks, KnowsEveryKeyThatItWasToldAndNoOther) {
  KeyMarks marks;
  for (int i = 0; i < 5000; ++i) marks.insert("key " + std::to_string(i % 4000));
  for (int i = 0; i < 4000; ++i) EXPECT_TRUE(marks.contains("key " + std::to_string(i))) << i;
  for (int i = 4000; i < 5000; ++i) EXPECT_FALSE(marks.contains("key " + std::to_string(i))) << i;
  const auto all = marks.sorted();
  EXPECT_EQ(all.size(), 4000u);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  const KeyMarks again = KeyMarks::from_sorted(all);
  EXPECT_TRUE(again.contains("key 17"));
  EXPECT_EQ(again.sorted(), all);
}

TEST(Generations, KeepsWhatIsUsedAndForgetsTheRest) {
  Generations<int> map(10);
  map.put("used", 1);
  for (int i = 0; i < 100; ++i) {
    map.put("once " + std::to_string(i), i);
    ASSERT_NE(map.find("used"), nullptr) << i;
    EXPECT_LE(map.young().size() + map.old().size(), 21u);
  }
  EXPECT_EQ(*map.find("used"), 1);
  EXPECT_EQ(map.find("once 0"), nullptr);
  EXPECT_NE(map.find("once 95"), nullptr);
  map.erase("used");
  EXPECT_EQ(map.find("used"), nullptr);
}

}  // namespace
}  // namespace ambit::service
