#include "policies/findings.h"

#include <gtest/gtest.h>

namespace ambit::policies {
namespace {

std::vector<decision::PolicyFinding> findings_of(const std::string& text) {
  decision::PolicyState state;
  state.set = cedar::PolicySet::parse_named({{"p", text}}).value();
  return findings(state);
}

std::string hints_of(const std::string& text) {
  std::string out;
  for (const auto& found : findings_of(text)) {
    EXPECT_EQ(found.severity, decision::PolicyFinding::Severity::kWarning) << text;
    out += found.code + ": " + found.diagnostic.hint + "\n";
  }
  return out;
}

TEST(PolicyFindings, AMisspeltAnnotationIsWarnedOf) {
  const std::string rest = "forbid(principal, action, resource);";
  EXPECT_EQ(hints_of("@quorm(\"2\") " + rest), "policy.annotation: did you mean `@quorum`?\n")
      << "else one approver is enough and nothing says so";
  EXPECT_EQ(hints_of("@approver(\"x\") " + rest),
            "policy.annotation: did you mean `@approvers`?\n");
  EXPECT_EQ(hints_of("@Mode(\"observe\") " + rest), "policy.annotation: did you mean `@mode`?\n");
  EXPECT_EQ(hints_of("@advise(\"x\") " + rest), "policy.annotation: did you mean `@advice`?\n");
  EXPECT_EQ(hints_of("@obligations(\"x\") " + rest),
            "policy.annotation: did you mean `@obligation`?\n");
  EXPECT_EQ(hints_of("@advice(\"x\") @owner(\"me\") @id(\"a\") @ticket(\"7\") " + rest), "")
      << "annotations of one's own are nobody's business";
}

TEST(PolicyFindings, TwoPoliciesOfOneIdAreWarnedOf) {
  const auto found = findings_of(
      "@id(\"a\") permit(principal, action, resource);\n"
      "@id(\"b\") permit(principal, action, resource);\n"
      "@id(\"a\") forbid(principal, action, resource);");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].code, "policy.same_id");
  EXPECT_EQ(found[0].diagnostic.line, 3u);
  EXPECT_FALSE(decision::has_errors(found));
}

TEST(PolicyFindings, ErrorsComeFirstAndThereIsAnEndToThem) {
  std::string text = "@quorm(\"2\") permit(principal, action, resource);\n";
  for (int i = 0; i < 300; ++i) {
    text += "forbid(principal, action, resource) unless { context has approval };\n";
  }
  const auto found = findings_of(text);
  EXPECT_EQ(found.size(), 200u);
  EXPECT_EQ(found.front().code, "policy.approvers");
}

}  // namespace
}  // namespace ambit::policies
