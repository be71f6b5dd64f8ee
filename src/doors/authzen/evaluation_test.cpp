#include "doors/authzen/internal/evaluation.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ambit::doors::authzen {
namespace {

std::string body_with(std::string_view context) {
  std::string body = R"({"subject": {"type": "agent", "id": "helper"},
      "action": {"name": "tools/call"}, "resource": {"type": "tool", "id": "files/read"})";
  if (!context.empty()) body += ", \"context\": " + std::string(context);
  return body + "}";
}

TEST(Evaluation, ReadsAllThatIsKnown) {
  const auto read = read_evaluation(body_with(
      R"({"task": "t", "instance": "i", "intent": "why", "justification": "because",
          "arguments": {"path": "/a"}, "unknown": [1]})"));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->subject_type, "agent");
  EXPECT_EQ(read->subject_id, "helper");
  EXPECT_EQ(read->action_name, "tools/call");
  EXPECT_EQ(read->resource_type, "tool");
  EXPECT_EQ(read->resource_id, "files/read");
  EXPECT_EQ(read->task, "t");
  EXPECT_EQ(read->instance, "i");
  EXPECT_EQ(read->intent, "why");
  EXPECT_EQ(read->justification, "because");
  EXPECT_EQ(text::to_json(read->arguments), R"({"path":"/a"})");
}

TEST(Evaluation, ContextAndArgumentsMayBeAbsent) {
  for (const char* context : {"", "null", "{}"}) {
    const auto read = read_evaluation(body_with(context));
    ASSERT_TRUE(read) << context;
    EXPECT_EQ(text::to_json(read->arguments), "{}");
  }
}

TEST(Evaluation, ArgumentsMayStandInTheResourceButNotInBothPlaces) {
  const std::string in_resource =
      R"({"subject": {"type": "agent", "id": "h"}, "action": {"name": "tools/call"},
          "resource": {"type": "tool", "id": "s/t", "properties": {"arguments": {"a": 1}}})";
  const auto read = read_evaluation(in_resource + "}");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(text::to_json(read->arguments), R"({"a":1})");
  const auto both = read_evaluation(in_resource + R"(, "context": {"arguments": {"a": 1}}})");
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().reason, "field.invalid");
}

TEST(Evaluation, ClassifiesWhatIsATool) {
  Evaluation evaluation;
  evaluation.subject_type = "agent";
  evaluation.subject_id = "h";
  evaluation.action_name = "tools/call";
  evaluation.resource_type = "tool";
  evaluation.resource_id = "server/a/b";
  std::string server;
  std::string tool;
  EXPECT_EQ(classify(evaluation, server, tool), nullptr);
  EXPECT_EQ(server, "server");
  EXPECT_EQ(tool, "a/b");
  for (const char* id : {"server", "/tool", "server/", "/"}) {
    evaluation.resource_id = id;
    ASSERT_NE(classify(evaluation, server, tool), nullptr) << id;
    EXPECT_STREQ(classify(evaluation, server, tool)->code, "authzen.resource");
  }
}

service::Released released(domain::Verdict verdict) {
  service::Released out;
  out.decision_id = "dec_1";
  out.decision.verdict = verdict;
  out.revision = {3, 9};
  return out;
}

TEST(WriteAnswer, GivesTheCanonicalArgumentsOnAllow) {
  auto allow = released(domain::Verdict::kAllow);
  allow.canonical_arguments = R"({"a":1,"b":[]})";
  allow.ledger_index = 7;
  EXPECT_EQ(write_answer(allow),
            R"({"decision":true,"context":{"id":"dec_1","verdict":"allow","reasons":[],)"
            R"("ledger_index":7,"revision":{"policy":3,"epoch":9},"arguments":{"a":1,"b":[]}}})");
}

TEST(WriteAnswer, NeverGivesArgumentsOtherwise) {
  for (const auto verdict : {domain::Verdict::kDeny, domain::Verdict::kHold}) {
    auto refused = released(verdict);
    refused.canonical_arguments = R"({"a":1})";
    const std::string answer = write_answer(refused);
    EXPECT_TRUE(answer.starts_with("{\"decision\":false,")) << answer;
    EXPECT_EQ(answer.find("arguments"), std::string::npos) << answer;
  }
}

TEST(WriteAnswer, NamesTheApprovalOnHold) {
  auto hold = released(domain::Verdict::kHold);
  hold.decision.reasons = {{"approval.required", "wants \"one\"", "ask"}};
  hold.approval = "apr_1";
  hold.approval_expires = Time{0};
  EXPECT_EQ(write_answer(hold),
            R"({"decision":false,"context":{"id":"dec_1","verdict":"hold","reasons":[)"
            R"({"code":"approval.required","message":"wants \"one\"","remedy":"ask"}],)"
            R"("revision":{"policy":3,"epoch":9},)"
            R"("approval":{"id":"apr_1","expires_at":"1970-01-01T00:00:00.000Z"}}})");
}

TEST(WriteAnswer, IsAlwaysStrictJson) {
  EXPECT_TRUE(rc::check([](std::vector<std::string> texts) {
    auto refused = released(domain::Verdict::kDeny);
    for (std::string& text : texts) {
      for (char& c : text) c = static_cast<char>(c & 0x7f);
      refused.decision.reasons.push_back({text, text, text});
    }
    RC_ASSERT(text::parse_json(write_answer(refused)).has_value());
  }));
}

TEST(WriteError, IsClosedAndSaysWhy) {
  EXPECT_EQ(write_error({Code::kInvalid, "field.missing", "`subject` is missing"}),
            R"({"decision":false,"context":{"verdict":"deny","error":{"status":400,)"
            R"("message":"`subject` is missing"},"reasons":[{"code":"field.missing",)"
            R"("message":"`subject` is missing","remedy":""}]}})");
}

}  // namespace
}  // namespace ambit::doors::authzen
