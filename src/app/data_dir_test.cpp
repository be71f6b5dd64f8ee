#include "app/data_dir.h"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ambit::app {
namespace {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    char name[] = "/tmp/ambit-app-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

mode_t mode_of(const std::string& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777;
}

std::string reason_of(const Result<DataDir>& opened) {
  return opened ? "opened" : opened.error().reason;
}

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(DataDir, IsMadeForItsOwnerAlone) {
  const TemporaryFolder folder;
  const auto opened = DataDir::open(folder / "var");
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(mode_of(folder / "var"), 0700u);
  EXPECT_EQ(opened->path(), folder / "var");
}

TEST(DataDir, RefusesWhatOthersMayEnter) {
  const TemporaryFolder folder;
  for (const mode_t mode : {0750, 0705, 0770, 0777, 0710}) {
    ASSERT_EQ(::mkdir((folder / "open").c_str(), 0700), 0);
    ASSERT_EQ(::chmod((folder / "open").c_str(), mode), 0);
    EXPECT_EQ(reason_of(DataDir::open(folder / "open")), "data.permissions") << mode;
    ASSERT_EQ(::rmdir((folder / "open").c_str()), 0);
  }
}

TEST(DataDir, RefusesWhatBelongsToSomebodyElse) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to give a folder away";
  const TemporaryFolder folder;
  ASSERT_EQ(::mkdir((folder / "theirs").c_str(), 0700), 0);
  ASSERT_EQ(::chown((folder / "theirs").c_str(), 12345, 12345), 0);
  EXPECT_EQ(reason_of(DataDir::open(folder / "theirs")), "data.owner");
}

TEST(DataDir, RefusesFilesAndMissingParents) {
  const TemporaryFolder folder;
  std::ofstream(folder / "file") << "x";
  EXPECT_EQ(reason_of(DataDir::open(folder / "file")), "data.not_a_directory");
  EXPECT_EQ(reason_of(DataDir::open(folder / "no/var")), "data.missing_parent");
}

TEST(DataDir, BelongsToOneServerAtATime) {
  const TemporaryFolder folder;
  {
    const auto first = DataDir::open(folder / "var");
    ASSERT_TRUE(first);
    const auto second = DataDir::open(folder / "var");
    ASSERT_EQ(reason_of(second), "data.in_use");
    EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos)
        << second.error().message;
  }
  EXPECT_EQ(reason_of(DataDir::open(folder / "var")), "opened");
}

TEST(DataDir, FollowsALinkToTheRealPlace) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkdir((folder / "real").c_str(), 0700), 0);
  ASSERT_EQ(::symlink((folder / "real").c_str(), (folder / "link").c_str()), 0);
  const auto opened = DataDir::open(folder / "link");
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->path(), folder / "real");
}

TEST(DataDir, WritesPrivateFilesWhole) {
  const TemporaryFolder folder;
  const auto data = DataDir::open(folder / "var");
  ASSERT_TRUE(data);
  EXPECT_FALSE(data->has("note"));
  ASSERT_TRUE(data->write_private("note", "first"));
  ASSERT_TRUE(data->write_private("note", "second"));
  EXPECT_TRUE(data->has("note"));
  EXPECT_EQ(content_of(data->file("note")), "second");
  EXPECT_EQ(mode_of(data->file("note")), 0600u);
  data->remove("note");
  EXPECT_FALSE(data->has("note"));
}

TEST(DataDir, MakesAKeyOnceAndKeepsIt) {
  const TemporaryFolder folder;
  const auto data = DataDir::open(folder / "var");
  ASSERT_TRUE(data);
  const auto made = data->key("token.jwk", crypto::Algorithm::kEdDSA);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(mode_of(data->file("keys")), 0700u);
  EXPECT_EQ(mode_of(data->file("keys/token.jwk")), 0600u);
  const auto again = data->key("token.jwk", crypto::Algorithm::kEdDSA);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_key().thumbprint(), made->public_key().thumbprint());
  ASSERT_EQ(::chmod(data->file("keys/token.jwk").c_str(), 0644), 0);
  const auto exposed = data->key("token.jwk", crypto::Algorithm::kEdDSA);
  ASSERT_FALSE(exposed);
  EXPECT_EQ(exposed.error().reason, "key.permissions");
}

}  // namespace
}  // namespace ambit::app
