#include "profiles/profile.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "profiles/import.h"

namespace ambit::profiles {
namespace {

text::Json json(std::string_view text) { return text::parse_json(text).value(); }

bool allows(Profile profile, const std::string& policies, const text::Json& call) {
  const auto set = cedar::PolicySet::parse(policies).value();
  return decide(profile, set, request_from_json(profile, call).value()).allow;
}

text::Json refund(const char* amount) {
  return json(std::string(R"({"principal": {"type": "OAuthUser", "id": "u-1", "claims":
      {"scope": "refund:write openid", "level": 3}}, "gateway": "arn:aws:gw/1", "target": "Refunds",
      "tool": "issue", "now": "2026-01-01T00:00:00Z", "arguments": {"amount": )") +
              amount + R"(, "note": null, "tags": ["a"]}})");
}

constexpr const char* kRefund = R"(permit(
  principal is AgentCore::OAuthUser,
  action == AgentCore::Action::"Refunds___issue",
  resource == AgentCore::Gateway::"arn:aws:gw/1"
) when {
  principal.hasTag("scope") && principal.getTag("scope") like "*refund:write*" &&
  context.input.amount < 500 && context.system.now > datetime("2025-01-01")
};)";

TEST(AgentCore, ACallIsDecidedAsThere) {
  EXPECT_TRUE(allows(Profile::kAgentCore, kRefund, refund("499")));
  EXPECT_FALSE(allows(Profile::kAgentCore, kRefund, refund("500")));
  auto other = refund("499");
  other.set("gateway", "arn:aws:gw/2");
  EXPECT_FALSE(allows(Profile::kAgentCore, kRefund, other));
  EXPECT_TRUE(allows(Profile::kAgentCore,
                     "permit(principal, action in AgentCore::Action::\"Mcp\", resource);",
                     refund("1")));
}

TEST(AgentCore, ANumberIsCutOffAndAPolicyThatErrsIsPassedOver) {
  const char* equal =
      "permit(principal, action, resource) when { context.input.amount == decimal(\"2.0\") };";
  EXPECT_TRUE(allows(Profile::kAgentCore, equal, refund("2.00004")));
  const char* erring =
      "permit(principal, action, resource);\n"
      "forbid(principal, action, resource) when { context.input.nothing };";
  EXPECT_TRUE(allows(Profile::kAgentCore, erring, refund("1")));
}

text::Json weather(const char* arguments) {
  return json(std::string(R"({"claims": {"sub": "alice", "roles": ["admin", 7], "level": 5,
      "deep": {"a": [true]}}, "server": "weather", "operation": "call_tool", "name": "forecast",
      "annotations": {"readOnlyHint": true, "title": "x"}, "arguments": )") +
              arguments + "}");
}

TEST(ToolHive, ACallIsDecidedAsThere) {
  const auto call = weather(R"({"location": "Bern", "days": 3, "units": ["c"]})");
  for (const char* condition :
       {"principal == Client::\"alice\"", "principal in THVGroup::\"admin\"",
        "resource == Tool::\"forecast\"", "resource in MCP::\"weather\"",
        "action == Action::\"call_tool\"", "context.arg_location == \"Bern\"",
        "resource.arg_location like \"B*\"", "context.claim_sub == \"alice\"",
        "principal.claim_roles.contains(\"admin\")", "context.arg_units_present",
        "resource.readOnlyHint", "resource.operation == \"call\" && resource.feature == \"tool\"",
        "context.arg_days.lessThan(decimal(\"3.5\"))", "principal.claim_deep.a.contains(true)",
        "!(context has arg_units)"}) {
    const std::string text =
        "permit(principal, action, resource) when { " + std::string(condition) + " };";
    EXPECT_TRUE(allows(Profile::kToolHive, text, call)) << condition;
  }
}

TEST(ToolHive, EveryNumberIsADecimalAndAnyErrorDenies) {
  const auto call = weather(R"({"level": 3})");
  const char* compared =
      "permit(principal, action, resource);\n"
      "permit(principal, action, resource) when { resource.arg_level <= 5 };";
  EXPECT_FALSE(allows(Profile::kToolHive, compared, call));
  const char* compared_well =
      "permit(principal, action, resource) when { "
      "resource.arg_level.lessThanOrEqual(principal.claim_level) };";
  EXPECT_TRUE(allows(Profile::kToolHive, compared_well, call));
}

TEST(ToolHive, AListingIsAlwaysAllowed) {
  auto call = weather("{}");
  call.set("operation", "list_tools");
  EXPECT_TRUE(allows(Profile::kToolHive, "", call));
  call.set("operation", "get_prompt");
  EXPECT_FALSE(allows(Profile::kToolHive, "", call));
  call.set("operation", "delete_tool");
  EXPECT_EQ(request_from_json(Profile::kToolHive, call).error().reason, "profile.request");
}

TEST(Profiles, WhatACallLacksIsSaid) {
  auto call = refund("1");
  call.erase("target");
  const auto error = request_from_json(Profile::kAgentCore, call).error();
  EXPECT_EQ(error.reason, "profile.request");
  EXPECT_NE(error.message.find("`target`"), std::string::npos);
  EXPECT_EQ(profile_called("opa").error().reason, "profile.unknown");
  EXPECT_EQ(profile_called("toolhive").value(), Profile::kToolHive);
}

std::vector<std::string> codes(const ImportedPolicy& policy) {
  std::vector<std::string> out;
  for (const ImportNote& note : policy.notes) out.push_back((note.blocks ? "!" : "") + note.code);
  return out;
}

using Codes = std::vector<std::string>;

TEST(Import, AnAgentCorePolicyBecomesOneOfAmbit) {
  const auto made = import_policies(Profile::kAgentCore, R"(@id("cap")
permit(principal == AgentCore::OAuthUser::"u-1", action == AgentCore::Action::"Refunds___issue",
       resource == AgentCore::Gateway::"arn")
when { context.input.amount < 500 } unless { resource is AgentCore::Gateway && false };)")
                        .value();
  ASSERT_EQ(made.policies.size(), 1u);
  ASSERT_TRUE(made.policies[0].carried());
  const auto parsed = cedar::PolicySet::parse(made.text());
  ASSERT_TRUE(parsed.has_value()) << made.text();
  const auto wanted = cedar::PolicySet::parse(R"(@id("cap")
permit(principal, action == Ambit::Action::"Refunds___issue", resource)
when { context has on_behalf_of && context.on_behalf_of == Ambit::User::"u-1" }
when { context.input.amount < 500 } unless { true && false };)")
                          .value();
  EXPECT_TRUE(cedar::same_policy(parsed->policies()[0], wanted.policies()[0])) << made.text();
  EXPECT_EQ(codes(made.policies[0]), (Codes{"profile.principal", "profile.gateway"}));
}

TEST(Import, AToolHivePolicyBecomesOneOfAmbit) {
  ImportOptions options;
  options.server = "meteo";
  const auto made = import_policies(Profile::kToolHive, R"(
permit(principal, action == Action::"call_tool", resource == Tool::"forecast")
when { context.claim_sub == "alice" && resource.arg_location like "B*" &&
       context has arg_days && context.arg_units_present };
forbid(principal, action, resource in MCP::"weather");)",
                                    options)
                        .value();
  const auto parsed = cedar::PolicySet::parse(made.text());
  ASSERT_TRUE(parsed.has_value()) << made.text();
  const auto wanted = cedar::PolicySet::parse(R"(
permit(principal, action == Ambit::Action::"meteo___forecast", resource)
when { (context has on_behalf_of && context.on_behalf_of == Ambit::User::"alice") &&
       context.input.location like "B*" && context.input has days && context.input has units };
forbid(principal, action in Ambit::Action::"server:weather", resource);)")
                          .value();
  ASSERT_EQ(parsed->policies().size(), 2u);
  EXPECT_EQ(cedar::to_cedar_text(parsed->policies()[1]),
            cedar::to_cedar_text(wanted.policies()[1]));
  for (const char* part :
       {"Ambit::Action::\"meteo___forecast\"", "context.on_behalf_of == Ambit::User::\"alice\"",
        "context.input.location like \"B*\"", "context.input has days",
        "context.input has units"}) {
    EXPECT_NE(made.text().find(part), std::string::npos) << part << "\n" << made.text();
  }
  EXPECT_TRUE(made.is_safe());
}

TEST(Import, WhatToolHiveDecidesOtherwiseIsSaid) {
  const auto codes_of = [](const std::string& text) {
    return codes(import_policies(Profile::kToolHive, text).value().policies[0]);
  };
  const std::string permit = "permit(principal, action, resource) when { ";
  const std::string forbid = "forbid(principal, action, resource) when { ";
  EXPECT_EQ(codes_of(permit + "context.arg_x == \"1\" };"), Codes{"profile.errors"});
  EXPECT_EQ(codes_of(permit + "context has arg_x };"), Codes{});
  EXPECT_EQ(codes_of(forbid + "context.arg_x == \"1\" };"), Codes{})
      << "a forbid that fails denies here too";
  EXPECT_EQ(codes_of(forbid + "resource.arg_x > 3 };"), Codes{"profile.integers"});
  EXPECT_EQ(codes_of(forbid + "resource.arg_x == 3 };"), Codes{"profile.integers"});
  EXPECT_EQ(codes_of(permit + "context.arg_x != 3 };"),
            (Codes{"profile.integers", "profile.errors"}));
}

TEST(Import, WhatDoesNotCarryOverIsSaid) {
  const std::vector<std::tuple<Profile, std::string, std::string>> cases = {
      {Profile::kAgentCore, "permit(principal is AgentCore::IamEntity, action, resource);",
       "profile.principal"},
      {Profile::kAgentCore,
       "permit(principal, action, resource) when { principal.hasTag(\"scope\") };",
       "profile.claims"},
      {Profile::kAgentCore,
       "permit(principal, action == AgentCore::Action::\"InvokeLLM\", resource);",
       "profile.action"},
      {Profile::kToolHive, "permit(principal in THVGroup::\"a\", action, resource);",
       "profile.principal"},
      {Profile::kToolHive, "permit(principal, action == Action::\"get_prompt\", resource);",
       "profile.action"},
      {Profile::kToolHive, "permit(principal, action, resource == Tool::\"x\");", "profile.server"},
      {Profile::kToolHive, "permit(principal, action, resource) when { resource.readOnlyHint };",
       "profile.attribute"},
      {Profile::kToolHive,
       "permit(principal, action, resource) when { principal.claim_level.lessThan(context.arg_x) "
       "};",
       "profile.claims"}};
  for (const auto& [profile, text, code] : cases) {
    const auto made = import_policies(profile, text).value();
    EXPECT_FALSE(made.policies[0].carried()) << text;
    const Codes found = codes(made.policies[0]);
    EXPECT_NE(std::find(found.begin(), found.end(), "!" + code), found.end()) << text;
    EXPECT_TRUE(made.is_safe()) << "a permit that is left out permits nothing";
    EXPECT_TRUE(cedar::PolicySet::parse(made.text())->empty()) << made.text();
  }
}

TEST(Import, AForbidThatIsLeftOutIsNotSafe) {
  const auto made =
      import_policies(Profile::kToolHive,
                      "\nforbid(principal, action, resource) unless { resource.readOnlyHint };")
          .value();
  EXPECT_FALSE(made.is_safe());
  EXPECT_EQ(made.policies[0].place.line, 2u);
  EXPECT_FALSE(import_policies(Profile::kAgentCore,
                               "permit(principal, action, resource) when "
                               "temporal { true };")
                   .has_value());
}

}  // namespace
}  // namespace ambit::profiles
