#include "decision/policy_schema.h"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <random>
#include <rapidcheck.h>

#include "cedar/json.h"
#include "cedar_schema/conformance.h"
#include "decision/decide_fixture.h"
#include "decision/internal/policy_request.h"
#include "decision/policy_check.h"
#include "tool_schema/argument_fixture.h"

namespace ambit::decision {
namespace {

using domain::TargetKind;

std::shared_ptr<const domain::Tool> tool_with(const std::string& name, std::string_view properties,
                                              std::vector<domain::TargetBinding> targets = {}) {
  domain::Tool tool;
  tool.server = "shop";
  tool.name = name;
  tool.state = domain::ToolState::kApproved;
  tool.entry =
      text::Json::object({{"name", name},
                          {"inputSchema", text::parse_json(R"({"type": "object", "properties": )" +
                                                           std::string(properties) + "}")
                                              .value()}});
  domain::Binding binding;
  binding.effect = {"pay", domain::ActionClass::kSpend};
  binding.data_domain = "orders";
  binding.targets = std::move(targets);
  binding.no_targets = binding.targets.empty();
  tool.binding = std::move(binding);
  return std::make_shared<const domain::Tool>(std::move(tool));
}

cedar::Schema shop() {
  return resolved_policy_schema(
             {tool_with("pay", R"({"amount": {"type": "number"}, "cents": {"type": "integer"},
                                   "to": {"type": "string"}})",
                        {{"/to", TargetKind::kAccount}}),
              tool_with("list", R"({"page": {"type": "integer"}})")})
      .value();
}

// The findings on one text, each as `CODE line:column+length hint`.
std::vector<std::string> findings(const std::string& text) {
  std::vector<std::string> out;
  for (const auto& found : check_texts({{"p", text}}, shop())) {
    const auto& at = found.diagnostic;
    out.push_back((found.severity == PolicyFinding::Severity::kError ? "" : "warning ") +
                  found.code + " " + std::to_string(at.line) + ":" + std::to_string(at.column) +
                  "+" + std::to_string(at.span.length) + " " + at.hint);
  }
  return out;
}

using Lines = std::vector<std::string>;

TEST(PolicySchema, AMisspeltArgumentIsRefusedWhereItStands) {
  const Lines found = findings(
      "permit(principal, action == Ambit::Action::\"shop___pay\", resource)\n"
      "when { context.input has cent && context.input.cents < 10 };");
  ASSERT_EQ(found.size(), 1u);
  const Lines read = findings(
      "permit(principal, action == Ambit::Action::\"shop___pay\", resource)\n"
      "when { context.input has cents && context.input.cent < 10 };");
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0], "cedar.validation.attribute_not_found 2:35+18 did you mean `cents`?");
}

TEST(PolicySchema, ANumberAgainstATextIsRefused) {
  const Lines found = findings(
      "forbid(principal, action == Ambit::Action::\"shop___pay\", resource)\n"
      "when { context.input has cents && context.input.cents == \"100\" };");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].starts_with("cedar.validation.incompatible_types 2:")) << found[0];
}

TEST(PolicySchema, EverythingThatIsWrongIsSaidAtOnce) {
  const auto found =
      check_texts({{"a", "permit(principal, actoin, resource);"},
                   {"b",
                    "permit(principal, action == Ambit::Action::\"shop___pya\", "
                    "resource);"},
                   {"c", "permit(principal, action, resource) when { 1 == \"x\" };"}},
                  shop());
  ASSERT_GE(found.size(), 3u);
  EXPECT_EQ(found[0].code, "cedar.syntax");
  EXPECT_EQ(found[0].diagnostic.source, "a");
  EXPECT_EQ(found[1].code, "cedar.validation.unknown_action");
  EXPECT_EQ(found[1].diagnostic.hint, "did you mean `Ambit::Action::\"shop___pay\"`?");
  const text::Json out = to_json(found[1]);
  EXPECT_EQ(out.string_or("name", ""), "b");
  EXPECT_EQ(out.string_or("severity", ""), "error");
  EXPECT_EQ(out.find("line")->as_int(), 1);
  EXPECT_GT(out.find("length")->as_int(), 10);
  EXPECT_FALSE(out.string_or("text", "").empty());
}

TEST(PolicySchema, APolicyForNoToolIsAWarning) {
  const auto schema = resolved_policy_schema({}).value();
  const auto found = check_texts(
      {{"p", "permit(principal, action in Ambit::Action::\"spend\", resource);"}}, schema);
  EXPECT_FALSE(has_errors(found));
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].code, "cedar.validation.no_applicable_action");
}

TEST(PolicySchema, ArgumentsOfSomeToolsOnlyAreAskedForFirst) {
  EXPECT_EQ(findings("forbid(principal, action in Ambit::Action::\"call_tool\", resource)\n"
                     "when { context.input has cents && context.input.cents > 10 };"),
            Lines{});
  EXPECT_EQ(findings("forbid(principal, action in Ambit::Action::\"call_tool\", resource)\n"
                     "when { context.input.cents > 10 };")
                .size(),
            2u);  // not declared by one, not guarded for the other
}

// A case by chance: the tool, its bindings and everything that a context can have.
Case random_case(std::uint64_t seed, bool exact) {
  std::mt19937_64 random(seed);
  const auto chance = [&] { return random() % 2 == 0; };
  Case c;
  tool_schema::RandomTool tool(random(), exact);
  c.tool.entry = text::Json::object({{"inputSchema", tool.input_schema()}});
  c.action.arguments = tool.arguments();
  c.action.canonical_arguments = text::to_canonical_json(c.action.arguments);
  c.tool.name = c.action.tool = chance() ? "read" : "read-all in";
  c.tool.binding->targets.clear();
  c.action.targets.clear();
  static constexpr TargetKind kKinds[] = {TargetKind::kPath,      TargetKind::kHost,
                                          TargetKind::kUrl,       TargetKind::kAccount,
                                          TargetKind::kRecipient, TargetKind::kResource};
  for (const TargetKind kind : kKinds) {
    if (random() % 3 != 0) continue;
    c.tool.binding->targets.push_back({"/path", kind});
    const bool is_there = c.action.arguments.find("path") != nullptr;
    if (is_there) c.action.targets.push_back({kind, "/work/a"});
  }
  c.tool.binding->no_targets = c.tool.binding->targets.empty();
  if (chance()) c.action.intent = "to see";
  if (chance()) c.action.justification = "it is needed";
  if (chance()) c.action.probe.emplace().present = chance();
  if (chance()) c.rest.on_behalf_of = std::make_shared<const domain::Identity>(c.owner);
  c.session.labels = {"secret"};
  c.session.systems = {"disk"};
  return c;
}

std::string problem_of(const Case& c, const cedar::Schema& schema, const ApprovalView* approval) {
  const auto requests = policy_requests(c.snapshot(), c.action, approval).value();
  for (const PolicyRequest& one : requests) {
    if (auto ok = cedar::validate_request(one.request, schema); !ok) return ok.error().message;
    const text::Json all = one.entities.to_json().value();
    for (const text::Json& entity : all.as_array()) {
      const auto uid = cedar::uid_from_json(*entity.find("uid")).value();
      if (auto ok = cedar::validate_entity(one.entities.find(uid)->entity(), schema); !ok) {
        return ok.error().message;
      }
    }
  }
  return "";
}

TEST(PolicySchema, FitsEveryRequestThatIsEverAsked) {
  EXPECT_TRUE(rc::check("requests against the schema of their tool", [] {
    const Case c = random_case(*rc::gen::arbitrary<std::uint64_t>(), true);
    const auto schema =
        resolved_policy_schema({std::make_shared<const domain::Tool>(c.tool)}).value();
    RC_LOG() << text::to_json(c.tool.entry) << c.action.canonical_arguments;
    const ApprovalView approval{{"alice"}, {"approver"}, c.rest.now};
    RC_ASSERT(problem_of(c, schema, nullptr) == "");
    RC_ASSERT(problem_of(c, schema, &approval) == "");
  }));
}

TEST(PolicySchema, TheStarterPoliciesFit) {
  // Each class of the starter set, so that none of its policies is passed over.
  std::vector<std::shared_ptr<const domain::Tool>> tools;
  for (int i = 0; i <= static_cast<int>(domain::ActionClass::kDelegate); ++i) {
    domain::Tool tool = *tool_with("t" + std::to_string(i), "{}");
    tool.binding->effect.action_class = static_cast<domain::ActionClass>(i);
    tools.push_back(std::make_shared<const domain::Tool>(std::move(tool)));
  }
  std::ifstream file("policies/starter.cedar");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  ASSERT_FALSE(text.empty());
  const auto found = check_texts({{"starter", text}}, resolved_policy_schema(tools).value());
  EXPECT_TRUE(found.empty()) << (found.empty() ? "" : found[0].diagnostic.pretty());
}

}  // namespace
}  // namespace ambit::decision
