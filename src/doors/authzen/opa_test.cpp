#include "doors/authzen/internal/opa.h"

#include <gtest/gtest.h>

namespace ambit::doors::authzen {
namespace {

OpaCall call(const std::string& input) {
  auto read = read_opa_input("{\"input\": " + input + "}");
  if (!read) ADD_FAILURE() << read.error().message << ": " << input;
  if (!read || !std::holds_alternative<OpaCall>(*read)) return {};
  return std::get<OpaCall>(*std::move(read));
}

std::string reason(const std::string& body) {
  const auto read = read_opa_input(body);
  return read ? "none" : read.error().reason;
}

TEST(OpaInput, ReadsWhatFrameworksSend) {
  const char* inputs[] = {
      // AI SDK: a tool, its arguments, the conversation and the application's own context
      R"({"tool": {"name": "read"}, "args": {"path": "/a"}, "messages": [{"role": "user"}],
          "runtimeContext": {"agent": "helper", "task": "t"}})",
      // hooks of coding agents
      R"({"tool_name": "read", "tool_input": {"path": "/a"}, "agent": "helper", "task": "t"})",
      // a message of MCP
      R"({"method": "tools/call", "params": {"name": "read", "arguments": {"path": "/a"}},
          "context": {"agent": "helper", "task": "t"}})",
      // plain
      R"({"tool": "read", "arguments": {"path": "/a"}, "agent": "helper", "task": "t"})"};
  for (const char* input : inputs) {
    const OpaCall read = call(input);
    EXPECT_EQ(read.tool, "read") << input;
    EXPECT_EQ(read.agent, "helper") << input;
    EXPECT_EQ(read.task, "t") << input;
    ASSERT_TRUE(read.arguments) << input;
    EXPECT_EQ(text::to_json(*read.arguments), R"({"path":"/a"})") << input;
  }
  const OpaCall server = call(R"({"tool": {"name": "read", "server": "files"}, "args": null})");
  EXPECT_EQ(server.server, "files");
  EXPECT_FALSE(server.arguments);
  EXPECT_EQ(call(R"({"tool": "x", "instance": "i", "intent": "w", "justification": "j"})").intent,
            "w");
}

TEST(OpaInput, ReadsAnEvaluation) {
  const auto read = read_opa_input(R"({"input": {"subject": {"type": "agent", "id": "helper"},
      "action": {"name": "tools/call"}, "resource": {"type": "tool", "id": "files/read"}}})");
  ASSERT_TRUE(read);
  ASSERT_TRUE(std::holds_alternative<Evaluation>(*read));
  EXPECT_EQ(std::get<Evaluation>(*read).resource_id, "files/read");
}

TEST(OpaInput, WhatIsSaidTwiceIsSaidAlike) {
  EXPECT_EQ(call(R"({"tool": "read", "tool_name": "read", "task": "t",
                     "runtimeContext": {"task": "t"}})")
                .task,
            "t");
  EXPECT_EQ(reason(R"({"input": {"tool": "read", "tool_name": "write"}})"), "field.invalid");
  EXPECT_EQ(reason(R"({"input": {"tool": "x", "task": "t", "runtimeContext": {"task": "u"}}})"),
            "field.invalid");
  EXPECT_EQ(reason(R"({"input": {"tool": "x", "args": {}, "arguments": {}}})"), "field.invalid");
  EXPECT_EQ(reason(R"({"input": {"method": "tools/call", "args": {},
                                 "params": {"name": "x", "arguments": {}}}})"),
            "field.invalid");
}

TEST(OpaInput, RefusesOtherForms) {
  EXPECT_EQ(reason(""), "json.syntax");
  EXPECT_EQ(reason("[]"), "field.type");
  EXPECT_EQ(reason("{}"), "field.missing");
  for (const char* input :
       {"null", "[]", "\"x\"", R"({"tool": 7})", R"({"tool": []})",
        R"({"tool": "x", "args": "path"})", R"({"tool": "x", "args": []})",
        R"({"tool": {"name": 1}})", R"({"tool": "x", "agent": {}})",
        R"({"tool": "x", "runtimeContext": {"task": 1}})", R"({"method": "prompts/get"})",
        R"({"method": 1})", R"({"method": "tools/call", "params": []})"}) {
    EXPECT_EQ(reason("{\"input\": " + std::string(input) + "}"), "field.invalid") << input;
  }
  EXPECT_EQ(reason(R"({"input": {"tool": "x", "tool": "y"}})"), "json.duplicate_key");
}

TEST(OpaTools, AreFoundByTheNamesThatFrameworksUse) {
  const std::vector<std::string> tools{"files/read", "files/write", "mail/read", "mail/send_now"};
  for (const char* name : {"send_now", "mail/send_now", "mail__send_now", "mail.send_now",
                           "mail___send_now", "mcp__mail__send_now"}) {
    EXPECT_EQ(find_tool(name, tools), "mail/send_now") << name;
  }
  EXPECT_EQ(find_tool("files__read", tools), "files/read");
  EXPECT_EQ(find_tool("read", tools), "") << "there are two";
  for (const char* name :
       {"", "/", "send", "files", "mailsend_now", "mail_send_now", "mcp__send_now",
        "files__send_now", "mcp__mail__", "mail__send_now_", "xmail__send_now"}) {
    EXPECT_EQ(find_tool(name, tools), "") << name;
  }
  EXPECT_EQ(find_tool("read", {"files/read", "files/read"}), "files/read");
}

TEST(OpaTools, AreListedAloneOnlyWhereThatIsClear) {
  EXPECT_EQ(names_of({"files/read", "mail/send"}, {"files/read", "mail/read", "mail/send"}),
            (std::vector<std::string>{"files/read", "mail/send", "send"}));
}

service::Released released(domain::Verdict verdict) {
  service::Released out;
  out.decision_id = "dec_1";
  out.decision.verdict = verdict;
  out.revision = {1, 2};
  return out;
}

TEST(OpaAnswer, NamesDecisionAndReason) {
  auto allow = released(domain::Verdict::kAllow);
  allow.canonical_arguments = "{}";
  EXPECT_EQ(write_opa_decision(allow),
            R"({"decision_id":"dec_1","result":{"decision":"allow","allow":true,)"
            R"("reason":"allowed","verdict":"allow","reasons":[],)"
            R"("revision":{"policy":1,"epoch":2},"arguments":{}}})");
  auto deny = released(domain::Verdict::kDeny);
  deny.decision.reasons = {{"a.b", "no", "ask"}, {"c.d", "never", ""}};
  EXPECT_EQ(write_opa_decision(deny),
            R"({"decision_id":"dec_1","result":{"decision":"deny","allow":false,)"
            R"("reason":"a.b: no (ask); c.d: never","verdict":"deny","reasons":[)"
            R"({"code":"a.b","message":"no","remedy":"ask"},)"
            R"({"code":"c.d","message":"never","remedy":""}],)"
            R"("revision":{"policy":1,"epoch":2}}})");
}

// `requires-approval` would let the application's own user wave the call through.
TEST(OpaAnswer, AHoldIsADenial) {
  auto hold = released(domain::Verdict::kHold);
  hold.approval = "apr_1";
  const auto answer = text::parse_json(write_opa_decision(hold));
  ASSERT_TRUE(answer);
  const text::Json* result = answer->find("result");
  EXPECT_EQ(result->string_or("decision", ""), "deny");
  EXPECT_FALSE(result->find("allow")->as_bool());
  EXPECT_EQ(result->string_or("verdict", ""), "hold");
  EXPECT_EQ(result->find("approval")->string_or("id", ""), "apr_1");
}

TEST(OpaAnswer, SaysWhenAListIsNotWhole) {
  EXPECT_EQ(write_opa_list("sea_1", text::Json::array({"a"}), false),
            R"({"decision_id":"sea_1","result":["a"]})");
  const auto cut = text::parse_json(write_opa_list("sea_1", text::Json::array({"a"}), true));
  EXPECT_EQ(cut->find("warning")->string_or("code", ""), "incomplete");
}

TEST(OpaError, HasTheFormOfOpa) {
  const auto response = opa_error(400, {Code::kInvalid, "field.missing", "`input` is missing"});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, R"({"code":"invalid_parameter","message":"`input` is missing",)"
                           R"("errors":[{"code":"field.missing",)"
                           R"("message":"`input` is missing"}]})");
  EXPECT_NE(opa_error(401, {}).body.find("\"unauthorized\""), std::string::npos);
  EXPECT_NE(opa_error(503, {}).body.find("\"internal_error\""), std::string::npos);
}

}  // namespace
}  // namespace ambit::doors::authzen
