// The compiled engine against the reference evaluator, through decide().
#include <gtest/gtest.h>
#include <map>
#include <rapidcheck.h>

#include "decision/random_case_fixture.h"

namespace ambit::decision {
namespace {

TEST(DecideEquivalence, TheCompiledEngineDecidesAsTheReferenceDoes) {
  std::map<domain::Verdict, int> verdicts;
  int faults = 0;
  EXPECT_TRUE(rc::check([&] {
    for (int i = 0; i < 60; ++i) {
      const Case c = any_case();
      const Decision decision = c.decide();  // throws where they differ
      ++verdicts[decision.verdict];
      faults += decision.faults.empty() ? 0 : 1;
    }
  }));
  // The cases are worth something only if they reach every verdict and some fault.
  EXPECT_GT(verdicts[domain::Verdict::kAllow], 50);
  EXPECT_GT(verdicts[domain::Verdict::kHold], 50);
  EXPECT_GT(verdicts[domain::Verdict::kDeny], 50);
  EXPECT_GT(faults, 50);
}

TEST(DecideEquivalence, NothingOfOneDecisionIsSeenByTheNext) {
  Case c;
  c.tool.entry =
      text::parse_json(R"({"inputSchema": {"properties": {"secret": {"type": "string"}}}})")
          .value();
  c.policies = "permit(principal, action, resource) when { context.input.secret == \"s\" };";
  c.action.arguments.set("secret", "s");
  EXPECT_EQ(c.decide().verdict, domain::Verdict::kAllow);
  c.action.arguments.erase("secret");
  const Decision after = c.decide();
  EXPECT_EQ(after.verdict, domain::Verdict::kDeny);
  EXPECT_EQ(after.faults.size(), 1u);
}

TEST(PolicyState, OnlyWhatIsNewIsCompiled) {
  cedar::PolicyCompiler compiler(1);
  PolicyState state;
  state.set =
      cedar::PolicySet::parse_named({{"a", "permit(principal, action, resource);"}}).value();
  EXPECT_EQ(newly_compiled(state), 1u);
  compile(state, compiler);
  EXPECT_EQ(newly_compiled(state), 1u);
  PolicyState next;
  next.set = cedar::PolicySet::parse_named(
                 {{"a", "permit(principal, action, resource);"},
                  {"b", "forbid(principal, action, resource) when { context.key_bound };"}})
                 .value();
  compile(next, compiler);
  EXPECT_EQ(newly_compiled(next), 1u);
}

}  // namespace
}  // namespace ambit::decision
