#include "mcp/launch.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace ambit::mcp {
namespace {

namespace fs = std::filesystem;

class LaunchTest : public testing::Test {
 protected:
  LaunchTest() {
    std::string name = (fs::temp_directory_path() / "ambit-launch-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    put("server.js", "one");
    server.id = "files";
    server.transport = "stdio";
    server.command = {"/bin/sh", "server.js", "--flag", "missing.txt"};
    server.working_directory = folder.string();
  }
  ~LaunchTest() override { fs::remove_all(folder); }
  void put(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
  }

  fs::path folder;
  domain::Server server;
};

TEST_F(LaunchTest, FindsTheFilesThatACommandNames) {
  const auto files = command_files(server);
  ASSERT_TRUE(files);
  EXPECT_EQ(*files, (std::vector<std::string>{"/bin/sh", (folder / "server.js").string()}));
  server.command = {"no-such-program-anywhere"};
  EXPECT_FALSE(command_files(server));
  server.command = {};
  EXPECT_FALSE(command_files(server));
}

TEST_F(LaunchTest, DigestCoversProgramAndScripts) {
  CommandDigest digests;
  const auto before = digests.of(server);
  ASSERT_TRUE(before);
  EXPECT_EQ(*digests.of(server), *before);
  put("server.js", "two");
  EXPECT_NE(*digests.of(server), *before) << "a changed script shows although it was remembered";
  put("server.js", "one");
  EXPECT_EQ(*CommandDigest().of(server), *before);
  server.command[0] = "/bin/ls";
  EXPECT_NE(*digests.of(server), *before);
  put("missing.txt", "there now");
  server.command[0] = "/bin/sh";
  EXPECT_NE(*digests.of(server), *before);
  server.command = {};
  EXPECT_EQ(*digests.of(server), "");
}

TEST_F(LaunchTest, OpensThePackageOfAScriptButNoCommonGround) {
  EXPECT_EQ(readable_paths({"/opt/app/node_modules/@x/y/dist/index.js"}),
            std::vector<std::string>{"/opt/app/node_modules"});
  EXPECT_EQ(readable_paths({"/a/node_modules/b/node_modules/c/i.js"}),
            std::vector<std::string>{"/a/node_modules"});
  EXPECT_EQ(readable_paths({"/opt/tool/server.py"}), std::vector<std::string>{"/opt/tool"});
  EXPECT_EQ(readable_paths({"/tmp/x.js", "/x.js", "/home/me/x.js", "/root/x.js"}),
            (std::vector<std::string>{"/home/me/x.js", "/root/x.js", "/tmp/x.js", "/x.js"}));
}

TEST_F(LaunchTest, GrantsWhatTheRecordSays) {
  server.env = {{"TOKEN", "t"}};
  server.confinement.read_paths = {"/srv/docs"};
  server.confinement.write_paths = {"/srv/out"};
  const auto spec = launch_spec(server, {});
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->argv, server.command);
  EXPECT_EQ(spec->env, server.env);
  EXPECT_EQ(spec->working_dir, folder.string());
  const auto has = [](const std::vector<std::string>& paths, const std::string& path) {
    return std::find(paths.begin(), paths.end(), path) != paths.end();
  };
  EXPECT_TRUE(spec->confinement.landlock);
  EXPECT_FALSE(spec->confinement.allow_network);
  EXPECT_TRUE(has(spec->confinement.read_paths, "/srv/docs"));
  EXPECT_TRUE(has(spec->confinement.read_paths, folder.string()));
  EXPECT_TRUE(has(spec->confinement.write_paths, "/srv/out"));
  EXPECT_FALSE(has(spec->confinement.write_paths, folder.string()));
  server.confinement.network = true;
  EXPECT_TRUE(launch_spec(server, {})->confinement.allow_network);
}

TEST_F(LaunchTest, KeepsAmbitsStateOutOfReach) {
  LaunchOptions options;
  options.protected_paths = {"/srv/ambit/var"};
  for (const char* path :
       {"/srv/ambit/var", "/srv/ambit", "/srv/ambit/var/keys", "/", "/srv/x/../ambit"}) {
    server.confinement.read_paths = {path};
    const auto spec = launch_spec(server, options);
    ASSERT_FALSE(spec) << path;
    EXPECT_EQ(spec.error().reason, "upstream.confinement");
  }
  for (const char* path : {"/srv/ambit2", "/srv/ambit/various", "/srv/data"}) {
    server.confinement.read_paths = {path};
    EXPECT_TRUE(launch_spec(server, options)) << path;
  }
}

}  // namespace
}  // namespace ambit::mcp
