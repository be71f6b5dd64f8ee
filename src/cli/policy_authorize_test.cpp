// `ambit policy authorize`.
#include "cli/internal/verbs_fixture.h"

namespace ambit::cli {
namespace {

class PolicyAuthorize : public VerbsTest {
 protected:
  text::Json json() const { return text::parse_json(command.out.str()).value(); }
  std::string set(const std::string& name, const std::string& text) {
    return file(name + ".cedar", text);
  }
  static constexpr const char* kSchema =
      "entity User; entity Photo = {owner: User, size: Long};\n"
      "action view appliesTo {principal: User, resource: Photo, context: {n: Long}};\n";
};

TEST_F(PolicyAuthorize, SaysWhichEntityIsWrong) {
  const std::string p = set("p", "permit(principal, action, resource);");
  EXPECT_EQ(command.run({"policy", "authorize", "--policies", p, "--principal", "User::\"a\"",
                         "--action", "x", "--resource", "D::\"y\""}),
            kExitUsage);
  EXPECT_TRUE(complained("usage.entity: action: line 1, column 1: `x` is not an entity"))
      << command.err.str();
}

TEST_F(PolicyAuthorize, IsPlainCedar) {
  const std::string policies = set("p",
                                   "permit(principal, action == Action::\"view\", resource)\n"
                                   "when { resource.owner == principal && context.n < 3 };");
  const std::string entities =
      file("e.json", R"([{"uid":{"type":"Photo","id":"a"},"attrs":{"owner":{"__entity":
                 {"type":"User","id":"ann"}},"size":1},"parents":[]}])");
  const std::string request = file("r.json", R"({"principal":"User::\"ann\"",
      "action":"Action::\"view\"","resource":"Photo::\"a\"","context":{"n":1}})");
  EXPECT_EQ(command.run({"policy", "authorize", "--policies", policies, "--entities", entities,
                         "--request-json", request, "-v"}),
            kExitOk)
      << command.err.str();
  EXPECT_EQ(command.out.str(),
            "ALLOW\n\nnote: this decision was due to the following policies:\n  policy0\n");
  const std::string context = file("c.json", R"({"n":5})");
  EXPECT_EQ(command.run({"policy", "authorize", "-p", policies, "--entities", entities, "-l",
                         "User::\"ann\"", "-a", "Action::\"view\"", "-r", "Photo::\"a\"", "-c",
                         context, "--explain"}),
            kExitRefused);
  EXPECT_TRUE(printed("DENY"));
  EXPECT_TRUE(printed("context.n < 3  =>  false")) << command.out.str();
  EXPECT_EQ(command.run({"policy", "authorize", "-p", policies, "-l", "User::\"ann\"", "-a",
                         "Action::\"view\"", "-r", "Photo::\"a\"", "-c", context, "--json"}),
            kExitRefused);
  const text::Json answer = json();
  EXPECT_EQ(answer.string_or("decision", ""), "deny");
  EXPECT_EQ(answer.find("diagnostics")->find("errors")->as_array().at(0).string_or("policyId", ""),
            "policy0")
      << "the photo does not exist";
}

TEST_F(PolicyAuthorize, ReadsAndChecksBySchema) {
  const std::string policies = set("p", "permit(principal, action, resource);");
  const std::string schema = file("s.cedarschema", kSchema);
  const auto ask = [&](const std::string& context) {
    return command.run({"policy", "authorize", "-p", policies, "-s", schema, "-l", "User::\"ann\"",
                        "-a", "Action::\"view\"", "-r", "Photo::\"a\"", "-c",
                        file("c.json", context)});
  };
  EXPECT_EQ(ask(R"({"n":1})"), kExitOk) << command.err.str();
  EXPECT_EQ(ask(R"({"n":"one"})"), kExitUsage);
  EXPECT_TRUE(complained("n"));
}

TEST_F(PolicyAuthorize, WhatCannotBeAskedHasNotTheStatusOfADenial) {
  const std::string policies = set("p", "permit(principal, action, resource);");
  const auto ask = [&](const std::string& policy, const std::string& entities) {
    return command.run({"policy", "authorize", "-p", policy, "--entities", file("e.json", entities),
                        "-l", "U::\"a\"", "-a", "A::\"x\"", "-r", "R::\"y\""});
  };
  EXPECT_EQ(ask(policies, "[]"), kExitOk);
  EXPECT_EQ(ask(set("q", "forbid(principal, action, resource);"), "[]"), kExitRefused);
  EXPECT_EQ(ask(set("r", "permit("), "[]"), kExitUsage);
  EXPECT_TRUE(complained("cedar.syntax: "));
  EXPECT_EQ(ask(policies, R"([{"uid":"x"}])"), kExitUsage);
  EXPECT_EQ(ask(policies, R"([{"uid":{"type":"A","id":"a"},"attrs":{"n":1},"parents":[]},
                              {"uid":{"type":"A","id":"a"},"attrs":{"n":2},"parents":[]}])"),
            kExitUsage);
  EXPECT_TRUE(complained("cedar.entity_duplicate: "));
}

TEST_F(PolicyAuthorize, LinksTemplates) {
  const std::string policies = set("p", "permit(principal == ?principal, action, resource);");
  const std::string links =
      file("l.json",
           R"([{"template_id":"policy0","link_id":"ann","args":{"?principal":"User::\"ann\""}}])");
  EXPECT_EQ(command.run({"policy", "authorize", "-p", policies, "-k", links, "-l", "User::\"ann\"",
                         "-a", "A::\"x\"", "-r", "R::\"y\"", "--json"}),
            kExitOk)
      << command.err.str();
  EXPECT_EQ(json().find("diagnostics")->find("reason")->as_array().at(0).as_string(), "ann");
}

}  // namespace
}  // namespace ambit::cli
