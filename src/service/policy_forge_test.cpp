#include "service/internal/policy_forge.h"

#include <gtest/gtest.h>

#include "service/service_fixture.h"

namespace ambit::service {
namespace {

decision::PolicyState state_of(std::vector<cedar::PolicyText> texts) {
  decision::PolicyState out;
  out.set = cedar::PolicySet::parse_named(std::move(texts)).value();
  return out;
}

TEST(PolicyForge, CompilesOnlyWhatChanged) {
  PolicyForge forge;
  std::vector<cedar::PolicyText> texts;
  for (int i = 0; i < 50; ++i) {
    texts.push_back({"p" + std::to_string(i),
                     "permit(principal, action, resource) when { context.session.calls < " +
                         std::to_string(i) + " };"});
  }
  const auto first = forge.compile(state_of(texts));
  EXPECT_TRUE(first->compiled);
  EXPECT_EQ(decision::newly_compiled(*first), 50u);
  texts[7].text = "forbid(principal, action, resource) when { context.key_bound };";
  EXPECT_EQ(decision::newly_compiled(*forge.compile(state_of(texts))), 1u);
}

constexpr const char* kForbidsAll = "forbid(principal, action, resource);";

TEST(PolicyForge, DecisionsGoOnWhileASetIsCompiled) {
  Fixture f;
  f.set_up();
  const auto work = f.start(Fixture::task_spec());
  std::optional<Result<text::Json>> published;
  f.service->policies().put(
      f.admin,
      text::Json::object(
          {{"policies",
            text::Json::object({{"main", std::string(Fixture::kPolicies)}, {"more", kForbidsAll}})},
           {"expected_newly_denied", 1}}),
      [&](Result<text::Json> answer) { published = std::move(answer); });
  // Compiling waits for its turn in the background; the call is decided before.
  EXPECT_FALSE(published);
  EXPECT_EQ(f.service->searches().revision().policy_version, 1u);
  std::optional<Released> meanwhile;
  f.begin(work.caller, "read", R"({"path":"/work/a"})", meanwhile);
  f.loop.run();
  ASSERT_TRUE(meanwhile);
  EXPECT_EQ(meanwhile->decision.verdict, domain::Verdict::kAllow);
  ASSERT_TRUE(published && *published);
  EXPECT_EQ(f.service->searches().revision().policy_version, 2u);
  EXPECT_EQ(f.attempt(work.caller, "read", R"({"path":"/work/a"})").decision.verdict,
            domain::Verdict::kDeny);
}

}  // namespace
}  // namespace ambit::service
