#include <gtest/gtest.h>

#include "doors/authzen/authzen_fixture.h"

namespace ambit::doors::authzen {
namespace {

constexpr const char* kDecision = "/v1/data/ambit/decision";
constexpr const char* kAllow = "/v1/data/ambit/allow";
constexpr const char* kTools = "/v1/data/ambit/tools";

class Opa : public Authzen {
 public:
  // As the AI SDK sends it, by the enforcement point.
  std::string call(const std::string& tool, const std::string& arguments) {
    return R"({"input": {"tool": {"name": ")" + tool + R"("}, "args": )" + arguments +
           R"(, "messages": [], "runtimeContext": {"agent": "helper", "task": ")" + task_id +
           "\"}}}";
  }

  text::Json result(const std::string& path, const std::string& request) {
    const text::Json whole = answer(path, request);
    const text::Json* found = whole.find("result");
    EXPECT_NE(found, nullptr) << text::to_json(whole);
    return found != nullptr ? *found : text::Json();
  }
};

TEST(OpaDoor, DecidesAndRecords) {
  Opa opa;
  const text::Json whole = opa.answer(kDecision, opa.call("read", R"({"path": "/docs/a"})"));
  const text::Json* result = whole.find("result");
  EXPECT_EQ(result->string_or("decision", ""), "allow");
  EXPECT_TRUE(result->find("allow")->as_bool());
  EXPECT_NE(result->find("revision"), nullptr);
  EXPECT_EQ(text::to_json(*result->find("arguments")), R"({"path":"/docs/a"})");
  EXPECT_EQ(result->find("ledger_index")->as_int(), static_cast<std::int64_t>(opa.log.size()) - 1);
  const text::Json record = fakes::records_of(opa.log, "decision", opa.vault.get()).back();
  EXPECT_EQ(record.string_or("id", ""), whole.string_or("decision_id", "?"));
  EXPECT_EQ(record.string_or("tool", ""), "read");
}

TEST(OpaDoor, ADenialSaysWhy) {
  Opa opa;
  const text::Json result = opa.result(kDecision, opa.call("files__read", R"({"path": "/etc"})"));
  EXPECT_EQ(result.string_or("decision", ""), "deny");
  EXPECT_TRUE(result.string_or("reason", "").starts_with("scope.target: "))
      << result.string_or("reason", "");
}

TEST(OpaDoor, AHoldIsADenialThatNamesItsApproval) {
  Opa opa;
  const text::Json result = opa.result(kDecision, opa.call("pay", R"({"account": "a"})"));
  EXPECT_EQ(result.string_or("decision", ""), "deny");
  EXPECT_EQ(result.string_or("verdict", ""), "hold");
  EXPECT_TRUE(result.find("approval")->string_or("id", "").starts_with("apr_"));
}

TEST(OpaDoor, AnswersYesOrNo) {
  Opa opa;
  EXPECT_EQ(opa.result(kAllow, opa.call("read", R"({"path": "/docs/a"})")), text::Json(true));
  EXPECT_EQ(opa.result(kAllow, opa.call("read", R"({"path": "/etc"})")), text::Json(false));
  EXPECT_EQ(opa.result(kAllow, opa.call("nothing", "{}")), text::Json(false));
}

TEST(OpaDoor, AToolNobodyKnowsIsDenied) {
  Opa opa;
  const text::Json unknown = opa.result(kDecision, opa.call("nothing", "{}"));
  EXPECT_EQ(unknown.string_or("decision", ""), "deny");
  EXPECT_TRUE(unknown.string_or("reason", "").starts_with("opa.tool: "));
  const text::Json full = opa.result(kDecision, opa.call("files/nothing", "{}"));
  EXPECT_EQ(full.find("reasons")->as_array().front().string_or("code", ""), "tool.unknown");
}

TEST(OpaDoor, ATaskNeedNotSayWhoItIs) {
  Opa opa;
  const auto ask = [&](const std::string& request) {
    return opa.send_json(opa.credential, "POST", kDecision, request);
  };
  const auto own = ask(R"({"input": {"tool": {"name": "read"}, "args": {"path": "/docs/a"}}})");
  EXPECT_EQ(json(own.body).find("result")->string_or("decision", ""), "allow") << own.body;
  EXPECT_EQ(ask(opa.call("read", R"({"path": "/docs/a"})")).status, 200);
  const auto other = ask(R"({"input": {"tool": "files/read", "agent": "other"}})");
  EXPECT_EQ(other.status, 403);
  EXPECT_EQ(json(other.body).string_or("code", ""), "unauthorized");
}

TEST(OpaDoor, TakesAnEvaluationAsInput) {
  Opa opa;
  EXPECT_EQ(opa.result(kDecision, R"({"input": )" + opa.body() + "}").string_or("decision", ""),
            "allow");
  const text::Json not_ours = opa.result(kDecision, R"({"input": {
      "subject": {"type": "user", "id": "alice"}, "action": {"name": "read"},
      "resource": {"type": "record", "id": "1"}}})");
  EXPECT_EQ(not_ours.string_or("decision", ""), "deny");
}

// The list that a framework narrows a model's tools to: what may be called, if need be with an
// approval.
TEST(OpaDoor, ListsTheToolsOfATask) {
  Opa opa;
  const auto own =
      opa.send_json(opa.credential, "POST", kTools, R"({"input": {"messages": [], "tools": 1}})");
  EXPECT_EQ(text::to_json(*json(own.body).find("result")), R"(["files/read","read"])")
      << "a bearer is no good for the high tier";
  EXPECT_TRUE(json(own.body).string_or("decision_id", "").starts_with("sea_"));
  const std::string named =
      R"({"input": {"runtimeContext": {"agent": "helper", "task": ")" + opa.task_id + "\"}}}";
  EXPECT_EQ(text::to_json(opa.result(kTools, named)), R"(["files/pay","pay","files/read","read"])");
  opa.publish("forbid(principal, action, resource);");
  EXPECT_EQ(opa.result(kTools, named).as_array().size(), 0u);
  EXPECT_EQ(opa.post(kTools, R"({"input": {}})").status, 400) << "whose tools?";
  EXPECT_EQ(opa.decisions_recorded(), 0u);
}

TEST(OpaDoor, APathThatIsNotDefinedIsUndefined) {
  Opa opa;
  const std::uint64_t before = opa.log.size();
  for (const char* path : {"/v1/data/ambit", "/v1/data/ambit/decisions", "/v1/data/a/b/c",
                           "/v1/data/ambit/decision/reason", "/v1/data/"}) {
    const auto response = opa.post(path, opa.call("read", R"({"path": "/docs/a"})"));
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(response.body, "{}") << path;
    EXPECT_EQ(opa.send("POST", path, {{"Content-Type", "application/json"}}, "{}").status, 401);
    EXPECT_EQ(opa.send_json(opa.gate_token, "PUT", path, "{}").status, 405) << path;
  }
  EXPECT_EQ(opa.log.size(), before);
  EXPECT_EQ(opa.post("/v0/data/ambit/decision", "{}").status, 404);
}

TEST(OpaDoor, RefusesWhatIsMalformedInTheFormOfOpa) {
  Opa opa;
  for (const char* request :
       {"{", "[]", "{}", R"({"input": 1})", R"({"input": {}})", R"({"input": {"tool": 7}})",
        R"({"input": {"tool": "read", "agent": "helper"}})", R"({"input": {"tool": "read"}})"}) {
    const auto response = opa.post(kDecision, request);
    EXPECT_EQ(response.status, 400) << request;
    EXPECT_EQ(json(response.body).string_or("code", ""), "invalid_parameter") << request;
    EXPECT_NE(json(response.body).string_or("message", ""), "") << request;
  }
  const auto text = opa.send(
      "POST", kDecision,
      {{"Authorization", "Bearer " + opa.gate_token}, {"Content-Type", "application/yaml"}},
      opa.call("read", "{}"));
  EXPECT_EQ(text.status, 415);
  EXPECT_EQ(opa.send_json(opa.gate_token, "GET", kDecision).status, 405);
}

TEST(OpaDoor, WantsACredentialAndARole) {
  Opa opa;
  const auto bare =
      opa.send("POST", kDecision, {{"Content-Type", "application/json"}}, opa.call("read", "{}"));
  EXPECT_EQ(bare.status, 401);
  EXPECT_EQ(json(bare.body).string_or("code", ""), "unauthorized");
  EXPECT_NE(bare.header("www-authenticate"), "");
  for (const char* path : {kDecision, kAllow, kTools, "/v1/data/x"}) {
    const auto reader =
        opa.send_json(opa.issue_token("audit"), "POST", path, opa.call("read", "{}"));
    EXPECT_EQ(reader.status, 403) << path;
  }
}

TEST(OpaDoor, WithoutEvidenceNothingIsAllowed) {
  Opa opa;
  opa.log.break_disk("gone");
  const text::Json result = opa.result(kDecision, opa.call("read", R"({"path": "/docs/a"})"));
  EXPECT_EQ(result.string_or("decision", ""), "deny");
  EXPECT_EQ(result.find("arguments"), nullptr);
}

}  // namespace
}  // namespace ambit::doors::authzen
