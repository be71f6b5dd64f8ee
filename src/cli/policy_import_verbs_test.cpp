#include "cli/internal/verb.h"
#include "cli/internal/verbs_fixture.h"

namespace ambit::cli {
namespace {

class PolicyImportTest : public VerbsTest {
 protected:
  void SetUp() override {
    VerbsTest::SetUp();
    toolhive = file("thv.cedar",
                    "permit(principal, action == Action::\"call_tool\", resource == "
                    "Tool::\"forecast\")\nwhen { context.arg_days == \"3\" };\n");
  }

  std::string toolhive;
};

TEST_F(PolicyImportTest, RewritesWhatCarriesOver) {
  EXPECT_EQ(command.run(
                {"policy", "import", "--profile", "toolhive", "--tool-server", "meteo", toolhive}),
            kExitOk);
  EXPECT_TRUE(printed("Ambit::Action::\"meteo___forecast\""));
  EXPECT_TRUE(printed("context.input.days == \"3\""));
  EXPECT_TRUE(command.requests.empty()) << "no server is asked";
}

TEST_F(PolicyImportTest, SaysWhatDoesNotAndFailsWhenAForbidIsLeftOut) {
  EXPECT_EQ(command.run({"policy", "import", "--profile", "toolhive", toolhive}), kExitOk);
  EXPECT_TRUE(complained("--tool-server"));
  const std::string forbid =
      file("f.cedar", "forbid(principal, action, resource) when { context.claim_level == \"9\" };");
  EXPECT_EQ(command.run({"policy", "import", "--profile", "toolhive", "--json", forbid}),
            kExitRefused);
  EXPECT_TRUE(printed("\"safe\":false"));
  EXPECT_TRUE(printed("\"code\":\"profile.claims\""));
}

TEST_F(PolicyImportTest, DecidesACallAsItIsDecidedThere) {
  const std::string call = file("call.json", R"({"claims": {"sub": "a"}, "operation": "call_tool",
      "name": "forecast", "arguments": {"days": "3"}})");
  EXPECT_EQ(command.run({"policy", "import", "--profile", "toolhive", "--call", call, toolhive}),
            kExitOk);
  EXPECT_TRUE(printed("allow\n  by policy0"));
  const std::string other = file("other.json", R"({"claims": {"sub": "a"}, "operation":
      "call_tool", "name": "forecast", "arguments": {"days": 3}})");
  EXPECT_EQ(command.run({"policy", "import", "--profile", "toolhive", "--call", other, toolhive}),
            kExitRefused);
  const std::string broken = file("broken.json", R"({"claims": {"sub": "a"}})");
  EXPECT_EQ(command.run({"policy", "import", "--profile", "toolhive", "--call", broken, toolhive}),
            kExitUsage)
      << "not the status of a denial";
  EXPECT_TRUE(complained("profile.request: "));
}

TEST_F(PolicyImportTest, AMistakeIsSaidWithItsFileAndOnce) {
  const std::string bad = file("bad.cedar", "permit(");
  EXPECT_EQ(command.run({"policy", "import", "--profile", "toolhive", bad}), kExitRefused);
  EXPECT_TRUE(complained("bad.cedar: line 1, column 8")) << command.err.str();
  const std::string twice =
      file("twice.cedar",
           "permit(principal, action, resource) when { principal.hasTag(\"a\")"
           " && principal.getTag(\"a\") == \"b\" };");
  EXPECT_EQ(command.run({"policy", "import", "--profile", "agentcore", twice}), kExitOk);
  const std::string said = command.err.str();
  EXPECT_EQ(said.find("claims of the caller"), said.rfind("claims of the caller")) << said;
}

}  // namespace
}  // namespace ambit::cli
