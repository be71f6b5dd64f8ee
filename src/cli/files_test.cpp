#include "cli/internal/files.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "cli/internal/test_console.h"

namespace ambit::cli {
namespace {

class FilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "ambit_files_XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string path(const std::string& name) const { return folder + "/" + name; }
  std::string content(const std::string& name) const {
    std::ifstream stream(path(name));
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
  }

  std::string folder;
  TestCommand command;
};

TEST_F(FilesTest, ASecretIsReadableByItsOwnerOnly) {
  auto file = SecretFile::create(path("token"), false);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE(file->write("amb_x"));
  EXPECT_EQ(content("token"), "amb_x\n");
  struct stat info{};
  ASSERT_EQ(::stat(path("token").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(FilesTest, AWholeFileIsNeverThereInPart) {
  ASSERT_TRUE(write_whole(path("a"), "one", false, command.console));
  EXPECT_EQ(content("a"), "one");
  const auto again = write_whole(path("a"), "two", false, command.console);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, "usage.file");
  EXPECT_NE(again.error().message.find("`--force`"), std::string::npos);
  EXPECT_EQ(content("a"), "one") << "nothing is replaced unasked";
  ASSERT_EQ(::chmod(path("a").c_str(), 0640), 0);
  std::filesystem::create_symlink("a", path("link"));
  ASSERT_TRUE(write_whole(path("link"), "three", true, command.console));
  EXPECT_EQ(content("a"), "three") << "what the link leads to";
  EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
  struct stat info{};
  ASSERT_EQ(::stat(path("a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
  std::filesystem::create_symlink("nowhere", path("open"));
  EXPECT_FALSE(write_whole(path("open"), "x", false, command.console)) << "a link is something";
  EXPECT_FALSE(write_whole(path("no/folder"), "x", true, command.console));
  EXPECT_FALSE(write_whole(folder, "x", true, command.console)) << "a folder";
  EXPECT_EQ(files(), 3u) << "and no drafts";
}

TEST_F(FilesTest, AWriteThatFailsHalfWayLeavesWhatWasThere) {
  struct rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  ASSERT_TRUE(write_whole(path("a"), "one", false, command.console));
  const struct rlimit tight{1024, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  const std::string large(4096, 'x');
  const auto replaced = write_whole(path("a"), large, true, command.console);
  const auto created = write_whole(path("b"), large, false, command.console);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, handler);
  ASSERT_FALSE(replaced);
  EXPECT_NE(replaced.error().message.find("File too large"), std::string::npos);
  EXPECT_FALSE(created);
  EXPECT_EQ(content("a"), "one");
  EXPECT_EQ(files(), 1u) << "neither the other file nor a draft";
}

TEST_F(FilesTest, WhatIsNoFileIsWrittenToAsItIs) {
  ASSERT_TRUE(write_whole("-", "out", false, command.console));
  EXPECT_EQ(command.out.str(), "out");
  ASSERT_TRUE(write_whole("/dev/null", "x", true, command.console));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(FilesTest, AnUnwrittenSecretLeavesNothingBehind) {
  {
    ASSERT_TRUE(SecretFile::create(path("token"), false));
  }
  EXPECT_EQ(files(), 0u);
}

TEST_F(FilesTest, AWrittenSecretLeavesNoDraftBehind) {
  for (const bool replace : {false, true}) {
    auto file = SecretFile::create(path("token"), replace);
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("x"));
  }
  EXPECT_EQ(files(), 1u);
}

TEST_F(FilesTest, ReplacesOnlyWhereAskedTo) {
  std::ofstream(path("token")) << "old";
  EXPECT_EQ(SecretFile::create(path("token"), false).error().reason, "usage.file");
  auto file = SecretFile::create(path("token"), true);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->write("new"));
  EXPECT_EQ(content("token"), "new\n");
}

TEST_F(FilesTest, DoesNotReplaceAFileThatAppearsMeanwhile) {
  auto file = SecretFile::create(path("token"), false);
  ASSERT_TRUE(file);
  std::ofstream(path("token")) << "theirs";
  EXPECT_FALSE(file->write("mine"));
  EXPECT_EQ(content("token"), "theirs");
}

TEST_F(FilesTest, ReadsASecretWithoutItsLineEnd) {
  std::ofstream(path("token")) << "  amb_x \nsecond line\n";
  EXPECT_EQ(read_secret(path("token"))->expose(), "amb_x");
  std::ofstream(path("empty")) << "\n";
  EXPECT_EQ(read_secret(path("empty")).error().reason, "usage.file");
}

TEST_F(FilesTest, NamesTheFileThatCannotBeRead) {
  const auto missing = read_input(path("none"), command.console);
  EXPECT_NE(missing.error().message.find(path("none")), std::string::npos);
  EXPECT_EQ(read_input(folder, command.console).error().reason, "usage.file");
  std::ofstream(path("bad.json")) << "{\"a\":1,\"a\":2}";
  EXPECT_EQ(read_json(path("bad.json"), command.console).error().reason, "usage.json");
}

TEST_F(FilesTest, ADashIsStandardInput) {
  command.in.str("{\"a\":1}");
  EXPECT_EQ(read_json("-", command.console)->find("a")->as_int(), 1);
}

}  // namespace
}  // namespace ambit::cli
