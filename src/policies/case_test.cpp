#include "policies/case.h"

#include <gtest/gtest.h>

namespace ambit::policies {
namespace {

using domain::Verdict;
using text::Json;

std::shared_ptr<const decision::PolicyState> state(const std::string& text) {
  auto out = std::make_shared<decision::PolicyState>();
  out->set = cedar::PolicySet::parse_named({{"p", text}}).value();
  decision::note_modes(*out);
  return out;
}

Json json(std::string_view text) { return text::parse_json(text).value(); }

CaseResult run(const std::string& policies, const std::string& request, const std::string& expect) {
  const Json document =
      json(R"({"cases":[{"name":"one","request":)" + request + R"(,"expect":)" + expect + "}]}");
  auto cases = cases_from_json("suite", document);
  if (!cases) throw std::runtime_error(cases.error().message);
  return policies::run(cases->front(), state(policies));
}

constexpr const char* kRead = R"({"tool":"files/read","class":"read"})";
constexpr const char* kGuarded =
    "@id(\"all\") permit(principal, action, resource);"
    "@id(\"guard\") @approvers(\"approver\") @quorum(\"2\") @obligation(\"tell\") "
    "forbid(principal, action in Ambit::Action::\"write\", resource) "
    "unless { context has approval };";

TEST(Case, OnlyPoliciesDecide) {
  EXPECT_TRUE(run("permit(principal, action, resource);", kRead,
                  R"({"verdict":"allow","policies":["p#0"],"reasons":[]})")
                  .passed());
  EXPECT_TRUE(run("", kRead, R"({"verdict":"deny","reasons":["policy.no_permit"]})").passed());
}

TEST(Case, AHoldSaysWhoMustAgree) {
  const auto held = run(kGuarded, R"({"tool":"files/write","class":"write"})",
                        R"({"verdict":"hold","policies":["guard"],"reasons":["approval.required"],
                            "needs":[{"approvers":"approver","quorum":2}]})");
  EXPECT_TRUE(held.passed()) << held.problems.front();
}

TEST(Case, AnApprovalIsGivenByWhoTheCaseSays) {
  const auto allowed = run(kGuarded,
                           R"({"tool":"files/write","class":"write","approval":[
              {"by":"bob","classes":["approver"]},{"by":"eve","classes":["approver"]}]})",
                           R"({"verdict":"allow","obligations":[]})");
  EXPECT_TRUE(allowed.passed()) << allowed.problems.front();
  EXPECT_TRUE(run(kGuarded,
                  R"({"tool":"files/write","class":"write",
                      "approval":[{"by":"bob","classes":["approver"]}]})",
                  R"({"verdict":"hold"})")
                  .passed())
      << "one of two is not enough";
}

TEST(Case, EveryMemberOfARequestReachesThePolicies) {
  const std::string policy =
      "permit(principal == Ambit::Agent::\"writer\", action == Ambit::Action::\"files___put\", "
      "resource in Ambit::Path::\"/srv\") when { "
      "context.outcome == \"create\" && context.tier == \"elevated\" && "
      "context.data_domain == \"reports\" && context.input.size.lessThan(decimal(\"2.5\")) && "
      "context.session.calls == 3 && context.session.labels.contains(\"secret\") && "
      "context.session.systems.contains(\"disk\") && context.task.depth == 2 && "
      "context.task.goal == \"g\" && context.task.outcomes.contains(\"create\") && "
      "context.system.now == datetime(\"2026-03-01T08:00:00Z\") && !context.key_bound == false && "
      "context.intent == \"i\" && context.justification == \"j\" && context.present && "
      "context.on_behalf_of == Ambit::User::\"zoe\" && principal.purpose == \"p\" && "
      "principal.data_domains.contains(\"reports\") && "
      "principal.business_owner == Ambit::User::\"ann\" && !principal.acts_without_gate };";
  const auto result = run(policy, R"({"tool":"files/put","class":"write","outcome":"create",
    "tier":"elevated","data_domain":"reports","arguments":{"size":2},
    "schema":{"type":"object","properties":{"size":{"type":"number"}}},
    "targets":[{"kind":"path","value":"/srv/a/b"}],
    "session":{"calls":3,"labels":["secret"],"systems":["disk"]},
    "task":{"goal":"g","depth":2,"on_behalf_of":"zoe"},"now":"2026-03-01T08:00:00Z",
    "intent":"i","justification":"j","present":true,
    "agent":{"id":"writer","purpose":"p","business_owner":"ann","acts_without_gate":false}})",
                          R"({"verdict":"allow"})");
  EXPECT_TRUE(result.passed()) << result.problems.front();
}

TEST(Case, SaysWhatIsNotAsExpected) {
  const auto result = run(kGuarded, kRead, R"({"verdict":"deny","policies":["guard"]})");
  EXPECT_EQ(result.problems,
            (std::vector<std::string>{"verdict is `allow`, expected `deny`",
                                      "determining policies are `all`, expected `guard`"}));
}

TEST(Case, ObservedPoliciesAreExpectedApart) {
  const auto result =
      run("permit(principal, action, resource);"
          "@id(\"later\") @mode(\"observe\") forbid(principal, action, resource);",
          kRead, R"({"verdict":"allow","observed":["later"],"would":"deny"})");
  EXPECT_TRUE(result.passed()) << result.problems.front();
}

TEST(Case, DefaultsStandInForWhatARequestDoesNotSay) {
  const auto cases = cases_from_json("s", json(R"({
    "defaults":{"tool":"files/read","class":"read","justification":"x"},
    "cases":[{"name":"a","request":{},"expect":{"verdict":"allow"}},
             {"name":"b","request":{"class":"spend"},"expect":{"verdict":"hold"}}]})"));
  ASSERT_TRUE(cases.has_value()) << cases.error().message;
  EXPECT_EQ((*cases)[0].question.action.justification, "x");
  EXPECT_EQ((*cases)[1].question.action.tier, domain::Tier::kHigh) << "of its class";
}

TEST(Case, ADocumentMayBeAboutAPartOfTheSet) {
  auto whole = std::make_shared<decision::PolicyState>();
  whole->set = cedar::PolicySet::parse_named({{"base", "permit(principal, action, resource);"},
                                              {"never", "forbid(principal, action, resource);"},
                                              {"later",
                                               "@mode(\"observe\") forbid(principal, "
                                               "action, resource);"}})
                   .value();
  whole->tiers[domain::Tier::kHigh].approval = {{"security", 2}};
  decision::note_modes(*whole);
  const auto problems = [&](const std::string& members, const std::string& request,
                            const std::string& expect) {
    const auto cases =
        cases_from_json("s", json("{" + members + R"("cases":[{"name":"one","request":)" + request +
                                  R"(,"expect":)" + expect + "}]}"));
    EXPECT_TRUE(cases.has_value()) << cases.error().message;
    return run_all(*cases, whole).front().problems;
  };
  const std::vector<std::string> none;
  EXPECT_EQ(problems("", kRead, R"({"verdict":"deny","policies":["never#0"]})"), none);
  EXPECT_EQ(problems(R"("policies":["base"],)", kRead,
                     R"({"verdict":"allow","policies":["base#0"],"observed":[]})"),
            none);
  EXPECT_EQ(problems(R"("policies":["later","base"],)", kRead,
                     R"({"verdict":"allow","observed":["later#0"],"would":"deny"})"),
            none);
  // Its tier table is its own, too.
  const std::string pays = R"({"tool":"bank/pay","class":"spend"})";
  EXPECT_EQ(problems(R"("policies":["base"],)", pays,
                     R"({"verdict":"hold","needs":[{"approvers":"approver","quorum":1}]})"),
            none);
  EXPECT_EQ(problems(R"("policies":["base"],
                        "tiers":{"high":{"approval":[{"approvers":"approver","quorum":3}]}},)",
                     pays, R"({"verdict":"hold","needs":[{"approvers":"approver","quorum":3}]})"),
            none);
  EXPECT_EQ(problems(R"("policies":["base","gone"],)", kRead, R"({"verdict":"allow"})"),
            std::vector<std::string>{"it is about the text `gone`, which the set does not have"});
}

TEST(Case, DocumentsAboutDifferentPartsDoNotMix) {
  auto whole = std::make_shared<decision::PolicyState>();
  whole->set = cedar::PolicySet::parse_named({{"base", "permit(principal, action, resource);"},
                                              {"never", "forbid(principal, action, resource);"}})
                   .value();
  std::vector<Case> all;
  for (const std::string members :
       {R"("policies":["base"],)", "", R"("policies":["never"],)", R"("policies":["base"],)"}) {
    auto cases =
        cases_from_json("s", json("{" + members + R"("cases":[{"name":"a","request":)" + kRead +
                                  R"(,"expect":{"verdict":"allow"}},{"name":"b","request":)" +
                                  kRead + R"(,"expect":{"verdict":"deny"}}]})"));
    std::move(cases->begin(), cases->end(), std::back_inserter(all));
  }
  std::string passed;
  for (const auto& result : run_all(all, whole)) passed += result.passed() ? '+' : '-';
  EXPECT_EQ(passed, "+--+-++-");
}

TEST(Case, WhatIsWrongIsSaidWithItsCase) {
  const auto refused = [](const std::string& document) {
    const auto cases = cases_from_json("s", json(document));
    EXPECT_FALSE(cases.has_value()) << document;
    if (cases) return std::string();
    EXPECT_EQ(cases.error().reason, "policy.test") << document;
    return cases.error().message;
  };
  EXPECT_NE(refused(R"({"cases":[{"name":"x","request":{"tool":"read","class":"read"},
                       "expect":{"verdict":"allow"}}]})")
                .find("server/tool"),
            std::string::npos);
  EXPECT_NE(refused(R"({"cases":[{"name":"x","request":{"tool":"a/b","class":"raed"},
                       "expect":{"verdict":"allow"}}]})")
                .find("case `x`"),
            std::string::npos);
  refused(R"({"cases":[{"name":"x","request":{"tool":"a/b","class":"read","zz":1},
              "expect":{"verdict":"allow"}}]})");
  refused(R"({"cases":[{"name":"x","request":{"tool":"a/b","class":"read"}}]})");
  refused(R"({"cases":[{"name":"x","request":{"tool":"a/b","class":"read"},
              "expect":{"verdict":"maybe"}}]})");
  refused(R"({"cases":[{"name":"x","request":{"tool":"a/b","class":"read"},
              "expect":{"verdict":"allow"}},
             {"name":"x","request":{"tool":"a/b","class":"read"},"expect":{"verdict":"allow"}}]})");
  refused(R"({"case":[]})");
  refused(R"({"policies":[],"cases":[]})");
  refused(R"({"policies":"base","cases":[]})");
  refused(R"({"policies":["base"],"tiers":{"highest":{}},"cases":[]})");
  EXPECT_NE(refused(R"({"tiers":{},"cases":[]})").find("names its `policies`"), std::string::npos);
  EXPECT_TRUE(refused(R"({"cases":[{"name":"x","request":{"tool":"a/b","class":"read"},
                          "expect":{"verdit":"allow"}}]})")
                  .ends_with(".verdict` is missing; `verdit` is no member"))
      << "what is missing may be misspelt";
}

}  // namespace
}  // namespace ambit::policies
