#include "identity/jwks.h"

#include <gtest/gtest.h>

#include "identity/internal/test_keys.h"

namespace ambit::identity {
namespace {

TEST(Jwks, ListsThePublicKeysInOrderAndNothingSecret) {
  const crypto::SigningKey current = testing::ed25519_key('c');
  const crypto::SigningKey previous = *crypto::SigningKey::generate(crypto::Algorithm::kES256);
  const text::Json set = to_jwks({current.public_key(), previous.public_key()});
  const text::JsonArray& keys = set.find("keys")->as_array();
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].string_or("kid", ""), current.public_key().thumbprint());
  EXPECT_EQ(keys[0].string_or("alg", ""), "EdDSA");
  EXPECT_EQ(keys[1].string_or("alg", ""), "ES256");
  for (const text::Json& key : keys) {
    EXPECT_EQ(key.string_or("use", ""), "sig");
    EXPECT_EQ(key.find("d"), nullptr);
    EXPECT_EQ(crypto::PublicKey::from_jwk(key)->thumbprint(), key.string_or("kid", ""));
  }
}

TEST(Jwks, OfNoKeysIsAnEmptyList) { EXPECT_EQ(text::to_json(to_jwks({})), R"({"keys":[]})"); }

}  // namespace
}  // namespace ambit::identity
