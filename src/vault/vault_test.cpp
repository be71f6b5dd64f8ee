#include "vault/vault.h"

#include <gtest/gtest.h>

#include "crypto/symmetric_key.h"
#include "storage/memory_store.h"

namespace ambit::vault {
namespace {

crypto::SecretBytes master(char fill = 'm') { return crypto::SecretBytes(std::string(32, fill)); }

struct VaultTest : ::testing::Test {
  std::unique_ptr<ports::Store> store = storage::make_memory_store();
  std::unique_ptr<Vault> vault = Vault::open(*store, master()).value();
};

TEST_F(VaultTest, MakesAKeyOnceAndFindsItAgain) {
  EXPECT_EQ(vault->find("tsk_1").value().state, KeyState::kUnknown);
  const auto key = vault->make("tsk_1").value();
  EXPECT_EQ(vault->make("tsk_1").value(), key);
  EXPECT_EQ(vault->find("tsk_1").value().key, key);
  const Sealed sealed = key->seal("decision\nd", "values");
  const auto again = Vault::open(*store, master()).value();
  const auto found = again->find("tsk_1").value();
  ASSERT_EQ(found.state, KeyState::kHeld);
  EXPECT_EQ(found.key->open("decision\nd", sealed.commitment, sealed.beside).value(), "values");
}

TEST_F(VaultTest, KeysDiffer) {
  const auto a = vault->make("a").value();
  const auto b = vault->make("b").value();
  EXPECT_NE(a->seal("c", "values").commitment, b->seal("c", "values").commitment);
}

TEST_F(VaultTest, ADestroyedKeyIsGoneForGood) {
  (void)vault->make("a").value();
  (void)vault->make("b").value();
  ASSERT_TRUE(vault->destroy({"a"}));
  EXPECT_EQ(vault->find("a").value().state, KeyState::kErased);
  EXPECT_EQ(vault->make("a").error().reason, "vault.erased");
  EXPECT_EQ(vault->find("b").value().state, KeyState::kHeld);
  EXPECT_EQ(vault->destroy({"never"}).error().reason, "key.unknown");
  const auto again = Vault::open(*store, master()).value();
  EXPECT_EQ(again->find("a").value().state, KeyState::kErased);
  EXPECT_EQ(again->make("a").error().reason, "vault.erased");
}

TEST_F(VaultTest, AnotherMasterKeyOpensNothingAndIsRefusedAtOnce) {
  (void)vault->make("a").value();
  EXPECT_EQ(Vault::open(*store, master('x')).error().reason, "vault.master");
  const StoredKeys keys(*store, master('x'));
  EXPECT_EQ(keys.find("a").error().reason, "vault.master");
}

TEST_F(VaultTest, AWrappedKeyIsBoundToItsId) {
  (void)vault->make("a").value();
  const auto stored = store->key("a").value();
  ASSERT_TRUE(stored);
  ASSERT_TRUE(store->put_key({"b", stored->wrapped}));
  const StoredKeys keys(*store, master());
  EXPECT_TRUE(keys.find("a"));
  EXPECT_EQ(keys.find("b").error().reason, "vault.master");
}

TEST_F(VaultTest, IsWrappedAnewUnderAnotherMasterKey) {
  const auto key = vault->make("a").value();
  (void)vault->make("b").value();
  ASSERT_TRUE(vault->destroy({"b"}));
  const Sealed sealed = key->seal("c", "values");
  EXPECT_EQ(rewrap_all(*store, master('x'), master('y')).error().reason, "vault.master");
  EXPECT_EQ(rewrap_all(*store, master(), master('n')).value(), 1u);
  EXPECT_EQ(Vault::open(*store, master()).error().reason, "vault.master");
  const auto again = Vault::open(*store, master('n')).value();
  EXPECT_EQ(again->find("a").value().key->open("c", sealed.commitment, sealed.beside).value(),
            "values");
  EXPECT_EQ(again->find("b").value().state, KeyState::kErased);
}

TEST_F(VaultTest, TheStoreNeverSeesAKeyInTheClear) {
  // A secret that is known: the wrapped form has none of its bytes in a row.
  const crypto::SecretBytes secret(std::string("0123456789abcdefghijklmnopqrstuv"));
  const std::string wrapped = wrap(master().expose(), "a", secret);
  EXPECT_EQ(wrapped.size(), 1u + 12 + 32 + 16);
  for (std::size_t i = 0; i + 4 <= 32; ++i) {
    EXPECT_EQ(wrapped.find(secret.expose().substr(i, 4)), std::string::npos);
  }
  EXPECT_EQ(unwrap(master().expose(), {"a", wrapped}).value().expose(), secret.expose());
  const std::string other = "\1" + wrapped.substr(1);
  EXPECT_EQ(unwrap(master().expose(), {"a", other}).error().reason, "vault.form");
}

}  // namespace
}  // namespace ambit::vault
