#include "cli/internal/completion.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>

#include "cli/internal/test_console.h"

namespace ambit::cli {
namespace {

// What bash offers after `words`, the last of which is being typed.
std::string offered(const std::string& script, const std::vector<std::string>& words) {
  const std::string path = testing::TempDir() + "ambit_completion_test.bash";
  std::ofstream file(path);
  file << script << "COMP_WORDS=(";
  for (const std::string& word : words) file << "'" << word << "' ";
  file << ")\nCOMP_CWORD=" << words.size() - 1 << "\n_ambit\necho \"${COMPREPLY[*]}\"\n";
  file.close();
  FILE* pipe = ::popen(("bash --norc " + path + " 2>&1").c_str(), "r");
  std::string out;
  char buffer[4096];
  while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) out += buffer;
  EXPECT_EQ(::pclose(pipe), 0) << out;
  std::remove(path.c_str());
  return out;
}

class CompletionTest : public testing::Test {
 protected:
  Tree tree = all_verbs([](const ServeOptions&) { return 0; });
};

TEST_F(CompletionTest, BashOffersNounsVerbsOptionsAndValues) {
  const std::string script = *completion_script(tree, "bash");
  EXPECT_EQ(offered(script, {"ambit", "dec"}), "decision\n");
  EXPECT_EQ(offered(script, {"ambit", "agent", "de"}), "decommission\n");
  EXPECT_EQ(offered(script, {"ambit", "task", "start", "--claim"}), "--claim-file\n");
  EXPECT_EQ(offered(script, {"ambit", "approval", "list", "--state", "p"}), "pending\n");
  EXPECT_EQ(offered(script, {"ambit", "completion", "f"}), "fish\n");
  EXPECT_EQ(offered(script, {"ambit", "mcp", "--cl"}), "--claim-file\n");
}

TEST_F(CompletionTest, EveryShellKnowsEveryVerb) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = completion_script(tree, shell);
    ASSERT_TRUE(script);
    for (const Verb& verb : tree.verbs) {
      EXPECT_NE(script->find(verb.name), std::string::npos) << shell << " " << verb.path();
    }
    for (const Noun& noun : tree.nouns) {
      EXPECT_NE(script->find(noun.name), std::string::npos) << shell << " " << noun.name;
    }
  }
  EXPECT_TRUE(completion_script(tree, "zsh")->starts_with("#compdef ambit\n"));
}

TEST_F(CompletionTest, AnUnknownShellIsAUsageError) {
  TestCommand command;
  EXPECT_EQ(command.run({"completion", "tcsh"}), kExitUsage);
  EXPECT_NE(command.err.str().find("`bash`, `zsh` and `fish`"), std::string::npos);
}

}  // namespace
}  // namespace ambit::cli
