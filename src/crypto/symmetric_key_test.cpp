#include "crypto/symmetric_key.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace ambit::crypto {
namespace {

struct SymmetricKeyFile : ::testing::Test {
  SymmetricKeyFile() {
    std::string name = testing::TempDir() + "ambit-key-XXXXXX";
    folder = ::mkdtemp(name.data());
    path = folder + "/vault.jwk";
  }
  ~SymmetricKeyFile() override { std::filesystem::remove_all(folder); }

  void write(const std::string& content) const {
    std::ofstream(path) << content;
    ::chmod(path.c_str(), 0600);
  }
  std::string reason() const {
    const auto read = read_symmetric_key(path);
    return read ? "" : read.error().reason;
  }

  std::string folder, path;
};

TEST_F(SymmetricKeyFile, IsReadBackAsItWasWritten) {
  const SecretBytes key = generate_symmetric_key();
  ASSERT_EQ(key.expose().size(), kSymmetricKeyBytes);
  EXPECT_NE(key.expose(), generate_symmetric_key().expose());
  ASSERT_TRUE(write_symmetric_key(path, key));
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(read_symmetric_key(path).value().expose(), key.expose());
  EXPECT_EQ(write_symmetric_key(path, key).error().reason, "key.exists");
}

TEST_F(SymmetricKeyFile, RefusesWhatIsNoKeyOrOpenToOthers) {
  EXPECT_EQ(reason(), "key.not_found");
  for (const char* content :
       {"", "{}", "{\"k\":\"\",\"kty\":\"oct\"}\n", "{\"k\":\"AAAA\",\"kty\":\"oct\"}\n",
        "{\"k\":\"****************************************###\",\"kty\":\"oct\"}\n"}) {
    write(content);
    EXPECT_EQ(reason(), "key.malformed") << content;
  }
  std::filesystem::remove(path);
  ASSERT_TRUE(write_symmetric_key(path, generate_symmetric_key()));
  ::chmod(path.c_str(), 0640);
  EXPECT_EQ(reason(), "key.permissions");
}

}  // namespace
}  // namespace ambit::crypto
