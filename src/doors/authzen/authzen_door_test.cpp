#include "doors/authzen/authzen_door.h"

#include <gtest/gtest.h>

#include "doors/authzen/authzen_fixture.h"

namespace ambit::doors::authzen {
namespace {

constexpr const char* kPath = kEvaluationPath;

TEST(AuthzenDoor, AllowsWhatTheTaskCovers) {
  Authzen authzen;
  const auto response =
      authzen.ask(authzen.body("files/read", R"({"path": "/docs/a", "lines": 2})"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("content-type"), "application/json");
  const text::Json answer = json(response.body);
  EXPECT_TRUE(allowed(answer)) << response.body;
  const text::Json* context = answer.find("context");
  EXPECT_EQ(context->string_or("verdict", ""), "allow");
  EXPECT_TRUE(context->string_or("id", "").starts_with("dec_"));
  EXPECT_EQ(context->find("ledger_index")->as_int(),
            static_cast<std::int64_t>(authzen.log.size()) - 1);
  // Exactly the canonical bytes that were decided.
  EXPECT_NE(response.body.find(R"("arguments":{"lines":2,"path":"/docs/a"})"), std::string::npos)
      << response.body;
}

TEST(AuthzenDoor, ADenialIsAnAnswerAndNotAnError) {
  Authzen authzen;
  const text::Json answer = authzen.decision(authzen.body("files/read", R"({"path": "/etc/x"})"));
  EXPECT_FALSE(allowed(answer));
  EXPECT_EQ(answer.find("context")->string_or("verdict", ""), "deny");
  EXPECT_NE(first_reason(answer), "");
}

TEST(AuthzenDoor, AHoldNamesItsApproval) {
  Authzen authzen;
  const text::Json answer = authzen.decision(authzen.body("files/pay", R"({"account": "a"})"));
  EXPECT_FALSE(allowed(answer));
  EXPECT_EQ(answer.find("context")->string_or("verdict", ""), "hold");
  const text::Json* approval = answer.find("context")->find("approval");
  ASSERT_NE(approval, nullptr);
  EXPECT_TRUE(approval->string_or("id", "").starts_with("apr_"));
  EXPECT_NE(approval->string_or("expires_at", ""), "");
}

TEST(AuthzenDoor, Requirement_E16_DeniesWhateverItDoesNotKnow) {
  Authzen authzen;
  ASSERT_TRUE(allowed(authzen.decision(authzen.body())));
  const std::string arguments = R"({"path": "/docs/a"})";
  for (const std::string& request :
       {authzen.body("files/nothing"), authzen.body("nowhere/read"),
        authzen.body("files/unapproved", "{}"), authzen.body("files/read", arguments, "nobody"),
        authzen.body("files/read", arguments, "helper", "tsk_none"),
        authzen.body("files/read", arguments, "helper", ""),
        authzen.body("files/read", R"({"path": "/elsewhere"})"),
        authzen.body("files/read", R"({"path": "relative"})"),
        authzen.body("files/read", R"({"path": "/docs/a", "undeclared": 1})"),
        authzen.body("files/read", "{}")}) {
    const text::Json answer = authzen.decision(request);
    EXPECT_FALSE(allowed(answer)) << request;
    EXPECT_NE(first_reason(answer), "") << request;
  }
  authzen.must([&](service::Answer done) {
    authzen.service->policies().put(
        authzen.admin(), json(R"({"policies": {"all": "permit(principal, action, resource);",
                 "broken": "forbid(principal, action, resource) when { 9223372036854775807 + context.task.depth + 1 > 0 };"},
                 "expected_newly_denied": 1})"),
        done);
  });
  const text::Json answer = authzen.decision(authzen.body());
  EXPECT_FALSE(allowed(answer)) << "a forbid that fails to evaluate must deny";
}

TEST(AuthzenDoor, Requirement_E1_AValidTokenAloneNeverSuffices) {
  Authzen authzen;
  ASSERT_TRUE(allowed(authzen.decision(authzen.body())));
  // The same token, agent and task a moment later: each action is decided by itself.
  EXPECT_FALSE(allowed(authzen.decision(authzen.body("files/read", R"({"path": "/etc/x"})"))));
  authzen.must([&](service::Answer done) {
    authzen.service->policies().put(authzen.admin(),
                                    json(R"({"policies": {}, "expected_newly_denied": 1})"), done);
  });
  const text::Json no_policy = authzen.decision(authzen.body());
  EXPECT_FALSE(allowed(no_policy));
  EXPECT_EQ(first_reason(no_policy), "policy.no_permit");
  // No decision, no action: without evidence there is none.
  authzen.log.break_disk("gone");
  EXPECT_FALSE(allowed(authzen.decision(authzen.body())));
}

TEST(AuthzenDoor, DeniesWithoutArgumentsWhenTheRecordCannotBeKept) {
  Authzen authzen;
  authzen.log.fail_next(1, {Code::kUnavailable, "ledger.unwritable", "no space left"});
  const auto response = authzen.ask(authzen.body());
  EXPECT_EQ(response.status, 200);
  const text::Json answer = json(response.body);
  EXPECT_FALSE(allowed(answer));
  EXPECT_EQ(first_reason(answer), "ledger.unwritable");
  EXPECT_EQ(answer.find("context")->find("ledger_index"), nullptr);
  EXPECT_EQ(answer.find("context")->find("arguments"), nullptr);
  EXPECT_TRUE(allowed(authzen.decision(authzen.body())));
}

TEST(AuthzenDoor, AnswersOnlyAfterTheRecordIsDurable) {
  Authzen authzen;
  authzen.log.hold();
  bool answered = false;
  net::ClientRequest request{.method = "POST", .url = authzen.url + kPath};
  request.headers = {{"Authorization", "Bearer " + authzen.gate_token},
                     {"Content-Type", "application/json"}};
  request.body = authzen.body();
  authzen.client->request(std::move(request), [&](Result<net::HttpResponse> response) {
    answered = true;
    EXPECT_TRUE(response && allowed(json(response->body)));
  });
  authzen.until([&] { return authzen.log.held() >= 1; });
  // A round trip on another connection: what was to come has come.
  authzen.send("GET", "/.well-known/authzen-configuration");
  EXPECT_FALSE(answered);
  authzen.log.release();
  authzen.until([&] { return answered; });
}

TEST(AuthzenDoor, WhatIsNoToolCallIsDeniedWithAReason) {
  Authzen authzen;
  const auto with = [](const std::string& subject, const std::string& action,
                       const std::string& resource) {
    return R"({"subject": {"type": ")" + subject + R"(", "id": "alice"}, "action": {"name": ")" +
           action + R"("}, "resource": {"type": ")" + resource + R"(", "id": "record-1"}})";
  };
  EXPECT_EQ(first_reason(authzen.decision(with("user", "tools/call", "tool"))),
            "authzen.subject_type");
  EXPECT_EQ(first_reason(authzen.decision(with("agent", "read", "tool"))), "authzen.action");
  EXPECT_EQ(first_reason(authzen.decision(with("agent", "tools/call", "record"))),
            "authzen.resource");
  EXPECT_EQ(first_reason(authzen.decision(with("agent", "tools/call", "tool"))),
            "authzen.resource");
  EXPECT_FALSE(allowed(authzen.decision(with("user", "read", "record"))));
}

struct BadRequest {
  const char* name;
  std::string body;
};

TEST(AuthzenDoor, RefusesMalformedRequestsWith400AndStaysUp) {
  Authzen authzen;
  const std::string subject = R"("subject": {"type": "agent", "id": "helper"})";
  const std::string action = R"("action": {"name": "tools/call"})";
  const std::string resource = R"("resource": {"type": "tool", "id": "files/read"})";
  const BadRequest bad[] = {
      {"empty", ""},
      {"malformed", "{"},
      {"array", "[]"},
      {"text", "\"x\""},
      {"null", "null"},
      {"no subject", "{" + action + "," + resource + "}"},
      {"no action", "{" + subject + "," + resource + "}"},
      {"no resource", "{" + subject + "," + action + "}"},
      {"subject without type", R"({"subject": {"id": "h"},)" + action + "," + resource + "}"},
      {"subject without id", R"({"subject": {"type": "agent"},)" + action + "," + resource + "}"},
      {"action without name", "{" + subject + R"(, "action": {},)" + resource + "}"},
      {"resource without type", "{" + subject + "," + action + R"(, "resource": {"id": "x"}})"},
      {"resource without id", "{" + subject + "," + action + R"(, "resource": {"type": "tool"}})"},
      {"subject a text", R"({"subject": "h",)" + action + "," + resource + "}"},
      {"id a number", R"({"subject": {"type": "agent", "id": 7},)" + action + "," + resource + "}"},
      {"name null", "{" + subject + R"(, "action": {"name": null},)" + resource + "}"},
      {"type an array", "{" + subject + "," + action + R"(, "resource": {"type": [], "id": "x"}})"},
      {"context a text", "{" + subject + "," + action + "," + resource + R"(, "context": "x"})"},
      {"arguments a text",
       "{" + subject + "," + action + "," + resource + R"(, "context": {"arguments": "x"}})"},
      {"properties a text", "{" + subject + "," + action +
                                R"(, "resource": {"type": "t", "id": "i", "properties": "x"}})"},
      {"duplicate key", "{" + subject + "," + subject + "," + action + "," + resource + "}"},
      {"duplicate argument", "{" + subject + "," + action + "," + resource +
                                 R"(, "context": {"arguments": {"path": "/a", "path": "/b"}}})"},
      {"bad UTF-8", "{" + subject + "," + action + "," + resource + ", \"x\": \"\xff\"}"},
      {"deep", "{" + subject + "," + action + "," + resource + ", \"x\": " + std::string(100, '[') +
                   std::string(100, ']') + "}"},
  };
  const std::uint64_t before = authzen.log.size();
  for (const BadRequest& one : bad) {
    const auto response = authzen.send(
        "POST", kPath,
        {{"Authorization", "Bearer " + authzen.gate_token}, {"Content-Type", "application/json"}},
        one.body);
    EXPECT_EQ(response.status, 400) << one.name << ": " << response.body;
    EXPECT_NE(reason_of(response), "") << one.name;
  }
  EXPECT_EQ(authzen.ask("{\"x\": \"" + std::string(5u << 20, 'x') + "\"}").status, 413);
  EXPECT_EQ(authzen.log.size(), before);
  EXPECT_TRUE(allowed(authzen.decision(authzen.body())));
}

TEST(AuthzenDoor, IgnoresUnknownMembers) {
  Authzen authzen;
  std::string request = authzen.body();
  request.pop_back();
  EXPECT_TRUE(
      allowed(authzen.decision(request + R"(, "future": {"x": [1, 2]}, "options": null})")));
}

TEST(AuthzenDoor, WantsJsonAndPost) {
  Authzen authzen;
  const auto with_type = [&](const std::string& type) {
    return authzen
        .send("POST", kPath,
              {{"Authorization", "Bearer " + authzen.gate_token}, {"Content-Type", type}},
              authzen.body())
        .status;
  };
  EXPECT_EQ(with_type("application/json"), 200);
  EXPECT_EQ(with_type("application/json; charset=utf-8"), 200);
  EXPECT_EQ(with_type("Application/JSON;charset=UTF-8"), 200);
  EXPECT_EQ(with_type("text/plain"), 400);
  EXPECT_EQ(with_type("application/xml"), 400);
  for (const char* method : {"GET", "PUT", "DELETE", "PATCH"}) {
    const auto response = authzen.send_json(authzen.gate_token, method, kPath);
    EXPECT_EQ(response.status, 405) << method;
    EXPECT_EQ(response.header("allow"), "POST") << method;
  }
}

TEST(AuthzenDoor, WantsACredential) {
  Authzen authzen;
  const auto bare =
      authzen.send("POST", kPath, {{"Content-Type", "application/json"}}, authzen.body());
  EXPECT_EQ(bare.status, 401);
  EXPECT_EQ(bare.header("www-authenticate"), "Bearer realm=\"ambit\"");
  std::string forged = authzen.credential;
  forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
  for (const std::string& token : {std::string("amb_") + std::string(43, 'A'), std::string("x"),
                                   forged, std::string("eyJhbGciOiJub25lIn0.e30.")}) {
    EXPECT_EQ(authzen.send_json(token, "POST", kPath, authzen.body()).status, 401) << token;
  }
  authzen.clock.at = authzen.clock.at + minutes(11);
  const auto expired = authzen.send_json(authzen.credential, "POST", kPath, authzen.body());
  EXPECT_EQ(expired.status, 401);
}

TEST(AuthzenDoor, SendsTheRequestIdBackAsItCame) {
  Authzen authzen;
  const auto echoed = [&](const std::string& id, int status) {
    const auto response = authzen.send("POST", kPath,
                                       {{"Authorization", "Bearer " + authzen.gate_token},
                                        {"Content-Type", "application/json"},
                                        {"X-Request-ID", id}},
                                       status == 200 ? authzen.body() : "{");
    EXPECT_EQ(response.status, status);
    return std::string(response.header("x-request-id"));
  };
  const std::string strange = "a <script> \"b\"; c=\t'\xc3\xa9' " + std::string(300, 'x');
  for (const std::string& id : {std::string("bfe9eb29-ab87-4ca3"), strange}) {
    EXPECT_EQ(echoed(id, 200), id);
    EXPECT_EQ(echoed(id, 400), id);
  }
  EXPECT_EQ(authzen.ask(authzen.body()).header("x-request-id"), "");
  const auto unauthenticated = authzen.send("POST", kPath, {{"X-Request-ID", "r-1"}}, "{}");
  EXPECT_EQ(unauthenticated.status, 401);
  EXPECT_EQ(unauthenticated.header("x-request-id"), "r-1");
}

TEST(AuthzenDoor, ARequestIdCannotAddHeaders) {
  Authzen authzen;
  const std::string answer = authzen.send_raw(
      "POST /access/v1/evaluation HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
      "X-Request-ID: a\rSet-Cookie: b\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(answer.find("Set-Cookie"), std::string::npos) << answer;
}

TEST(AuthzenDoor, ATaskAsksForItselfOnly) {
  Authzen authzen;
  const auto ask = [&](const std::string& request) {
    return authzen.send_json(authzen.credential, "POST", kPath, request);
  };
  EXPECT_TRUE(allowed(json(ask(authzen.body()).body)));
  const std::string arguments = R"({"path": "/docs/a"})";
  EXPECT_TRUE(allowed(json(ask(authzen.body("files/read", arguments, "helper", "")).body)));
  for (const std::string& request :
       {authzen.body("files/read", arguments, "other"),
        authzen.body("files/read", arguments, "helper", "tsk_other")}) {
    const auto response = ask(request);
    EXPECT_EQ(response.status, 403) << response.body;
    EXPECT_EQ(reason_of(response), "caller.not_subject");
  }
}

TEST(AuthzenDoor, OnlyEnforcementPointsAskAboutOthers) {
  Authzen authzen;
  const std::string token = authzen.issue_token("audit");
  for (const std::string& request : {authzen.body(), authzen.body("no-tool")}) {
    const auto response = authzen.send_json(token, "POST", kPath, request);
    EXPECT_EQ(response.status, 403);
    EXPECT_EQ(reason_of(response), "caller.role");
  }
}

TEST(AuthzenDoor, TheSameQuestionHasTheSameAnswer) {
  Authzen authzen;
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(allowed(authzen.decision(authzen.body())));
    EXPECT_FALSE(allowed(authzen.decision(authzen.body("files/read", R"({"path": "/etc/x"})"))));
  }
}

TEST(AuthzenDoor, PublishesItsMetadata) {
  Authzen authzen;
  const auto response = authzen.send("GET", "/.well-known/authzen-configuration");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("content-type"), "application/json");
  const text::Json metadata = json(response.body);
  EXPECT_EQ(metadata.string_or("policy_decision_point", ""), authzen.url);
  const std::pair<const char*, const char*> endpoints[] = {
      {"access_evaluation_endpoint", "/access/v1/evaluation"},
      {"access_evaluations_endpoint", "/access/v1/evaluations"},
      {"search_subject_endpoint", "/access/v1/search/subject"},
      {"search_resource_endpoint", "/access/v1/search/resource"},
      {"search_action_endpoint", "/access/v1/search/action"}};
  for (const auto& [name, path] : endpoints) {
    EXPECT_EQ(metadata.string_or(name, ""), authzen.url + path);
    EXPECT_EQ(authzen.post(path, "").status, 400) << path << " is served";
  }
  EXPECT_EQ(metadata.as_object().size(), 6u) << "what has no value is left out";
}

// What a decision was made under, also where that changes before it is answered.
TEST(AuthzenDoor, ADecisionNamesItsRevision) {
  Authzen authzen;
  const text::Json answer = authzen.decision(authzen.body());
  const auto revision = authzen.service->searches().revision();
  const text::Json* told = answer.find("context")->find("revision");
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->find("policy")->as_int(), static_cast<std::int64_t>(revision.policy_version));
  EXPECT_EQ(told->find("epoch")->as_int(), static_cast<std::int64_t>(revision.epoch));
}

TEST(AuthzenDoor, ARevisionThatMovesMeanwhileIsTheOneThatWasRecorded) {
  Authzen authzen;
  const auto before = authzen.service->searches().revision();
  authzen.log.hold();
  std::string body;
  net::ClientRequest request{.method = "POST", .url = authzen.url + kPath};
  request.headers = {{"Authorization", "Bearer " + authzen.gate_token},
                     {"Content-Type", "application/json"}};
  request.body = authzen.body();
  authzen.client->request(std::move(request), [&](Result<net::HttpResponse> response) {
    ASSERT_TRUE(response);
    body = response->body;
  });
  authzen.until([&] { return authzen.log.held() >= 1; });
  // In force as soon as it is committed, before its evidence is durable.
  authzen.service->policies().put(
      authzen.admin(), json(R"({"policies": {"all": "permit(principal, action, resource);"}})"),
      [](Result<text::Json>) {});
  authzen.until([&] { return authzen.service->searches().revision() != before; });
  authzen.log.release();
  authzen.until([&] { return !body.empty(); });
  const text::Json answer = json(body);
  const text::Json* told = answer.find("context")->find("revision");
  ASSERT_NE(told, nullptr) << body;
  EXPECT_EQ(told->find("policy")->as_int(), static_cast<std::int64_t>(before.policy_version));
}

TEST(AuthzenDoor, MeasuresEachDecision) {
  Authzen authzen;
  authzen.decision(authzen.body());
  const std::string metrics = authzen.metrics.expose();
  EXPECT_NE(metrics.find("ambit_decision_seconds_count{door=\"authzen\"} 1\n"), std::string::npos)
      << metrics;
}

}  // namespace
}  // namespace ambit::doors::authzen
