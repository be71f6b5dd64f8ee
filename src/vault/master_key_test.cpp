#include "vault/master_key.h"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

#include "crypto/symmetric_key.h"
#include "storage/memory_store.h"

namespace ambit::vault {
namespace {

struct MasterKeyTest : ::testing::Test {
  MasterKeyTest() {
    std::string name = testing::TempDir() + "ambit-keys-XXXXXX";
    folder = ::mkdtemp(name.data());
  }
  ~MasterKeyTest() override { std::filesystem::remove_all(folder); }

  bool opens_what_was_sealed() {
    const auto vault = open_vault(*store, folder);
    if (!vault) return false;
    const auto found = (*vault)->find("a");
    return found && found->key && found->key->open("c", sealed.commitment, sealed.beside);
  }
  void seal_something() {
    const auto vault = open_vault(*store, folder).value();
    sealed = vault->make("a").value()->seal("c", "values");
  }

  std::string folder;
  std::unique_ptr<ports::Store> store = storage::make_memory_store();
  Sealed sealed;
};

TEST_F(MasterKeyTest, IsMadeOnceAndUsedFromThenOn) {
  seal_something();
  EXPECT_TRUE(opens_what_was_sealed());
}

TEST_F(MasterKeyTest, IsNotMadeAnewWhereKeysAreWrappedUnderOneThatIsLost) {
  seal_something();
  std::filesystem::remove(folder + "/vault.jwk");
  EXPECT_EQ(open_vault(*store, folder).error().reason, "vault.master");
  EXPECT_FALSE(std::filesystem::exists(folder + "/vault.jwk"));
  ASSERT_TRUE(crypto::write_symmetric_key(folder + "/vault.jwk", crypto::generate_symmetric_key()));
  EXPECT_EQ(open_vault(*store, folder).error().reason, "vault.master");
  EXPECT_EQ(rotate_master_key(*store, folder).error().reason, "vault.master");
}

TEST_F(MasterKeyTest, IsExchangedForAnother) {
  seal_something();
  const std::string old(crypto::read_symmetric_key(folder + "/vault.jwk").value().expose());
  EXPECT_EQ(rotate_master_key(*store, folder).value(), 1u);
  EXPECT_NE(crypto::read_symmetric_key(folder + "/vault.jwk").value().expose(), old);
  EXPECT_FALSE(std::filesystem::exists(folder + "/vault.next.jwk"));
  EXPECT_TRUE(opens_what_was_sealed());
  EXPECT_EQ(Vault::open(*store, crypto::SecretBytes(old)).error().reason, "vault.master");
}

TEST_F(MasterKeyTest, AnExchangeThatACrashCutOffIsFinished) {
  seal_something();
  // Before anything was wrapped anew.
  ASSERT_TRUE(
      crypto::write_symmetric_key(folder + "/vault.next.jwk", crypto::generate_symmetric_key()));
  EXPECT_TRUE(opens_what_was_sealed());
  // Between wrapping anew and the file's new name.
  ASSERT_TRUE(rewrap_all(*store, crypto::read_symmetric_key(folder + "/vault.jwk").value(),
                         crypto::read_symmetric_key(folder + "/vault.next.jwk").value()));
  EXPECT_TRUE(opens_what_was_sealed());
  EXPECT_FALSE(std::filesystem::exists(folder + "/vault.next.jwk"));
  EXPECT_TRUE(opens_what_was_sealed());
  // The same, finished by doing it again.
  ASSERT_TRUE(
      crypto::write_symmetric_key(folder + "/vault.next.jwk", crypto::generate_symmetric_key()));
  EXPECT_EQ(rotate_master_key(*store, folder).value(), 1u);
  EXPECT_TRUE(opens_what_was_sealed());
}

}  // namespace
}  // namespace ambit::vault
