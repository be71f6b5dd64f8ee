// The verbs of policies on files.
#include "cli/internal/verbs_fixture.h"

namespace ambit::cli {
namespace {

class PolicyVerbs : public VerbsTest {
 protected:
  text::Json json() const { return text::parse_json(command.out.str()).value(); }
  std::string set(const std::string& name, const std::string& text) {
    return file(name + ".cedar", text);
  }
  static constexpr const char* kGuarded =
      "@id(\"all\") permit(principal, action, resource);\n"
      "@id(\"guard\") @approvers(\"approver\") forbid(principal, action in "
      "Ambit::Action::\"write\", resource) unless { context has approval };\n";
  static constexpr const char* kCases =
      R"({"cases":[{"name":"reads","request":{"tool":"f/r","class":"read"},)"
      R"("expect":{"verdict":"allow"}},)"
      R"({"name":"writes <&>","request":{"tool":"f/w","class":"write"},)"
      R"("expect":{"verdict":"hold","policies":["guard"]}}]})";
  static constexpr const char* kSchema =
      "entity User; entity Photo = {owner: User, size: Long};\n"
      "action view appliesTo {principal: User, resource: Photo, context: {n: Long}};\n";
};

TEST_F(PolicyVerbs, CheckValidatesAgainstASchemaAndShowsThePlace) {
  const std::string schema = file("s.cedarschema", kSchema);
  const std::string bad = set("p",
                              "// one\npermit(principal, action == Action::\"view\", resource)\n"
                              "when { resource.sise > 3 };\n");
  EXPECT_EQ(command.run({"policy", "check", bad, "--schema", schema}), kExitRefused);
  EXPECT_TRUE(printed("p.cedar:3:")) << command.out.str();
  EXPECT_TRUE(printed(" 3 | when { resource.sise > 3 };"));
  EXPECT_TRUE(printed("   |        ^^^^^^^^^^^^^\n")) << "all that is meant: " << command.out.str();
  EXPECT_TRUE(printed("size")) << "the hint: " << command.out.str();
  EXPECT_EQ(command.run({"policy", "check", bad, "--schema", schema, "--json"}), kExitRefused);
  const text::Json finding = json().find("findings")->as_array().at(0);
  EXPECT_EQ(finding.string_or("severity", ""), "error");
  EXPECT_EQ(finding.string_or("code", ""), "cedar.validation.attribute_not_found");
  EXPECT_EQ(finding.find("line")->as_int(), 3);
  EXPECT_GT(finding.find("length")->as_int(), 0);
  EXPECT_EQ(finding.find("text")->as_string(), "when { resource.sise > 3 };");
}

TEST_F(PolicyVerbs, CheckSaysOnceWhatIsSoForSeveralKindsOfRequest) {
  const std::string schema = file("s.cedarschema",
                                  "entity User; action a appliesTo {principal: User, resource: "
                                  "User, context: {n: Long}};\n"
                                  "action b, c, d appliesTo {principal: User, resource: User};\n");
  const std::string p = set("p", "permit(principal, action, resource) when { context.n > 3 };");
  EXPECT_EQ(command.run({"policy", "check", p, "--schema", schema}), kExitRefused);
  const std::string out = command.out.str();
  EXPECT_EQ(out.find("error: "), out.rfind("error: ")) << out;
  EXPECT_TRUE(printed("so it is for 2 other kinds of request, such as `Action::\"c\"`")) << out;
  EXPECT_EQ(command.run({"policy", "check", p, "--schema", schema, "--json"}), kExitRefused);
  EXPECT_EQ(json().find("findings")->as_array().size(), 3u) << "programs see each";
}

TEST_F(PolicyVerbs, CheckDoesNotClaimToHaveValidated) {
  const std::string p = set("p", "permit(principal, action, resource) when { context.nope };");
  EXPECT_EQ(command.run({"policy", "check", p}), kExitOk);
  EXPECT_TRUE(printed("not validated: that takes `--schema` or `--online`")) << command.out.str();
  EXPECT_EQ(command.run({"policy", "check", p, "--json"}), kExitOk);
  EXPECT_FALSE(json().find("validated")->as_bool());
}

TEST_F(PolicyVerbs, CheckOnlineShowsTheLineOfWhatTheServerFinds) {
  const std::string p = set("p", "permit(principal, action, resource)\nwhen { context.nope };\n");
  command.answer("POST /v1/policies/check", 200,
                 R"({"ok":false,"findings":[{"name":"p","policy":"p#0","severity":"error",
                     "code":"cedar.validation.attribute_not_found","line":2,"column":8,
                     "offset":43,"length":12,"message":"there is no attribute `nope`",
                     "expected":[],"hint":"","text":"when { context.nope };"}]})");
  EXPECT_EQ(command.run({"policy", "check", p, "--online"}), kExitRefused) << command.err.str();
  EXPECT_TRUE(
      printed("p.cedar:2:8: error: there is no attribute `nope`\n"
              " 2 | when { context.nope };\n"
              "   |        ^^^^^^^^^^^^\n"))
      << command.out.str();
}

TEST_F(PolicyVerbs, CheckShowsWhereASchemaIsWrong) {
  const std::string p = set("p", "permit(principal, action, resource);");
  const std::string schema = file("s.cedarschema", "entity User;\nentity Photo {owner User};\n");
  EXPECT_EQ(command.run({"policy", "check", p, "--schema", schema}), kExitRefused);
  EXPECT_TRUE(printed("s.cedarschema:2:21: error: unexpected `User`")) << command.out.str();
  EXPECT_TRUE(printed("   |                     ^^^^\n")) << command.out.str();
  EXPECT_EQ(command.run({"policy", "check", p, "--schema", schema, "--json"}), kExitRefused);
  EXPECT_EQ(json().find("findings")->as_array().at(0).string_or("code", ""), "cedar.schema");
}

TEST_F(PolicyVerbs, ASchemaInJsonIsKnownWhereverItComesFrom) {
  const std::string bad = set("p",
                              "permit(principal, action == Action::\"view\", resource)\n"
                              "when { resource.sise > 3 };\n");
  EXPECT_EQ(command.run(
                {"policy", "convert", "--schema", file("s.cedarschema", kSchema), "--to", "json"}),
            kExitOk);
  const std::string as_json = command.out.str();
  // As the server answers `GET /v1/policies/schema`.
  text::Json answer = text::Json::object({{"schema", kSchema}});
  answer.set("json", *text::parse_json(as_json));
  for (const std::string& text : {as_json, text::to_json(answer)}) {
    for (const std::string name : {"s.json", "s.schema"}) {
      const std::string path = file(name, text);
      EXPECT_EQ(command.run({"policy", "check", bad, "--schema", path}), kExitRefused);
      EXPECT_TRUE(printed("did you mean `size`?")) << name << command.out.str();
      EXPECT_EQ(command.run({"policy", "convert", "--schema", path, "--to", "cedar"}), kExitOk);
      EXPECT_TRUE(printed("entity Photo")) << name;
    }
    command.in.clear();
    command.in.str(text);
    EXPECT_EQ(command.run({"policy", "check", bad, "--schema", "-"}), kExitRefused);
    EXPECT_TRUE(printed("did you mean `size`?")) << command.out.str() << command.err.str();
  }
  const std::string broken = file("b.cedarschema", " \n{\"\": {");
  EXPECT_EQ(command.run({"policy", "check", bad, "--schema", broken}), kExitUsage);
  EXPECT_TRUE(complained("b.cedarschema`: line 2")) << command.err.str();
}

TEST_F(PolicyVerbs, CheckWarnsWithoutRefusing) {
  const std::string schema = file("s.cedarschema", kSchema);
  const std::string impossible =
      set("p", "permit(principal, action == Action::\"view\", resource) when { false };");
  EXPECT_EQ(command.run({"policy", "check", impossible, "--schema", schema}), kExitOk);
  EXPECT_TRUE(printed("warning: ")) << command.out.str();
  EXPECT_TRUE(printed("ok: 1 policy in 1 file"));
}

TEST_F(PolicyVerbs, CheckKnowsAmbitsAnnotations) {
  const std::string silent =
      set("p",
          "permit(principal, action, resource);\n\nforbid(principal, action, resource)\nunless { "
          "context has approval };");
  EXPECT_EQ(command.run({"policy", "check", silent}), kExitRefused);
  EXPECT_TRUE(printed("p.cedar:3:1: error: the policy needs an approval but names no approvers"))
      << command.out.str();
}

TEST_F(PolicyVerbs, CheckSaysWhereATextEndsTooEarly) {
  EXPECT_EQ(command.run({"policy", "check", set("p", "permit (principal,\n")}), kExitRefused);
  EXPECT_TRUE(printed("p.cedar:2:1: error: unexpected end of the text, expected `action`"))
      << command.out.str();
}

TEST_F(PolicyVerbs, CheckAndPutShowTheErrorsOfAllPoliciesOfAllFiles) {
  set("p", "permit(principal, resource);\nforbid(principal, action, resource) when { 1 = 1 };\n");
  set("q", "permit(principal, action, resource);\nallow(principal, action, resource);\n");
  for (const char* verb : {"check", "put"}) {
    EXPECT_EQ(command.run({"policy", verb, folder}), kExitRefused);
    for (const char* place : {"p.cedar:1:19: error: found `resource`", "p.cedar:2:46: error: `=`",
                              "q.cedar:2:1: error: unexpected `allow`"}) {
      EXPECT_TRUE(printed(place)) << verb << ": " << command.out.str();
    }
    EXPECT_EQ(command.run({"policy", verb, folder, "--json"}), kExitRefused);
    EXPECT_EQ(json().find("findings")->as_array().size(), 3u) << command.out.str();
  }
  EXPECT_TRUE(command.requests.empty());
}

TEST_F(PolicyVerbs, FormatChangesFilesInPlaceOrOnlyLooks) {
  const std::string ugly = set("p", "permit ( principal,action,\nresource ) ;");
  EXPECT_EQ(command.run({"policy", "format", "--check", ugly}), kExitRefused);
  EXPECT_TRUE(printed("p.cedar: would be laid out anew"));
  EXPECT_EQ(content("p.cedar"), "permit ( principal,action,\nresource ) ;");
  EXPECT_EQ(command.run({"policy", "format", ugly}), kExitOk);
  EXPECT_EQ(content("p.cedar"), "permit (principal, action, resource);\n");
  EXPECT_EQ(command.run({"policy", "format", "--check", folder}), kExitOk);
  EXPECT_TRUE(printed("ok: 1 file is as they should be"));
  command.in.str("permit(principal,action,resource);");
  EXPECT_EQ(command.run({"policy", "format", "-"}), kExitOk);
  EXPECT_EQ(command.out.str(), "permit (principal, action, resource);\n");
  EXPECT_NE(command.run({"policy", "format", set("q", "permit(")}), kExitOk);
  EXPECT_TRUE(complained("q.cedar"));
}

TEST_F(PolicyVerbs, FormatKeepsLinksAndPermissionsAndChangesAllOrNone) {
  namespace fs = std::filesystem;
  const std::string ugly = set("p", "permit ( principal,action,resource ) ;");
  fs::permissions(ugly, fs::perms::owner_read | fs::perms::owner_write);
  const std::string link = folder + "/link.cedar";
  fs::create_symlink("p.cedar", link);
  EXPECT_EQ(command.run({"policy", "format", link}), kExitOk) << command.err.str();
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(content("p.cedar"), "permit (principal, action, resource);\n");
  EXPECT_EQ(fs::status(ugly).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  const std::string first = set("a", "permit(principal,action,resource);");
  EXPECT_EQ(command.run({"policy", "format", first, set("b", "permit(")}), kExitRefused);
  EXPECT_EQ(content("a.cedar"), "permit(principal,action,resource);") << "not half of them";
}

TEST_F(PolicyVerbs, TestAsksEveryCaseOfTheFileBesideIt) {
  set("p", kGuarded);
  file("p.test.json", kCases);
  EXPECT_EQ(command.run({"policy", "test", folder}), kExitOk) << command.out.str();
  EXPECT_TRUE(printed("2 passed, 0 failed"));
  const std::string open = set("open", "permit(principal, action, resource);");
  EXPECT_EQ(command.run({"policy", "test", folder + "/p.test.json", "--policy", open, "--junit",
                         folder + "/out.xml"}),
            kExitRefused);
  EXPECT_TRUE(printed("verdict is `allow`, expected `hold`"));
  set("p", "forbid(principal, action in Ambit::Action::\"write\", resource);");
  EXPECT_EQ(command.run({"policy", "test", folder + "/p.test.json"}), kExitRefused);
  EXPECT_TRUE(printed("because: policy `p#0` forbids it")) << command.out.str();
  set("p", kGuarded);
  EXPECT_EQ(command.run({"policy", "test", folder + "/p.test.json", "--policy", open, "--junit",
                         folder + "/out.xml"}),
            kExitRefused);
  EXPECT_TRUE(printed("1 passed, 1 failed"));
  const std::string xml = content("out.xml");
  EXPECT_NE(xml.find("<testsuite name=\"p\" tests=\"2\" failures=\"1\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("name=\"writes &lt;&amp;&gt;\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("<failure message="), std::string::npos);
  EXPECT_EQ(command.run({"policy", "test", folder, "--json"}), kExitOk);
  EXPECT_EQ(json().find("cases")->as_array().size(), 2u);
}

TEST_F(PolicyVerbs, AFileThatCannotBeAskedHidesNoOther) {
  set("a", "permit(");
  file("a.test.json", kCases);
  set("b", kGuarded);
  file("b.test.json", R"({"cases": []})");
  file("c.test.json", "{\"cases\": [\n 1,]}");
  set("p", kGuarded);
  file("p.test.json", kCases);
  EXPECT_EQ(command.run({"policy", "test", folder, "--junit", folder + "/out.xml"}), kExitRefused);
  EXPECT_TRUE(printed("FAIL a: not asked")) << command.out.str();
  EXPECT_TRUE(printed("ok   p: 2 of 2"));
  EXPECT_TRUE(printed("2 passed, 0 failed, 3 files not asked"));
  EXPECT_TRUE(complained("cedar.syntax: `a`, line 1, column 8")) << command.err.str();
  EXPECT_TRUE(complained("usage.tests: there is no case to ask in"));
  EXPECT_TRUE(complained("c.test.json`: line 2, column 4: expected a value"));
  const std::string xml = content("out.xml");
  EXPECT_NE(xml.find("<testsuite name=\"a\" tests=\"1\" failures=\"0\" errors=\"1\""),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("type=\"cedar.syntax\""), std::string::npos);
  EXPECT_NE(xml.find("<testsuite name=\"p\" tests=\"2\" failures=\"0\" errors=\"0\""),
            std::string::npos);
  EXPECT_EQ(command.run({"policy", "test", folder, "--json"}), kExitRefused);
  EXPECT_FALSE(json().find("ok")->as_bool());
  EXPECT_EQ(json().find("errors")->as_array().size(), 3u);
}

TEST_F(PolicyVerbs, JUnitHoldsOnlyWhatXmlCan) {
  set("p", "permit(principal, action, resource);");
  file("p.test.json", R"({"cases":[{"name":"a\uFFFEb\uFFFFc\u0001",
      "request":{"tool":"f/r","class":"read"},"expect":{"verdict":"allow"}}]})");
  EXPECT_EQ(command.run({"policy", "test", folder, "--junit", folder + "/out.xml"}), kExitOk);
  EXPECT_NE(content("out.xml").find("name=\"a?b?c\\u{0001}\""), std::string::npos)
      << content("out.xml");
}

TEST_F(PolicyVerbs, ATierTableCountsInTestsAndDiffs) {
  const std::string p = set("p", "permit(principal, action, resource);");
  file("tiers.json", R"({"low": {"approval": [{"approvers": "approver", "quorum": 1}]}})");
  file("p.test.json",
       R"({"tiers": "tiers.json", "cases": [{"name": "a",
           "request": {"tool": "f/r", "class": "read"},
           "expect": {"verdict": "hold", "reasons": ["approval.tier"]}}]})");
  EXPECT_EQ(command.run({"policy", "test", folder}), kExitOk) << command.out.str();
  EXPECT_EQ(command.run({"policy", "diff", "--old", p, "--old-tiers", folder + "/tiers.json",
                         "--new", p, "--fail-on", "loosened"}),
            kExitRefused);
  EXPECT_TRUE(printed("loosens: the low tier needs 0 of `approver`, not 1")) << command.out.str();
  file("tiers.json", R"({"low": {"max_tools": "few"}})");
  EXPECT_EQ(command.run({"policy", "test", folder}), kExitRefused);
  EXPECT_TRUE(complained("`set.tiers.low.max_tools` must be a whole number")) << command.err.str();
}

TEST_F(PolicyVerbs, TestReadsWhichFilesACaseIsAbout) {
  set("base", "permit(principal, action, resource);");
  set("extra", "forbid(principal, action, resource);");
  file("x.test.json",
       R"({"policies":["base.cedar","extra.cedar"],"cases":[{"name":"a",
          "request":{"tool":"f/r","class":"read"},"expect":{"verdict":"deny"}}]})");
  EXPECT_EQ(command.run({"policy", "test", folder}), kExitOk) << command.out.str();
  file("y.test.json", R"({"policies":["missing.cedar"],"cases":[]})");
  EXPECT_EQ(command.run({"policy", "test", folder}), kExitUsage);
}

TEST_F(PolicyVerbs, ExplainShowsEachConditionWithItsValue) {
  const std::string policies =
      set("p",
          "permit(principal, action, resource);\n"
          "@id(\"limit\") forbid(principal, action, resource) when { context.session.calls > 2 && "
          "context.outcome == \"pay\" } unless { context has approval };\n"
          "forbid(principal == Ambit::Agent::\"x\", action, resource);");
  const std::string request =
      file("r.json", R"({"tool":"b/pay","class":"write","outcome":"pay","session":{"calls":3}})");
  EXPECT_EQ(command.run({"policy", "explain", policies, "--request", request}), kExitOk)
      << command.err.str();
  EXPECT_TRUE(printed("deny\n")) << command.out.str();
  EXPECT_TRUE(printed("forbid limit (p#1)  forbids"));
  EXPECT_TRUE(printed("context.session.calls  =>  3"));
  EXPECT_TRUE(printed("context.outcome == \"pay\"  =>  true"));
  EXPECT_TRUE(printed("unless context has approval  =>  false"));
  EXPECT_TRUE(printed("permit p#0  permits"));
  EXPECT_TRUE(printed("1 policy is not about this"));
  EXPECT_EQ(command.run({"policy", "explain", policies, "--request", request, "--json"}), kExitOk);
  const text::Json answer = json();
  EXPECT_EQ(answer.find("decision")->string_or("verdict", ""), "deny");
  const text::Json& question = answer.find("questions")->as_array().at(0);
  EXPECT_EQ(question.string_or("resource", ""), "Ambit::Server::\"b\"");
  EXPECT_EQ(question.find("policies")->as_array().size(), 3u);
}

TEST_F(PolicyVerbs, ExplainTakesACaseOfATestDocument) {
  const std::string policies = set("p", kGuarded);
  const std::string cases = file("p.test.json", kCases);
  EXPECT_EQ(
      command.run({"policy", "explain", policies, "--request", cases, "--case", "writes <&>"}),
      kExitOk);
  EXPECT_TRUE(printed("hold\n")) << command.out.str();
  EXPECT_TRUE(printed("needs 1 of `approver`"));
  EXPECT_EQ(command.run({"policy", "explain", policies, "--request", cases, "--case", "none"}),
            kExitUsage);
  EXPECT_EQ(command.run({"policy", "explain", policies}), kExitUsage);
}

TEST_F(PolicyVerbs, DiffSaysWhatIsLoosenedAndWhichRequestsMove) {
  const std::string before = set("before", kGuarded);
  const std::string after = set("after", "@id(\"all\") permit(principal, action, resource);");
  const std::string cases = file("c.test.json", kCases);
  EXPECT_EQ(command.run({"policy", "diff", "--old", before, "--new", after, "--cases", cases}),
            kExitOk)
      << command.err.str();
  EXPECT_TRUE(printed("loosens: forbid `guard` is removed")) << command.out.str();
  EXPECT_TRUE(printed("1 of 2 requests change verdict"));
  EXPECT_EQ(command.run({"policy", "diff", "--old", before, "--new", after, "--cases", cases,
                         "--fail-on", "loosened", "--json"}),
            kExitRefused);
  const text::Json moved = json().find("changes")->as_array().at(0);
  EXPECT_EQ(moved.string_or("before", ""), "hold");
  EXPECT_EQ(moved.string_or("after", ""), "allow");
  EXPECT_TRUE(moved.find("loosens")->as_bool());
  EXPECT_EQ(
      command.run({"policy", "diff", "--old", after, "--new", before, "--fail-on", "loosened"}),
      kExitOk)
      << "it only tightens";
  EXPECT_EQ(command.run({"policy", "diff", "--old", before, "--new", before, "--fail-on", "any"}),
            kExitOk);
}

TEST_F(PolicyVerbs, DiffComparesWithWhatIsInForce) {
  command.answer("GET /v1/policies", 200,
                 R"({"version":1,"digest":"sha256:1","policies":{"p":"forbid(principal, action, )"
                 R"(resource);"},"high_tier_needs":[{"approvers":"approver","quorum":2}]})");
  EXPECT_EQ(command.run({"policy", "diff", "--new", set("p", "")}), kExitOk) << command.err.str();
  EXPECT_TRUE(printed("loosens: forbid `p#0` is removed")) << command.out.str();
}

TEST_F(PolicyVerbs, ConvertsPoliciesAndSchemasBothWays) {
  const std::string text = "permit (principal, action, resource)\nwhen { context.n == 1 };\n";
  EXPECT_EQ(command.run({"policy", "convert", set("p", text), "--to", "json"}), kExitOk);
  const std::string as_json = file("p.json", command.out.str());
  EXPECT_NE(command.out.str().find("\"staticPolicies\""), std::string::npos);
  EXPECT_EQ(command.run({"policy", "convert", as_json, "--to", "cedar"}), kExitOk);
  EXPECT_EQ(command.out.str(), text);
  EXPECT_EQ(command.run({"policy", "convert", "--schema", file("s.cedarschema", kSchema), "--to",
                         "json", "--out", folder + "/s.json"}),
            kExitOk);
  EXPECT_EQ(command.run({"policy", "convert", "--schema", folder + "/s.json", "--to", "cedar"}),
            kExitOk);
  EXPECT_TRUE(printed("entity Photo"));
  EXPECT_NE(command.run({"policy", "convert", set("q", "permit("), "--to", "json"}), kExitOk);
}

TEST_F(PolicyVerbs, AProposalIsShownBeforeItIsApproved) {
  command.answer("PUT /v1/policies", 202,
                 R"({"id":"prp_1","state":"open","author":"admin","digest":"sha256:2",
                     "before":"sha256:1","loosens":["forbid `x` is removed"],"widens":[],"set":{}})");
  EXPECT_EQ(command.run({"policy", "put", set("p", "permit(principal, action, resource);"),
                         "--note", "ticket 7"}),
            kExitOk);
  EXPECT_EQ(body().string_or("note", ""), "ticket 7");
  EXPECT_TRUE(printed("not yet in force")) << command.out.str();
  EXPECT_TRUE(printed("loosens: forbid `x` is removed"));
  command.answer("GET /v1/policies/proposals/prp_1", 200,
                 R"({"id":"prp_1","state":"open","author":"admin","digest":"sha256:2",
                     "loosens":["forbid `x` is removed"],
                     "set":{"policies":{"p":"permit(principal, action, resource);\n"}},
                     "in_force":{"policies":{"p":"forbid(principal, action, resource);\n"}}})");
  command.answer("POST /v1/policies/proposals/prp_1/approve", 200,
                 R"({"version":2,"digest":"sha256:2","author":"admin","approved_by":"sam"})");
  EXPECT_EQ(command.run({"policy", "approve", "prp_1"}), kExitRefused) << "nobody to ask";
  EXPECT_EQ(command.run({"policy", "approve", "prp_1", "--yes"}), kExitOk);
  EXPECT_TRUE(printed("- forbid(principal, action, resource);")) << command.out.str();
  EXPECT_TRUE(printed("+ permit(principal, action, resource);"));
  EXPECT_EQ(body().string_or("digest", ""), "sha256:2");
}

TEST_F(PolicyVerbs, PutSendsTheTestsAlong) {
  command.answer("PUT /v1/policies", 200, R"({"version":1,"digest":"sha256:1","policies":{}})");
  const std::string policies = set("p", kGuarded);
  const std::string cases = file("p.test.json", kCases);
  EXPECT_EQ(command.run({"policy", "put", policies, "--tests", cases}), kExitOk);
  const text::Json sent = body();
  const text::Json* tests = sent.find("tests");
  ASSERT_NE(tests, nullptr);
  EXPECT_EQ(tests->find("p")->find("cases")->as_array().size(), 2u);
  EXPECT_EQ(tests->find("p")->find("policies"), nullptr) << "about the whole set";
}

TEST_F(PolicyVerbs, ATestThatNamesItsPoliciesStaysAboutThem) {
  command.answer("PUT /v1/policies", 200, R"({"version":1,"digest":"sha256:1","policies":{}})");
  const std::string p = set("p", kGuarded);
  const std::string q = set("q", "permit(principal, action, resource);");
  file("t.json", R"({"high":{"max_tools":3}})");
  std::string document = kCases;
  document.insert(1, R"("policies":["p.cedar"],"tiers":"t.json",)");
  const std::string cases = file("p.test.json", document);
  EXPECT_EQ(command.run({"policy", "put", p, q, "--tests", cases}), kExitOk) << command.err.str();
  const text::Json sent = body();
  const text::Json* test = sent.find("tests")->find("p");
  EXPECT_EQ(text::to_json(*test->find("policies")), R"(["p"])");
  EXPECT_EQ(text::to_json(*test->find("tiers")), R"({"high":{"max_tools":3}})");
  const std::size_t asked = command.requests.size();
  EXPECT_EQ(command.run({"policy", "put", q, "--tests", cases}), kExitUsage);
  EXPECT_TRUE(complained("p.cedar`, which is not among the files")) << command.err.str();
  EXPECT_EQ(command.requests.size(), asked) << "said before anything is sent";
}

}  // namespace
}  // namespace ambit::cli
