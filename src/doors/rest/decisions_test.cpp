#include <gtest/gtest.h>

#include "doors/rest/rest_fixture.h"

namespace ambit::doors::rest {
namespace {

using fakes::json;
using fakes::reason_of;

TEST(RestDoor, AnswersApprovals) {
  Rest rest;
  rest.admit();
  const auto held =
      rest.decide(rest.caller_of(rest.gate_token), "authzen", "pay", R"({"account": "a-1"})");
  ASSERT_EQ(held.decision.verdict, domain::Verdict::kHold);
  const std::string ann = rest.issue_token("ann");
  const auto list = rest.send_json(ann, "GET", "/v1/approvals?state=pending");
  ASSERT_EQ(json(list.body).find("items")->as_array().size(), 1u) << list.body;
  EXPECT_EQ(rest.send_json(ann, "GET", "/v1/approvals?state=open").status, 400);
  const std::string path = "/v1/approvals/" + held.approval;
  EXPECT_EQ(rest.send_json(ann, "GET", path).status, 200);
  EXPECT_EQ(rest.send_json(ann, "POST", path + "/grant", "{}").status, 400);
  EXPECT_NE(rest.send_json(ann, "POST", path + "/grant", R"({"digest": "sha256:0"})").status, 200);
  const std::string digest = crypto::to_string(held.decision.action);
  const auto granted =
      rest.send_json(ann, "POST", path + "/grant", R"({"digest": ")" + digest + R"("})");
  EXPECT_EQ(text_of(granted, "state"), "granted") << granted.body;
  EXPECT_NE(rest.send_json(ann, "POST", path + "/refuse", R"({"note": "late"})").status, 200);
}

TEST(RestDoor, ListsAndShowsDecisions) {
  Rest rest;
  rest.admit();
  const auto released = rest.decide(rest.caller_of(rest.gate_token), "authzen");
  ASSERT_EQ(released.decision.verdict, domain::Verdict::kAllow);
  const std::string audit = rest.issue_token("audit");
  const auto shown = rest.send_json(audit, "GET", "/v1/decisions/" + released.decision_id);
  EXPECT_EQ(text_of(shown, "agent"), "helper") << shown.body;
  const auto list =
      rest.send_json(audit, "GET", "/v1/decisions?agent=helper&verdict=allow&limit=5");
  EXPECT_EQ(json(list.body).find("items")->as_array().size(), 1u) << list.body;
  EXPECT_EQ(rest.send_json(audit, "GET", "/v1/decisions?verdict=maybe").status, 400);
  EXPECT_EQ(rest.send_json(audit, "GET", "/v1/decisions?target=paths:/work").status, 400);
  EXPECT_EQ(rest.send_json(audit, "GET", "/v1/decisions?limit=-1").status, 400);
  for (const char* cannot_be : {"tool=read", "target=/work/a", "agent=",
                                "since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z"}) {
    const auto refused = rest.send_json(audit, "GET", std::string("/v1/decisions?") + cannot_be);
    EXPECT_EQ(refused.status, 400) << cannot_be;
    EXPECT_EQ(reason_of(refused), "field.invalid") << refused.body;
  }
  EXPECT_EQ(rest.send_json(audit, "GET", "/v1/decisions/dec_none").status, 404);
}

TEST(RestDoor, AMisspeltFilterIsNotTakenForNone) {
  Rest rest;
  const std::string audit = rest.issue_token("audit");
  const auto reason = [&](const std::string& path) {
    const auto answer = rest.send_json(audit, "GET", path);
    return answer.status == 200 ? "200" : reason_of(answer);
  };
  EXPECT_EQ(reason("/v1/decisions?agnet=helper"), "field.unknown");
  EXPECT_EQ(reason("/v1/decisions?agent=%zz"), "field.unknown");
  EXPECT_EQ(reason("/v1/decisions?agent=a&agent=b"), "field.repeated");
  EXPECT_EQ(reason("/v1/tools?server=files"), "field.unknown");
  EXPECT_EQ(reason("/v1/decisions?&agent=helper&"), "200");
  EXPECT_EQ(reason("/v1/tools?"), "200");
  EXPECT_EQ(rest.send_json("amb_nobody", "GET", "/v1/decisions?agnet=helper").status, 401);
}

TEST(RestDoor, SearchesDecisionsAndPages) {
  Rest rest;
  const std::string credential = rest.admit();
  const auto gate = rest.caller_of(rest.gate_token);
  for (int i = 0; i < 5; ++i) rest.decide(gate, "authzen");
  rest.decide(gate, "authzen", "read", R"({"path": "/etc/passwd"})");
  const std::string audit = rest.issue_token("audit");
  const auto found = [&](const std::string& query) {
    const auto list = rest.send_json(audit, "GET", "/v1/decisions?" + query);
    EXPECT_EQ(list.status, 200) << list.body;
    return json(list.body);
  };
  const auto count = [&](const std::string& query) {
    return found(query).find("items")->as_array().size();
  };
  EXPECT_EQ(count("agent=helper"), 6u);
  EXPECT_EQ(count("verdict=deny&reason=scope.target"), 1u);
  EXPECT_EQ(count("tool=files/read&target=path:/docs"), 5u);
  EXPECT_EQ(count("tool=files/read&target=path:/docs/"), 5u);
  EXPECT_EQ(count("task=" + rest.task_id + "&tier=low&since=2020-01-01T00:00:00Z"), 6u);
  EXPECT_EQ(count("until=2020-01-01T00:00:00Z"), 0u);
  EXPECT_EQ(count("approver=ann"), 0u);
  std::vector<std::string> paged;
  std::string before;
  for (int pages = 0; pages < 5; ++pages) {
    const text::Json page = found("limit=4" + before);
    for (const auto& item : page.find("items")->as_array()) {
      paged.emplace_back(item.string_or("id", ""));
    }
    if (!page.find("next_before")) break;
    before = "&before=" + std::to_string(page.find("next_before")->as_int());
  }
  EXPECT_EQ(paged.size(), 6u);
  EXPECT_EQ(std::set<std::string>(paged.begin(), paged.end()).size(), 6u);
  // A task sees its own and nothing else.
  EXPECT_EQ(rest.send_json(credential, "GET", "/v1/decisions?task=" + rest.task_id).status, 200);
  EXPECT_EQ(rest.send_json(credential, "GET", "/v1/decisions").status, 404);
  EXPECT_EQ(rest.send_json(audit, "GET", "/v1/decisions?since=yesterday").status, 400);
}

TEST(RestDoor, ReadsTheEvidenceOffTheLoopAndNotAnyNumberOfTimesAtOnce) {
  Rest rest;
  rest.admit();
  rest.decide(rest.caller_of(rest.gate_token), "authzen");
  const std::string audit = rest.issue_token("audit");
  rest.background.holds = true;
  std::vector<net::HttpResponse> answers;
  const std::vector<std::string> paths{"/v1/decisions?agent=helper", "/v1/ledger/entries",
                                       "/v1/timeline?identity=helper", "/v1/approvals",
                                       "/v1/identities/helper/history"};
  for (std::size_t i = 0; i < 40; ++i) {
    net::ClientRequest request{.method = "GET", .url = rest.url + paths[i % paths.size()]};
    request.headers = {{"Authorization", "Bearer " + audit}};
    rest.client->request(std::move(request), [&](Result<net::HttpResponse> answer) {
      ASSERT_TRUE(answer) << answer.error().message;
      answers.push_back(*std::move(answer));
    });
  }
  rest.until([&] { return answers.size() == 8 && rest.background.held.size() == 32; });
  for (const auto& answer : answers) {
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(reason_of(answer), "evidence.busy");
  }
  for (; !rest.background.held.empty(); rest.background.held.pop_front()) {
    rest.background.held.front()();
  }
  rest.until([&] { return answers.size() == 40; });
  for (std::size_t i = 8; i < answers.size(); ++i) EXPECT_EQ(answers[i].status, 200);
  rest.background.holds = false;
  EXPECT_EQ(rest.send_json(audit, "GET", paths[0]).status, 200) << "there is room again";
}

TEST(RestDoor, AnswersWhatTheEvidenceSays) {
  Rest rest;
  const std::string credential = rest.admit();
  const auto released = rest.decide(rest.caller_of(rest.gate_token), "authzen");
  const std::string audit = rest.issue_token("audit");
  const std::string decision = "/v1/decisions/" + released.decision_id;
  const auto explained = rest.send_json(audit, "GET", decision + "/explanation");
  ASSERT_EQ(explained.status, 200) << explained.body;
  const text::Json who = *json(explained.body).find("accountable");
  EXPECT_EQ(who.find("monitored_by")->as_array().front().as_string(), "olga") << explained.body;
  EXPECT_EQ(who.find("authorised_by")->as_array().front().as_string(), "admin");
  EXPECT_FALSE(who.find("may_stop")->as_array().empty());
  const auto traced = rest.send_json(audit, "GET", decision + "/trace");
  EXPECT_GE(json(traced.body).find("backward")->as_array().size(), 2u) << traced.body;
  const auto timeline = rest.send_json(audit, "GET", "/v1/timeline?task=" + rest.task_id);
  EXPECT_GE(json(timeline.body).find("items")->as_array().size(), 3u) << timeline.body;
  const auto entitled = rest.send_json(audit, "GET", "/v1/identities/helper/entitlements");
  EXPECT_TRUE(json(entitled.body).find("may_act")->as_bool()) << entitled.body;
  EXPECT_EQ(reason_of(rest.send_json(audit, "GET",
                                     "/v1/identities/helper/entitlements?at=2999-01-01T00:00:00Z")),
            "time.future");
  EXPECT_EQ(rest.send_json(audit, "GET", "/v1/timeline").status, 400);
  EXPECT_EQ(rest.send_json(audit, "GET", "/v1/timeline?task=a&session=b").status, 400);
  EXPECT_EQ(reason_of(rest.send_json(audit, "GET", "/v1/timeline?identity=nobody")),
            "timeline.unknown");
  EXPECT_EQ(rest.send_json(audit, "GET", "/v1/decisions/dec_none/explanation").status, 404);
  // What all agents did is not an agent's to read.
  for (const std::string& path :
       {decision + "/explanation", decision + "/trace", "/v1/timeline?task=" + rest.task_id,
        std::string("/v1/identities/helper/entitlements")}) {
    EXPECT_EQ(reason_of(rest.send_json(credential, "GET", path)), "caller.role") << path;
  }
}

TEST(RestDoor, TakesAnOutcomeOnceFromWhoeverExecutesTheCall) {
  Rest rest;
  const std::string credential = rest.admit();
  const auto asked = rest.decide(rest.caller_of(rest.gate_token), "authzen");
  const std::string path = "/v1/decisions/" + asked.decision_id + "/outcome";
  const std::string ok = R"({"status": "ok", "bytes": 12, "took_ms": 3})";
  EXPECT_EQ(reason_of(rest.send_json(credential, "POST", path, ok)), "outcome.not_yours");
  EXPECT_EQ(reason_of(rest.as_admin("POST", path, ok)), "outcome.not_yours");
  EXPECT_EQ(rest.send_json(rest.gate_token, "POST", path, R"({"status": "fine"})").status, 400);
  EXPECT_EQ(
      rest.send_json(rest.gate_token, "POST", path, R"({"status": "ok", "bytes": -1})").status,
      400);
  const auto reported = rest.send_json(rest.gate_token, "POST", path, ok);
  EXPECT_EQ(reported.status, 204) << reported.body;
  EXPECT_EQ(reported.body, "");
  rest.until([&] {
    const auto shown = rest.service->decisions().show(rest.admin(), asked.decision_id);
    return shown && shown->find("result") != nullptr;
  });
  EXPECT_EQ(reason_of(rest.send_json(rest.gate_token, "POST", path, ok)), "outcome.known");
}

TEST(RestDoor, AnAgentCannotSpeakForTheGateway) {
  Rest rest;
  const std::string credential = rest.admit();
  const auto forwarded = rest.decide(rest.caller_of(credential), "mcp");
  const auto reported =
      rest.send_json(credential, "POST", "/v1/decisions/" + forwarded.decision_id + "/outcome",
                     R"({"status": "tool_error"})");
  EXPECT_EQ(reported.status, 403) << reported.body;
  EXPECT_EQ(reason_of(reported), "outcome.not_yours");
}

}  // namespace
}  // namespace ambit::doors::rest
