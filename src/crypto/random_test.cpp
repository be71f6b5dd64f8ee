#include "crypto/random.h"

#include <gtest/gtest.h>
#include <set>

#include "text/base64url.h"

namespace ambit::crypto {
namespace {

TEST(RandomBytes, HasTheCountAskedForAndDoesNotRepeat) {
  EXPECT_EQ(random_bytes(0), "");
  EXPECT_EQ(random_bytes(33).size(), 33u);
  EXPECT_NE(random_bytes(16), random_bytes(16));
}

TEST(RandomToken, Carries256BitsAfterItsPrefix) {
  const std::string token = random_token("amb_");
  ASSERT_EQ(token.size(), 4u + 43u);
  EXPECT_EQ(token.substr(0, 4), "amb_");
  EXPECT_EQ(text::from_base64url(token.substr(4))->size(), 32u);
  EXPECT_NE(token, random_token("amb_"));
}

// The time part of the ULID specification's example, 01ARYZ6S41.
TEST(RandomId, StartsWithTheTimeOfTheUlidExample) {
  const std::string id = random_id("task_", Time{1469918176385});
  EXPECT_EQ(id.size(), 5u + 26u);
  EXPECT_EQ(id.substr(0, 15), "task_01aryz6s41");
  EXPECT_EQ(id.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz", 5), std::string::npos);
}

TEST(RandomId, SortsByTimeAndDoesNotRepeatWithinOne) {
  EXPECT_LT(random_id("t", Time{1000}), random_id("t", Time{1001}));
  EXPECT_LT(random_id("t", Time{31}), random_id("t", Time{32}));
  std::set<std::string> ids;
  for (int i = 0; i < 10'000; ++i) ids.insert(random_id("t", Time{5}));
  EXPECT_EQ(ids.size(), 10'000u);
}

}  // namespace
}  // namespace ambit::crypto
