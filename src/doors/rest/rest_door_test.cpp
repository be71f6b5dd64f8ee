#include <gtest/gtest.h>
#include <map>
#include <set>

#include "doors/rest/internal/route.h"
#include "doors/rest/rest_fixture.h"

namespace ambit::doors::rest {
namespace {

using fakes::json;
using fakes::reason_of;

TEST(RestDoor, RefusesALimitThatNoListGives) {
  Rest rest;
  rest.admit();
  const service::Released known = rest.decide(rest.caller_of(rest.gate_token), "authzen");
  std::size_t lists = 0;
  for (const Route& route : all_routes()) {
    const auto page =
        std::find_if(route.query.begin(), route.query.end(),
                     [](const QueryParameter& one) { return one.type == QueryType::kLimit; });
    if (page == route.query.end()) continue;
    ++lists;
    EXPECT_STREQ(page->name, "limit") << route.path;
    std::string list = route.path;
    if (const std::size_t id = list.find("{id}"); id != std::string::npos) {
      list.replace(id, 4, list.starts_with("/v1/decisions") ? known.decision_id : "helper");
    }
    list += list == "/v1/timeline" ? "?identity=helper&limit=" : "?limit=";
    for (const std::string& limit :
         {std::string("0"), std::to_string(page->most + 1), std::string("18446744073709551615")}) {
      const auto refused = rest.as_admin("GET", list + limit);
      EXPECT_EQ(refused.status, 400) << list << limit;
      EXPECT_NE(refused.body.find("`limit` is 1 to " + std::to_string(page->most) + ", not "),
                std::string::npos)
          << refused.body;
    }
    EXPECT_EQ(rest.as_admin("GET", list + std::to_string(page->most)).status, 200) << list;
  }
  EXPECT_EQ(lists, 6u);
}

TEST(RestDoor, ReadsEachQueryParameterAsItsDescriptionSays) {
  Rest rest;
  rest.admit();
  const service::Released known = rest.decide(rest.caller_of(rest.gate_token), "authzen");
  const std::map<QueryType, std::string> refusals = {{QueryType::kNumber, "field.invalid"},
                                                     {QueryType::kTime, "time.malformed"},
                                                     {QueryType::kLimit, "field.invalid"}};
  std::size_t tried = 0;
  for (const Route& route : all_routes()) {
    if (route.handle == nullptr) continue;
    std::string path = route.path;
    if (const std::size_t id = path.find("{id}"); id != std::string::npos) {
      path.replace(id, 4, path.starts_with("/v1/decisions") ? known.decision_id : "helper");
    }
    for (const QueryParameter& one : route.query) {
      ++tried;
      const bool timeline = path == "/v1/timeline" && one.type != QueryType::kText;
      const auto answer = rest.as_admin(
          "GET", path + "?" + (timeline ? "identity=helper&" : "") + one.name + "=no-number");
      const auto refusal = refusals.find(one.type);
      if (refusal != refusals.end()) {
        EXPECT_EQ(reason_of(answer), refusal->second) << path << " " << one.name << answer.body;
      } else if (answer.status == 400) {
        EXPECT_EQ(answer.body.find("a whole number"), std::string::npos) << path << answer.body;
        EXPECT_NE(reason_of(answer), "time.malformed") << path << one.name;
      }
    }
  }
  EXPECT_GT(tried, 30u);
}

TEST(RestDoor, PagesTheLedgerForThoseWhoMayReadIt) {
  Rest rest;
  const std::string audit = rest.issue_token("audit");
  const auto page = rest.send_json(audit, "GET", "/v1/ledger/entries?from=2&count=3");
  ASSERT_EQ(page.status, 200) << page.body;
  const text::Json body = json(page.body);
  const text::JsonArray& items = body.find("items")->as_array();
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(items[0].find("index")->as_int(), 2);
  EXPECT_EQ(body.find("next_from")->as_int(), 5);
  // The bytes of a record are those of the log.
  EXPECT_NE(page.body.find(rest.log.read(2)->record), std::string::npos);
  const auto all = rest.send_json(audit, "GET", "/v1/ledger/entries");
  EXPECT_EQ(json(all.body).find("next_from"), nullptr);
  EXPECT_EQ(json(all.body).find("items")->as_array().size(), rest.log.size());
  const auto beyond = rest.send_json(audit, "GET", "/v1/ledger/entries?from=99999");
  EXPECT_EQ(json(beyond.body).find("items")->as_array().size(), 0u) << beyond.body;
  EXPECT_EQ(rest.send_json(rest.issue_token("olga"), "GET", "/v1/ledger/entries").status, 403);
  EXPECT_EQ(rest.send_json(rest.admit(), "GET", "/v1/ledger/entries").status, 403);
  EXPECT_EQ(rest.send_json(audit, "GET", "/v1/ledger/entries?from=x").status, 400);
  EXPECT_EQ(rest.send_json(audit, "GET", "/v1/ledger/entries?count=256").status, 200);
  const auto refused = rest.send_json(audit, "GET", "/v1/ledger/entries?count=257");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("`count` is at most 256, not 257"), std::string::npos);
  EXPECT_EQ(rest.send_json(audit, "GET", "/v1/ledger/checkpoint").status, 404);
}

TEST(RestDoor, TellsHowItIs) {
  Rest rest;
  EXPECT_EQ(rest.send("GET", "/healthz").body, R"({"status":"ok"})");
  EXPECT_EQ(rest.send("GET", "/readyz").status, 200);
  EXPECT_EQ(json(rest.send("GET", "/.well-known/jwks.json").body).find("keys")->as_array().size(),
            1u);
  EXPECT_EQ(rest.send("GET", "/openapi.json").body, rest.door.openapi());
  rest.send("GET", "/v1/tools");
  const auto metrics = rest.send("GET", "/metrics");
  EXPECT_TRUE(metrics.header("content-type").starts_with("text/plain; version=0.0.4"));
  EXPECT_NE(metrics.body.find("\nambit_ledger_writable 1\n"), std::string::npos) << metrics.body;
  EXPECT_NE(metrics.body.find("ambit_authentication_failures_total{door=\"rest\"} 1\n"),
            std::string::npos);
}

TEST(RestDoor, Requirement_H9_DeniesAndTurnsRedWhileEvidenceCannotBeWritten) {
  Rest rest;
  rest.admit();
  const service::Caller gate = rest.caller_of(rest.gate_token);
  ASSERT_EQ(rest.decide(gate, "authzen").decision.verdict, domain::Verdict::kAllow);
  rest.log.break_disk("no space left");
  const auto denied = rest.decide(gate, "authzen");
  EXPECT_EQ(denied.decision.verdict, domain::Verdict::kDeny);
  EXPECT_EQ(denied.canonical_arguments, "");
  const auto red = rest.send("GET", "/readyz");
  EXPECT_EQ(red.status, 503);
  EXPECT_FALSE(json(red.body).find("ready")->as_bool());
  EXPECT_NE(red.body.find("no space left"), std::string::npos) << red.body;
  EXPECT_EQ(rest.send("GET", "/healthz").status, 200);
  const auto refused =
      rest.as_admin("POST", "/v1/identities", R"({"id": "late", "class": "human"})");
  EXPECT_EQ(refused.status, 503) << refused.body;
  rest.log.mend_disk();
  EXPECT_EQ(rest.send("GET", "/readyz").status, 200);
  EXPECT_EQ(rest.decide(gate, "authzen").decision.verdict, domain::Verdict::kAllow);
}

TEST(RestDoor, EveryRouteThatNeedsACallerRefusesStrangers) {
  Rest rest;
  int tried = 0;
  for (const Route& route : all_routes()) {
    if (route.handle == nullptr || route.access == Access::kNobody) continue;
    std::string path = route.path;
    for (std::size_t open = path.find('{'); open != std::string::npos; open = path.find('{')) {
      path.replace(open, path.find('}') - open + 1, "x");
    }
    const auto bare = rest.send(route.method, path);
    EXPECT_EQ(bare.status, 401) << route.method << " " << path;
    EXPECT_EQ(bare.header("www-authenticate"), "Bearer realm=\"ambit\"");
    for (const std::string& token :
         {"amb_" + std::string(43, 'A'), std::string("eyJhbGciOiJub25lIn0.e30."),
          std::string("x.y.z"), std::string("\"'")}) {
      EXPECT_EQ(rest.send_json(token, route.method, path).status, 401)
          << route.method << " " << path << " " << token;
    }
    ++tried;
  }
  EXPECT_GE(tried, 30);
}

TEST(RestDoor, ExpiredTokensAreRefused) {
  Rest rest;
  const std::string token = rest.issue_token("audit", minutes(5));
  EXPECT_EQ(rest.send_json(token, "GET", "/v1/tools").status, 200);
  rest.clock.at = rest.clock.at + minutes(6);
  const auto late = rest.send_json(token, "GET", "/v1/tools");
  EXPECT_EQ(late.status, 401);
  EXPECT_EQ(reason_of(late), "token.expired");
}

TEST(RestDoor, DefectsOfOursAreLoggedAndCounted) {
  Rest rest;
  EXPECT_EQ(rest.as_admin("GET", "/v1/identities/nobody").status, 404);
  EXPECT_EQ(rest.logged, "") << "what a client does wrong is not logged";
  rest.admit();
  const auto asked = rest.decide(rest.caller_of(rest.gate_token), "authzen");
  rest.log.fail_next(1, {Code::kInternal, "test.defect", "a test broke it"});
  const auto failed =
      rest.send_json(rest.gate_token, "POST", "/v1/decisions/" + asked.decision_id + "/outcome",
                     R"({"status": "ok", "bytes": 12, "took_ms": 3})");
  EXPECT_EQ(failed.status, 500) << failed.body;
  EXPECT_NE(rest.logged.find("request.failed: a test broke it"), std::string::npos) << rest.logged;
  EXPECT_NE(rest.metrics.expose().find("ambit_internal_errors_total{door=\"rest\"} 1\n"),
            std::string::npos);
}

struct BadBody {
  const char* name;
  std::string body;
  int status;
  const char* reason;
};

TEST(RestDoor, AnswersBadBodiesClearlyAndStaysUp) {
  Rest rest;
  const std::string deep(100, '[');
  const BadBody bad[] = {
      {"truncated", R"({"id": "x")", 400, "json.syntax"},
      {"not JSON", "id=x", 400, "json.syntax"},
      {"two values", "{} {}", 400, "json.syntax"},
      {"duplicate key", R"({"id": "x", "id": "y", "class": "human"})", 400, "json.duplicate_key"},
      {"bad UTF-8", "{\"id\": \"\xff\xfe\", \"class\": \"human\"}", 400, "json.utf8"},
      {"deep", R"({"id": )" + deep + std::string(100, ']') + "}", 400, "json.depth"},
      {"array", "[]", 400, "field.type"},
      {"number", "7", 400, "field.type"},
      {"empty", "", 415, "http.content_type"},
      {"unknown member", R"({"id": "x", "class": "human", "admin": true})", 400, "field.unknown"},
      {"wrong type", R"({"id": 7, "class": "human"})", 400, "field.invalid"},
      {"missing member", R"({"id": "x"})", 400, "field.missing"},
      {"huge number", R"({"id": "x", "class": 99999999999999999999})", 400, "json.number"},
      {"too large", "{\"id\": \"" + std::string(5u << 20, 'x') + "\"}", 413, "http.body_too_large"},
  };
  for (const BadBody& one : bad) {
    const auto response = rest.as_admin("POST", "/v1/identities", one.body);
    EXPECT_EQ(response.status, one.status) << one.name << ": " << response.body;
    EXPECT_EQ(reason_of(response), one.reason) << one.name << ": " << response.body;
    EXPECT_EQ(response.header("content-type"), "application/problem+json") << one.name;
    EXPECT_EQ(rest.send("GET", "/healthz").status, 200) << one.name;
  }
}

TEST(RestDoor, WantsTheRightContentTypeMethodAndPath) {
  Rest rest;
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "application/jsonp",
                           "", "multipart/form-data"}) {
    const auto response =
        rest.send("POST", "/v1/identities",
                  {{"Authorization", "Bearer " + rest.admin_token}, {"Content-Type", type}},
                  R"({"id": "x", "class": "human"})");
    EXPECT_EQ(response.status, 415) << type;
  }
  EXPECT_EQ(rest.send("POST", "/v1/identities",
                      {{"Authorization", "Bearer " + rest.admin_token},
                       {"Content-Type", "Application/JSON; charset=utf-8"}},
                      R"({"id": "x", "class": "human"})")
                .status,
            201);
  EXPECT_EQ(rest.as_admin("GET", "/v1/nothing").status, 404);
  const auto method = rest.as_admin("DELETE", "/v1/identities");
  EXPECT_EQ(method.status, 405);
  EXPECT_NE(method.header("allow").find("POST"), std::string_view::npos);
  EXPECT_EQ(rest.as_admin("POST", "/v1/identities/helper/suspend", R"({"why": "x"})").status, 400);
}

TEST(RestDoor, RolesDecideWhoMayDoWhat) {
  Rest rest;
  const std::string audit = rest.issue_token("audit");
  EXPECT_EQ(
      rest.send_json(audit, "POST", "/v1/identities", R"({"id": "x", "class": "human"})").status,
      403);
  EXPECT_EQ(rest.send_json(audit, "POST", "/v1/identities/helper/suspend").status, 403);
  EXPECT_EQ(rest.send_json(rest.admit(), "GET", "/v1/identities").status, 403);
}

}  // namespace
}  // namespace ambit::doors::rest
