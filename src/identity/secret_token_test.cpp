#include "identity/secret_token.h"

#include <gtest/gtest.h>
#include <set>

#include "text/base64url.h"

namespace ambit::identity {
namespace {

TEST(SecretToken, HasAPrefixAnd256BitsThatDoNotRepeat) {
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i) {
    const crypto::SecretBytes token = generate_secret_token();
    EXPECT_TRUE(is_secret_token(token.expose()));
    EXPECT_EQ(text::from_base64url(token.expose().substr(4))->size(), 32u);
    tokens.emplace(token.expose());
  }
  EXPECT_EQ(tokens.size(), 1000u);
}

TEST(SecretToken, IsToldFromEverythingElse) {
  const std::string good(generate_secret_token().expose());
  for (const std::string& text :
       {std::string(), std::string("amb_"), good.substr(4), "AMB_" + good.substr(4), good + "A",
        good.substr(0, good.size() - 1), good + "=", " " + good, std::string("a.b.c")}) {
    EXPECT_FALSE(is_secret_token(text)) << text;
  }
}

TEST(SecretToken, MatchesItsHashOnly) {
  const crypto::SecretBytes token = generate_secret_token();
  const crypto::Digest stored = hash_secret_token(token.expose());
  EXPECT_TRUE(matches_secret_token(token.expose(), stored));
  EXPECT_FALSE(matches_secret_token(generate_secret_token().expose(), stored));
  EXPECT_FALSE(matches_secret_token("", stored));
  EXPECT_FALSE(matches_secret_token(stored.view(), stored)) << "the hash itself must not open";
}

}  // namespace
}  // namespace ambit::identity
