#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/keys.h"
#include "crypto/random.h"
#include "text/base64url.h"

namespace ambit::crypto {
namespace {

namespace fs = std::filesystem;

class KeyFile : public testing::Test {
 protected:
  KeyFile() : directory_(fs::temp_directory_path() / random_token("ambit-key-")) {
    fs::create_directory(directory_);
  }
  ~KeyFile() override { fs::remove_all(directory_); }

  std::string path(const std::string& name = "key.json") const { return directory_ / name; }

  void write(const std::string& content, mode_t mode = 0600) const {
    std::ofstream(path()) << content;
    ::chmod(path().c_str(), mode);
  }

  std::string content() const {
    std::ostringstream out;
    out << std::ifstream(path()).rdbuf();
    return out.str();
  }

  std::string read_reason() const {
    const auto key = SigningKey::read_file(path());
    return key ? "accepted" : key.error().reason;
  }

  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory_), {}));
  }

 private:
  fs::path directory_;
};

TEST_F(KeyFile, GivesTheSameKeyBackForEachAlgorithm) {
  for (const Algorithm algorithm : {Algorithm::kEdDSA, Algorithm::kES256}) {
    const std::string name = path(name_of(algorithm));
    const SigningKey key = *SigningKey::generate(algorithm);
    ASSERT_TRUE(key.write_file(name));
    const auto again = SigningKey::read_file(name);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->public_key().thumbprint(), key.public_key().thumbprint());
    EXPECT_TRUE(key.public_key().verify("m", again->sign("m")));
  }
}

TEST_F(KeyFile, ReadsThePrivateKeysOfRfc7515AndRfc8037) {
  write(R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            "d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})");
  EXPECT_EQ(read_reason(), "accepted");
  write(R"({"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
            "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
  EXPECT_EQ(read_reason(), "accepted");
}

TEST_F(KeyFile, IsPrivateWhateverTheUmask) {
  const mode_t before = ::umask(0);
  const auto written = SigningKey::generate(Algorithm::kEdDSA)->write_file(path());
  ::umask(before);
  ASSERT_TRUE(written);
  struct stat status{};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  EXPECT_EQ(files(), 1u) << "a temporary file was left behind";
}

TEST_F(KeyFile, IsNeverOverwritten) {
  const SigningKey first = *SigningKey::generate(Algorithm::kEdDSA);
  ASSERT_TRUE(first.write_file(path()));
  const auto second = SigningKey::generate(Algorithm::kEdDSA)->write_file(path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "key.exists");
  EXPECT_EQ(SigningKey::read_file(path())->public_key().thumbprint(),
            first.public_key().thumbprint());
  EXPECT_EQ(files(), 1u);
}

TEST_F(KeyFile, RefusesAFileThatOthersCanTouch) {
  ASSERT_TRUE(SigningKey::generate(Algorithm::kEdDSA)->write_file(path()));
  for (const mode_t mode : {0640u, 0604u, 0620u, 0602u, 0610u, 0644u, 0777u}) {
    ::chmod(path().c_str(), mode);
    EXPECT_EQ(read_reason(), "key.permissions") << std::oct << mode;
  }
  ::chmod(path().c_str(), 0400);
  EXPECT_EQ(read_reason(), "accepted");
}

TEST_F(KeyFile, RefusesAFileOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_TRUE(SigningKey::generate(Algorithm::kEdDSA)->write_file(path()));
  ASSERT_EQ(::chown(path().c_str(), 65534, 65534), 0);
  EXPECT_EQ(read_reason(), "key.permissions");
}

TEST_F(KeyFile, RefusesWhatIsNotAFile) {
  EXPECT_EQ(read_reason(), "key.not_found");
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  EXPECT_EQ(read_reason(), "key.permissions");
  fs::remove(path());
  fs::create_directory(path());
  EXPECT_EQ(read_reason(), "key.permissions");
}

TEST_F(KeyFile, SaysWhenItsDirectoryIsMissing) {
  const auto written = SigningKey::generate(Algorithm::kEdDSA)->write_file(path("no/such/key"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().reason, "key.io");
  EXPECT_NE(written.error().message.find(path("no/such/key")), std::string::npos);
}

TEST_F(KeyFile, RefusesMalformedKeysWithoutQuotingThem) {
  const std::string d = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
  const std::string x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
  const std::string other = "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw";
  for (const std::string& content :
       {std::string(), std::string("not json " + d), "{\"" + d + "\":1,\"" + d + "\":1}",
        R"({"kty":"OKP","crv":"Ed25519","x":")" + x + "\"}",
        R"({"kty":"OKP","crv":"Ed25519","x":")" + other + R"(","d":")" + d + "\"}",
        R"({"kty":"OKP","crv":"Ed25519","x":")" + x + R"(","d":")" + d + "=\"}",
        R"({"kty":"OKP","crv":"Ed25519","x":")" + x + R"(","d":5})",
        R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
        R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":")" +
            d + "\"}",
        std::string(5000, ' ')}) {
    write(content);
    const auto key = SigningKey::read_file(path());
    ASSERT_FALSE(key) << content;
    EXPECT_EQ(key.error().reason, "key.malformed");
    EXPECT_EQ(key.error().message.find(d), std::string::npos);
  }
}

}  // namespace
}  // namespace ambit::crypto
