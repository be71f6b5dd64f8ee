#include "cedar_engine/policy_compiler.h"

#include <atomic>
#include <thread>

#include "cedar_engine/engine_fixture.h"

namespace ambit::cedar {
namespace {

using PolicyCompilerTest = EngineTest;

// Policies that each permit one tool, told apart by their condition.
std::string tool_policies(int count, const std::string& prefix) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    out += "permit(principal, action, resource) when { context.tool == \"" + prefix +
           std::to_string(i) + "\" };\n";
  }
  return out;
}

Value tool(const std::string& name) { return Value::record({{"tool", Value::string(name)}}); }

TEST_F(PolicyCompilerTest, CompilesOnlyWhatIsNew) {
  const std::string text = tool_policies(100, "t");
  EXPECT_EQ(policies(text)->newly_compiled(), 100u);
  EXPECT_EQ(policies(text)->newly_compiled(), 0u);
  const auto changed = policies("@id(\"first\") forbid(principal, action, resource);\n" + text);
  EXPECT_EQ(changed->newly_compiled(), 1u);
  EXPECT_EQ(list(decide(*changed, request(tool("t42"))).satisfied_permits), Positions{43});
  EXPECT_EQ(list(decide(*changed, request(tool("t42"))).satisfied_forbids), Positions{0});
}

TEST_F(PolicyCompilerTest, TellsPoliciesApartByAllThatTheySay) {
  const char* const kTexts[] = {
      "permit(principal, action, resource);",
      "forbid(principal, action, resource);",
      "permit(principal == U::\"a\", action, resource);",
      "permit(principal in U::\"a\", action, resource);",
      "permit(principal, action == Action::\"a\", resource);",
      "permit(principal, action, resource is U);",
      "permit(principal, action, resource) when { true };",
      "permit(principal, action, resource) unless { true };",
      "permit(principal, action, resource) when { context.a };",
      "permit(principal, action, resource) when { context.b };",
  };
  for (const char* text : kTexts) EXPECT_EQ(policies(text)->newly_compiled(), 1u) << text;
  for (const char* text : kTexts) EXPECT_EQ(policies(text)->newly_compiled(), 0u) << text;
  // Annotations and spelling change nothing that is compiled, but the text is how it is found.
  EXPECT_EQ(policies("@a permit(principal, action, resource);")->newly_compiled(), 1u);
}

TEST_F(PolicyCompilerTest, FindsPoliciesThatWereNotReadFromTextAgain) {
  const auto parsed = PolicySet::parse(tool_policies(20, "x")).value();
  std::vector<Policy> without_text;
  for (Policy policy : parsed.policies()) {
    policy.text.clear();
    without_text.push_back(policy);
  }
  const PolicySet set = PolicySet::make(without_text).value();
  EXPECT_EQ(compiler_.compile(set)->newly_compiled(), 20u);
  EXPECT_EQ(compiler_.compile(set)->newly_compiled(), 0u);
}

TEST_F(PolicyCompilerTest, CompilesEachLinkOfATemplate) {
  const auto set =
      PolicySet::parse("permit(principal == ?principal, action, resource in ?resource);").value();
  std::vector<TemplateLink> links;
  for (int i = 0; i < 50; ++i) {
    const std::string n = std::to_string(i);
    links.push_back({"policy0", "link" + n, EntityUid{"User", n}, EntityUid{"Folder", "f"}});
  }
  const auto compiled = compiler_.compile(set.linked(links).value());
  EXPECT_EQ(compiled->size(), 50u);
  const auto store = entities({{{"Doc", "d"}, Value::record(), {{"Folder", "f"}}}});
  const Request asks{{"User", "17"}, {"Action", "read"}, {"Doc", "d"}};
  const CompiledOutcome outcome = decide(*compiled, asks, store.get());
  ASSERT_EQ(outcome.satisfied_permits.size(), 1u);
  EXPECT_EQ(compiled->policy(outcome.satisfied_permits[0]).id, "link17");
}

TEST_F(PolicyCompilerTest, ForgetsWhatNoSetOfLateHasUsed) {
  const auto first = policies(tool_policies(900, "first"));
  for (int i = 0; i < 4; ++i) policies(tool_policies(900, "other" + std::to_string(i) + "_"));
  EXPECT_EQ(policies(tool_policies(900, "first"))->newly_compiled(), 900u);
  // What was handed out before is as it was.
  EXPECT_EQ(list(decide(*first, request(tool("first700"))).satisfied_permits), Positions{700});
}

TEST_F(PolicyCompilerTest, IsOutlivedByWhatItMakes) {
  std::shared_ptr<const CompiledPolicies> kept;
  std::shared_ptr<const CompiledEntities> store;
  {
    PolicyCompiler compiler(5);
    kept = compiler.compile(PolicySet::parse("permit(principal in G::\"g\", action, resource)"
                                             " when { principal.name like \"A long name*\" };")
                                .value());
    store = compiler
                .compile({{{"User", "alice"},
                           Value::record({{"name", Value::string("A long name of Alice's")}}),
                           {{"G", "g"}}}})
                .value();
  }
  EXPECT_TRUE(decide(*kept, request(), store.get()).allows());
}

TEST_F(PolicyCompilerTest, MakesPoliciesAndEntitiesThatFitInAnyOrder) {
  const std::vector<Entity> alice{
      {{"User", "alice"}, Value::record({{"level", Value::integer(3)}}), {{"G", "g"}}}};
  const char* kPolicy =
      "permit(principal in G::\"g\", action, resource) when { principal.level > 2 };";
  const auto entities_first = entities(alice);
  const auto policies_second = policies(kPolicy);
  const auto entities_third = entities(alice);
  EXPECT_TRUE(decide(*policies_second, request(), entities_first.get()).allows());
  EXPECT_TRUE(decide(*policies_second, request(), entities_third.get()).allows());
  EXPECT_FALSE(decide(*policies_second, request(), nullptr).allows());
}

TEST_F(PolicyCompilerTest, RefusesEntitiesThatTheLanguageRefuses) {
  const auto cycle = compiler_.compile(std::vector<Entity>{
      {{"G", "a"}, Value::record(), {{"G", "b"}}}, {{"G", "b"}, Value::record(), {{"G", "a"}}}});
  ASSERT_FALSE(cycle);
  EXPECT_EQ(cycle.error().reason, "cedar.entity_cycle");
  const auto twice = compiler_.compile(
      std::vector<Entity>{{{"G", "a"}}, {{"G", "a"}, Value::record(), {{"G", "b"}}}});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().reason, "cedar.entity_duplicate");
  EXPECT_EQ(entities({{{"G", "a"}}, {{"G", "a"}}})->size(), 1u);
}

TEST_F(PolicyCompilerTest, ClosesDeepAndWideHierarchies) {
  std::vector<Entity> all;
  for (int i = 0; i < 1000; ++i) {
    Entity entity{{"G", std::to_string(i)}};
    if (i > 0) entity.parents.push_back({"G", std::to_string(i - 1)});
    all.push_back(entity);
  }
  all.push_back({{"User", "alice"}, Value::record(), {{"G", "999"}, {"Missing", "m"}}});
  const auto store = entities(all);
  const auto in = [&](const std::string& group) {
    return decide(*policies("permit(principal in " + group + ", action, resource);"), request(),
                  store.get())
        .allows();
  };
  EXPECT_TRUE(in("G::\"0\""));
  EXPECT_TRUE(in("G::\"500\""));
  EXPECT_TRUE(in("Missing::\"m\""));
  EXPECT_TRUE(in("User::\"alice\""));
  EXPECT_FALSE(in("G::\"1000\""));
}

// Readers decide by one snapshot while the next is made; the thread sanitizer looks on.
TEST_F(PolicyCompilerTest, MakesSnapshotsWhileOthersAreRead) {
  std::shared_ptr<const CompiledPolicies> current = policies(tool_policies(10, "t"));
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      RequestEvaluator evaluator;
      while (!done) {
        const auto snapshot = std::atomic_load(&current);
        evaluator.begin(*snapshot, nullptr);
        if (!evaluator.decide(request(tool("t7"))).allows()) ++wrong;
      }
    });
  }
  for (int i = 0; i < 100; ++i) {
    std::atomic_store(&current, policies(tool_policies(10 + i, "t") + tool_policies(5, "u")));
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace ambit::cedar
