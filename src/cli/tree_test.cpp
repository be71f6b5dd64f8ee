#include "cli/internal/tree.h"

#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <sstream>

#include "cli/internal/suggest.h"
#include "cli/internal/test_console.h"

namespace ambit::cli {
namespace {

// As a shell splits it: words, and double quotes that keep one together.
std::vector<std::string> split_words(const std::string& line) {
  std::vector<std::string> out;
  bool in_word = false;
  bool in_quotes = false;
  for (const char c : line) {
    if (c == '"') {
      in_quotes = !in_quotes;
      if (!in_word) out.emplace_back();
      in_word = true;
    } else if (c == ' ' && !in_quotes) {
      in_word = false;
    } else {
      if (!in_word) out.emplace_back();
      in_word = true;
      out.back() += c;
    }
  }
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) out.push_back(line);
  return out;
}

class TreeTest : public testing::Test {
 protected:
  std::string refused(const std::vector<std::string>& words) {
    const auto result = parse(tree, words);
    const auto* stopped = std::get_if<Stopped>(&result);
    if (stopped == nullptr) return "parsed";
    EXPECT_EQ(stopped->status, kExitUsage);
    return stopped->text;
  }

  Tree tree = all_verbs([](const ServeOptions&) { return 0; });
};

TEST_F(TreeTest, HasEveryVerbOnce) {
  std::set<std::string> paths;
  for (const Verb& verb : tree.verbs) EXPECT_TRUE(paths.insert(verb.path()).second) << verb.path();
  for (const char* path : {"ambit serve",
                           "ambit human register",
                           "ambit service register",
                           "ambit agent register",
                           "ambit agent show",
                           "ambit agent list",
                           "ambit agent update",
                           "ambit agent activate",
                           "ambit agent suspend",
                           "ambit agent decommission",
                           "ambit agent history",
                           "ambit task start",
                           "ambit task show",
                           "ambit task list",
                           "ambit task end",
                           "ambit tool import",
                           "ambit tool list",
                           "ambit tool show",
                           "ambit tool approve",
                           "ambit policy put",
                           "ambit policy check",
                           "ambit policy show",
                           "ambit policy format",
                           "ambit policy test",
                           "ambit policy explain",
                           "ambit policy diff",
                           "ambit policy convert",
                           "ambit policy authorize",
                           "ambit policy schema",
                           "ambit policy proposals",
                           "ambit policy approve",
                           "ambit policy refuse",
                           "ambit policy versions",
                           "ambit policy coverage",
                           "ambit finding list",
                           "ambit approval list",
                           "ambit approval show",
                           "ambit approval grant",
                           "ambit approval refuse",
                           "ambit decision list",
                           "ambit decision show",
                           "ambit ledger verify",
                           "ambit ledger show",
                           "ambit task erase",
                           "ambit vault rotate",
                           "ambit mcp",
                           "ambit completion"}) {
    EXPECT_TRUE(paths.contains(path)) << path;
  }
}

TEST_F(TreeTest, EveryVerbExplainsItselfWithAnExample) {
  for (const Verb& verb : tree.verbs) {
    EXPECT_FALSE(verb.about.empty()) << verb.path();
    EXPECT_TRUE(verb.example.starts_with(verb.path())) << verb.path();
    const std::string help = help_of(tree, verb);
    EXPECT_NE(help.find(verb.about), std::string::npos) << help;
    EXPECT_NE(help.find("Example:\n  " + lines_of(verb.example).front()), std::string::npos)
        << help;
    for (const Param& param : verb.all_params()) {
      EXPECT_FALSE(param.about.empty()) << verb.path() << " " << param.names;
      EXPECT_NE(help.find(param.names.substr(0, param.names.find(','))), std::string::npos)
          << verb.path() << " " << param.names;
    }
  }
}

TEST_F(TreeTest, EveryExampleParsesAsItsOwnVerb) {
  for (const Verb& verb : tree.verbs) {
    for (const std::string& line : lines_of(verb.example)) {
      std::vector<std::string> words = split_words(line);
      ASSERT_EQ(words.front(), "ambit");
      words.erase(words.begin());
      const auto result = parse(tree, words);
      const auto* parsed = std::get_if<Parsed>(&result);
      ASSERT_NE(parsed, nullptr) << line << "\n" << std::get<Stopped>(result).text;
      EXPECT_EQ(parsed->verb, &verb) << line;
    }
  }
}

TEST_F(TreeTest, TheManualHasEveryVerb) {
  std::ifstream file("docs/cli.md");  // tests run in the project's root
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  for (const Verb& verb : tree.verbs) {
    EXPECT_NE(text.find(verb.path()), std::string::npos) << verb.path();
  }
}

TEST_F(TreeTest, HelpIsNoError) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--help"}, {"agent", "--help"}, {"agent", "show", "--help"}}) {
    const auto result = parse(tree, words);
    EXPECT_EQ(std::get<Stopped>(result).status, kExitOk);
  }
  const auto version = parse(tree, {"--version"});
  EXPECT_EQ(std::get<Stopped>(version).text, "ambit " + std::string(kVersion) + "\n");
  const auto help = parse(tree, {"--help"});
  EXPECT_NE(std::get<Stopped>(help).text.find("--version"), std::string::npos);
}

TEST_F(TreeTest, HasTheVersionThatTheProjectDeclares) {
  std::ifstream file("CMakeLists.txt");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_NE(text.find("project(ambit VERSION " + std::string(kVersion) + " "), std::string::npos)
      << "CMakeLists.txt and cli.h must name the same version";
}

TEST_F(TreeTest, NamesWhatIsWrongWithTheWords) {
  EXPECT_NE(refused({"agnet", "show"}).find("did you mean `agent`?"), std::string::npos);
  EXPECT_NE(refused({"agent", "shwo"}).find("did you mean `show`?"), std::string::npos);
  EXPECT_NE(refused({"agent", "fly"}).find("there are `register`"), std::string::npos);
  const std::string all = refused({"summarise-everything"});
  EXPECT_NE(all.find("`export`"), std::string::npos);
  EXPECT_EQ(all.find("`export`"), all.rfind("`export`")) << "a noun and a verb, named once";
  EXPECT_NE(refused({"agent", "show"}).find("ID is required"), std::string::npos);
  EXPECT_NE(refused({"agent", "show", "a", "--colour"}).find("--colour"), std::string::npos);
  EXPECT_NE(refused({"approval", "list", "--state", "lost"}).find("pending"), std::string::npos);
  EXPECT_NE(refused({"agent", "list", "--", "x"}).find("nothing after `--`"), std::string::npos);
  EXPECT_NE(refused({}).find("SUBCOMMAND"), std::string::npos);
}

// `--task "$TASK"` with a variable that was not set must not mean every task.
TEST_F(TreeTest, AnEmptyValueIsNotTakenForNone) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"export", "--task", "", "--out", "a.tar"},
        {"decision", "list", "--agent", ""},
        {"entitlements", "helper", "--at", ""},
        {"timeline", ""}}) {
    EXPECT_NE(refused(words).find("is empty"), std::string::npos) << words[0] << refused(words);
  }
}

TEST_F(TreeTest, ReadsArguments) {
  const auto result = parse(tree, {"tool", "import", "files", "--read", "a", "--read", "b",
                                   "--network", "--", "npx", "--yes", "server"});
  const auto& parsed = std::get<Parsed>(result);
  EXPECT_EQ(parsed.arguments.text("NAME"), "files");
  EXPECT_EQ(parsed.arguments.texts("read"), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(parsed.arguments.given("network"));
  EXPECT_FALSE(parsed.arguments.given("json"));
  EXPECT_EQ(parsed.arguments.command, (std::vector<std::string>{"npx", "--yes", "server"}));
}

TEST_F(TreeTest, AnOptionTakesOneValueAndLeavesThePositionalAlone) {
  const auto result = parse(tree, {"task", "start", "--claim-file", "claim", "-"});
  const auto& parsed = std::get<Parsed>(result);
  EXPECT_EQ(parsed.arguments.text("FILE"), "-");
  EXPECT_EQ(parsed.arguments.text("claim-file"), "claim");
}

TEST_F(TreeTest, TheTokenToActWithHasTwoNamesExceptWhereOneWritesAToken) {
  for (const char* name : {"--as", "--token-file"}) {
    const auto result = parse(tree, {"agent", "list", name, "t"});
    EXPECT_EQ(std::get<Parsed>(result).arguments.text("as"), "t");
  }
  const auto result =
      parse(tree, {"human", "register", "eve", "--token-file", "new", "--as", "mine"});
  EXPECT_EQ(std::get<Parsed>(result).arguments.text("token-file"), "new");
  EXPECT_EQ(std::get<Parsed>(result).arguments.text("as"), "mine");
}

TEST(Suggest, FindsTheNearestWord) {
  const std::vector<std::string> known{"agent", "approval", "task"};
  EXPECT_EQ(nearest("agnet", known), "agent");
  EXPECT_EQ(nearest("aproval", known), "approval");
  EXPECT_EQ(nearest("tsk", known), "task");
  EXPECT_EQ(nearest("ledger", known), "");
  EXPECT_EQ(nearest("x", known), "");
}

}  // namespace
}  // namespace ambit::cli
