#include "identity/token_cache.h"

#include <gtest/gtest.h>

#include "identity/internal/test_keys.h"

namespace ambit::identity {
namespace {

using testing::kNow;

class Cache : public ::testing::Test {
 protected:
  std::string token(const std::string& id) const {
    TaskClaims claims = testing::task_claims();
    claims.token_id = id;
    return *signer_.sign_task_token(claims);
  }

  // Whether the cache gives the token without asking a verifier: this one knows no key.
  bool knows(TokenCache& cache, const std::string& token, Time now = kNow) const {
    return cache.verify(ignorant_, token, now).has_value();
  }

  TokenSigner signer_{testing::ed25519_key(), testing::kIssuer};
  TokenVerifier verifier_{{signer_.public_key()}, testing::kIssuer, testing::kAudience};
  TokenVerifier ignorant_{{}, testing::kIssuer, testing::kAudience};
};

TEST_F(Cache, GivesTheSameVerifiedTokenAgain) {
  TokenCache cache(10);
  const std::string a = token("a");
  const auto first = cache.verify(verifier_, a, kNow);
  ASSERT_TRUE(first);
  const auto second = cache.verify(ignorant_, a, kNow);
  ASSERT_TRUE(second);
  EXPECT_EQ(first->get(), second->get());
  EXPECT_EQ((*second)->claims().token_id, "a");
}

TEST_F(Cache, DoesNotRememberFailures) {
  TokenCache cache(10);
  const std::string a = token("a");
  EXPECT_EQ(cache.verify(ignorant_, a, kNow).error().reason, "token.unknown_key");
  EXPECT_EQ(cache.verify(verifier_, a + "x", kNow).error().reason, "token.malformed");
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_TRUE(cache.verify(verifier_, a, kNow));
}

TEST_F(Cache, NeverOutlivesExpiry) {
  TokenCache cache(10);
  const std::string a = token("a");
  ASSERT_TRUE(cache.verify(verifier_, a, kNow));
  const Time expiry = kNow + minutes(10);
  EXPECT_TRUE(knows(cache, a, expiry - Duration{1}));
  EXPECT_EQ(cache.verify(verifier_, a, expiry).error().reason, "token.expired");
  EXPECT_EQ(cache.size(), 0u);
}

TEST_F(Cache, FlushForgetsEverything) {
  TokenCache cache(10);
  const std::string a = token("a");
  ASSERT_TRUE(cache.verify(verifier_, a, kNow));
  cache.flush();
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_FALSE(knows(cache, a));
}

TEST_F(Cache, IsBoundedAndDropsTheLeastRecentlyUsed) {
  TokenCache cache(2);
  const std::string a = token("a");
  const std::string b = token("b");
  const std::string c = token("c");
  ASSERT_TRUE(cache.verify(verifier_, a, kNow));
  ASSERT_TRUE(cache.verify(verifier_, b, kNow));
  EXPECT_TRUE(knows(cache, a));
  ASSERT_TRUE(cache.verify(verifier_, c, kNow));
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_TRUE(knows(cache, a));
  EXPECT_TRUE(knows(cache, c));
  EXPECT_FALSE(knows(cache, b));
}

TEST_F(Cache, ATokenInUseOutlivesItsPlaceInTheCache) {
  TokenCache cache(1);
  const auto held = *cache.verify(verifier_, token("a"), kNow);
  ASSERT_TRUE(cache.verify(verifier_, token("b"), kNow));
  EXPECT_EQ(held->claims().token_id, "a");
}

TEST_F(Cache, RefusesATokenLongerThanAnyWithoutMistakingItsBeginning) {
  TokenCache cache(10);
  EXPECT_EQ(cache.verify(verifier_, std::string(1 << 20, 'a'), kNow).error().reason,
            "token.malformed");
  EXPECT_EQ(cache.size(), 0u);
}

}  // namespace
}  // namespace ambit::identity
