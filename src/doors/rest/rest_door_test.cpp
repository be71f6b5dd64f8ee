#include "doors/rest/rest_door.h"

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <gtest/gtest.h>
#include <set>

#include "doors/rest/internal/route.h"
#include "identity/dpop.h"
#include "index/evidence_index.h"
#include "tests/fakes/served.h"

namespace ambit::doors::rest {
namespace {

using fakes::json;
using fakes::reason_of;

// A search index of a log, in a folder of its own.
class Searchable {
 public:
  Searchable(const ports::Log& log, const vault::KeyRing* keys) {
    std::string name = (std::filesystem::temp_directory_path() / "ambit-rest-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    search_index = *index::EvidenceIndex::open({folder_ + "/index.sqlite", &log, keys});
  }
  ~Searchable() {
    search_index.reset();
    std::filesystem::remove_all(folder_);
  }

  std::unique_ptr<index::EvidenceIndex> search_index;

 private:
  std::string folder_;
};

class Rest : public fakes::Served {
 public:
  Rest()
      : door({.loop = &loop,
              .service = service.get(),
              .log = &log,
              .index = searchable.search_index.get(),
              .keys = vault.get(),
              .clock = &clock,
              .background = &background,
              .logger = &logger,
              .metrics = &metrics},
             {url, "0.1.0"}) {
    door.add_routes(router);
    set_up();
  }

  net::HttpResponse as_admin(const std::string& method, const std::string& path,
                             std::string body = {}) {
    return send_json(admin_token, method, path, std::move(body));
  }

  // A decision that was allowed, as the service gave it.
  service::Released decide(const service::Caller& caller, const std::string& channel,
                           std::string_view tool = "read",
                           std::string_view arguments = R"({"path": "/docs/a"})") {
    service::Attempt attempt;
    attempt.caller = caller;
    attempt.agent = "helper";
    attempt.task = task_id;
    attempt.instance = instance_id;
    attempt.channel = channel;
    attempt.server = "files";
    attempt.tool = tool;
    attempt.arguments = json(arguments);
    std::optional<service::Released> out;
    service->decisions().attempt(std::move(attempt),
                                 [&](service::Released released) { out = std::move(released); });
    until([&] { return out.has_value(); });
    return out.value_or(service::Released{});
  }

  service::Caller caller_of(const std::string& token) {
    const std::string header = "Bearer " + token;
    auto caller = service->authenticator().authenticate(
        {.authorization = header, .dpop = {}, .method = {}, .uri = {}, .loopback = true});
    if (!caller) ADD_FAILURE() << caller.error().message;
    return caller.value_or(service::Caller{});
  }

  // What is read in the background, held up when a test wants it.
  struct Background final : ports::Executor {
    explicit Background(ports::Executor& to) : executor(to) {}
    void post(std::function<void()> work) override {
      if (!holds) return executor.post(std::move(work));
      held.push_back(std::move(work));
    }
    ports::Executor& executor;
    bool holds = false;
    std::deque<std::function<void()>> held;
  };
  Background background{executor};
  std::string logged;
  telemetry::Logger logger{{.sink = [this](std::string_view line) { logged += line; }}};
  Searchable searchable{log, vault.get()};
  RestDoor door;
};

std::string text_of(const net::HttpResponse& response, std::string_view key) {
  return std::string(json(response.body).string_or(key, ""));
}

TEST(RestDoor, RegistersShowsAndListsIdentities) {
  Rest rest;
  const auto made = rest.as_admin("POST", "/v1/identities", R"({"id": "bob", "class": "human"})");
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.header("content-type"), "application/json");
  EXPECT_EQ(made.header("cache-control"), "no-store");
  const auto shown = rest.as_admin("GET", "/v1/identities/bob");
  EXPECT_EQ(text_of(shown, "state"), "active");
  EXPECT_EQ(shown.header("etag"), made.header("etag"));
  EXPECT_NE(shown.header("etag"), "");
  const auto agents = rest.as_admin("GET", "/v1/identities?class=agent");
  EXPECT_EQ(json(agents.body).find("items")->as_array().size(), 1u) << agents.body;
  EXPECT_EQ(rest.as_admin("GET", "/v1/identities/nobody").status, 404);
  EXPECT_EQ(rest.as_admin("POST", "/v1/identities", R"({"id": "bob", "class": "human"})").status,
            409);
}

TEST(RestDoor, UpdatesOnlyTheRevisionThatWasRead) {
  Rest rest;
  const auto shown = rest.as_admin("GET", "/v1/identities/olga");
  const std::string tag(shown.header("etag"));
  const std::string spec = R"({"id": "olga", "class": "human", "roles": ["operator"],
                               "display_name": "Olga O."})";
  const auto put = [&](const std::string& if_match) {
    return rest.send("PUT", "/v1/identities/olga",
                     {{"Authorization", "Bearer " + rest.admin_token},
                      {"Content-Type", "application/json"},
                      {"If-Match", if_match}},
                     spec);
  };
  const auto first = put(tag);
  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_NE(first.header("etag"), tag);
  const auto second = put(tag);
  EXPECT_EQ(second.status, 412) << second.body;
  EXPECT_EQ(reason_of(second), "store.conflict");
  EXPECT_EQ(put("*").status, 200);
  for (const char* malformed : {"12", "\"x\"", "W/\"12\"", "\"\"", "\"1\", \"2\"", "\"0\""}) {
    EXPECT_EQ(put(malformed).status, 400) << malformed;
  }
}

TEST(RestDoor, MovesIdentitiesThroughTheirLifecycle) {
  Rest rest;
  EXPECT_EQ(text_of(rest.as_admin("POST", "/v1/identities/helper/suspend"), "state"), "suspended");
  EXPECT_EQ(text_of(rest.as_admin("POST", "/v1/identities/helper/activate"), "state"), "active");
  EXPECT_EQ(text_of(rest.as_admin("POST", "/v1/identities/helper/decommission", "{}"), "state"),
            "retired");
  EXPECT_EQ(rest.as_admin("POST", "/v1/identities/helper/activate").status, 409);
  const auto history = rest.as_admin("GET", "/v1/identities/helper/history");
  EXPECT_GE(json(history.body).find("items")->as_array().size(), 5u) << history.body;
  const auto page = rest.as_admin("GET", "/v1/identities/helper/history?limit=2");
  EXPECT_EQ(json(page.body).find("items")->as_array().size(), 2u) << page.body;
  const std::string next = text::to_json(*json(page.body).find("next_after"));
  const auto rest_of_it = rest.as_admin("GET", "/v1/identities/helper/history?after=" + next);
  EXPECT_EQ(json(rest_of_it.body).find("items")->as_array().size(),
            json(history.body).find("items")->as_array().size() - 2)
      << rest_of_it.body;
}

TEST(RestDoor, IssuesTokensThatWorkUntilTheyAreRevoked) {
  Rest rest;
  const auto issued =
      rest.as_admin("POST", "/v1/identities/audit/tokens", R"({"lifetime": "30d"})");
  ASSERT_EQ(issued.status, 201) << issued.body;
  const std::string token = text_of(issued, "token");
  EXPECT_EQ(rest.send_json(token, "GET", "/v1/tools").status, 200);
  EXPECT_EQ(rest.as_admin("DELETE", "/v1/identities/audit/tokens/" + text_of(issued, "id")).status,
            200);
  EXPECT_EQ(rest.send_json(token, "GET", "/v1/tools").status, 401);
  EXPECT_EQ(rest.as_admin("POST", "/v1/identities/audit/tokens", R"({"lifetime": "soon"})").status,
            400);
}

TEST(RestDoor, ShowsAndApprovesTools) {
  Rest rest;
  const auto tools = rest.as_admin("GET", "/v1/servers/files/tools");
  EXPECT_EQ(json(tools.body).find("items")->as_array().size(), 3u) << tools.body;
  EXPECT_EQ(rest.as_admin("GET", "/v1/tools").body, tools.body);
  EXPECT_EQ(rest.as_admin("GET", "/v1/servers").status, 200);
  EXPECT_EQ(text_of(rest.as_admin("GET", "/v1/servers/files/tools/read"), "state"), "approved");
  const auto changed = rest.as_admin("POST", "/v1/servers/files/approve",
                                     R"({"tools": ["read"], "digests": {"read": "sha256:0"}})");
  EXPECT_EQ(reason_of(changed), "tool.changed");
  // An empty list is not taken for all of them.
  EXPECT_EQ(rest.as_admin("POST", "/v1/servers/files/approve", R"({"tools": []})").status, 400);
  EXPECT_EQ(rest.as_admin("POST", "/v1/servers/files/approve", "{}").status, 200);
}

TEST(RestDoor, StartsShowsAndEndsTasks) {
  Rest rest;
  const auto started = rest.as_admin("POST", "/v1/tasks", fakes::Governed::kTask);
  ASSERT_EQ(started.status, 201) << started.body;
  const std::string id(json(started.body).find("task")->string_or("id", ""));
  EXPECT_EQ(text_of(rest.as_admin("GET", "/v1/tasks/" + id), "state"), "open");
  EXPECT_EQ(
      json(rest.as_admin("GET", "/v1/tasks?agent=helper").body).find("items")->as_array().size(),
      2u);
  EXPECT_EQ(
      json(rest.as_admin("GET", "/v1/tasks?agent=other").body).find("items")->as_array().size(),
      0u);
  EXPECT_EQ(rest.as_admin("POST", "/v1/tasks/" + id + "/end").status, 415);
  const auto ended =
      rest.as_admin("POST", "/v1/tasks/" + id + "/end", R"({"reason": "completed"})");
  EXPECT_EQ(text_of(ended, "state"), "ended") << ended.body;
}

TEST(RestDoor, RedeemsAClaimOnceForABearerCredential) {
  Rest rest;
  const std::string body = R"({"claim": ")" + rest.claim + R"("})";
  const std::vector<net::HttpHeader> json_type{{"Content-Type", "application/json"}};
  const auto credential = rest.send("POST", "/v1/credentials", json_type, body);
  ASSERT_EQ(credential.status, 201) << credential.body;
  EXPECT_EQ(credential.header("cache-control"), "no-store");
  EXPECT_EQ(text_of(credential, "token_type"), "Bearer");
  EXPECT_EQ(text_of(credential, "task"), rest.task_id);
  const auto again = rest.send("POST", "/v1/credentials", json_type, body);
  EXPECT_EQ(again.status, 401) << again.body;
  EXPECT_EQ(reason_of(again), "claim.unknown");
}

class KeyHolder {
 public:
  explicit KeyHolder(Rest& rest) : rest_(rest) {}

  std::string proof(std::optional<std::string_view> token, std::string_view method = "POST",
                    std::string path = "/v1/credentials") {
    const std::string uri = rest_.url + path;
    return *identity::make_dpop_proof(key_, {.method = method, .uri = uri, .access_token = token},
                                      rest_.clock.at);
  }

  net::HttpResponse redeem(const std::string& dpop) {
    return rest_.send("POST", "/v1/credentials",
                      {{"Content-Type", "application/json"}, {"DPoP", dpop}},
                      R"({"claim": ")" + rest_.claim + R"("})");
  }

  net::HttpResponse renew(const std::string& token, const std::string& dpop,
                          std::string body = "{}") {
    return rest_.send(
        "POST", "/v1/credentials",
        {{"Content-Type", "application/json"}, {"Authorization", "DPoP " + token}, {"DPoP", dpop}},
        std::move(body));
  }

 private:
  Rest& rest_;
  crypto::SigningKey key_ = *crypto::SigningKey::generate(crypto::Algorithm::kES256);
};

TEST(RestDoor, RedeemsAClaimForAKeyBoundCredentialAndRenewsIt) {
  Rest rest;
  KeyHolder holder(rest);
  const auto credential = holder.redeem(holder.proof({}));
  ASSERT_EQ(credential.status, 201) << credential.body;
  EXPECT_EQ(text_of(credential, "token_type"), "DPoP");
  const std::string token = text_of(credential, "access_token");
  const auto renewed = holder.renew(token, holder.proof(token));
  ASSERT_EQ(renewed.status, 201) << renewed.body;
  EXPECT_EQ(text_of(renewed, "instance"), text_of(credential, "instance"));
  // Without the key, or for another request, or a second time, the credential is nothing.
  KeyHolder thief(rest);
  EXPECT_EQ(holder.renew(token, thief.proof(token)).status, 401);
  EXPECT_EQ(holder.renew(token, holder.proof(token, "POST", "/v1/tasks")).status, 401);
  EXPECT_EQ(rest.send_json(token, "GET", "/v1/tasks/" + rest.task_id).status, 401);
  const std::string once = holder.proof(token);
  EXPECT_EQ(holder.renew(token, once).status, 201);
  const auto replayed = holder.renew(token, once);
  EXPECT_EQ(replayed.status, 401);
  EXPECT_EQ(reason_of(replayed), "dpop.replay");
  EXPECT_EQ(holder.renew(token, holder.proof(token), R"({"claim": "x"})").status, 400);
}

TEST(RestDoor, AProofThatFailsNeverBecomesABearer) {
  Rest rest;
  KeyHolder holder(rest);
  const std::string proof = holder.proof({});
  EXPECT_EQ(holder.redeem("garbage").status, 401);
  EXPECT_EQ(holder.redeem(proof.substr(0, proof.size() - 4) + "AAAA").status, 401);
  EXPECT_EQ(holder.redeem(holder.proof({}, "GET")).status, 401);
  const std::string body = R"({"claim": ")" + rest.claim + R"("})";
  const std::string twice = rest.send_raw(
      "POST /v1/credentials HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(rest.server->port()) +
      "\r\nContent-Type: application/json\r\nDPoP: " + proof + "\r\nDPoP: " + proof +
      "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
      body);
  EXPECT_TRUE(twice.starts_with("HTTP/1.1 401")) << twice;
  EXPECT_EQ(holder.redeem(holder.proof({})).status, 201) << "the claim was used up by a refusal";
}

// Otherwise strangers could use up the room for proofs.
TEST(RestDoor, AProofIsRememberedOnlyWithAGoodClaim) {
  Rest rest;
  KeyHolder holder(rest);
  const std::string proof = holder.proof({});
  const std::string claim = std::exchange(rest.claim, "clm_guessed");
  const auto refused = holder.redeem(proof);
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(reason_of(refused), "claim.unknown");
  rest.claim = claim;
  EXPECT_EQ(holder.redeem(proof).status, 201) << "the proof was not used up";
}

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

TEST(RestDoor, RefusesALimitThatNoListGives) {
  Rest rest;
  rest.admit();
  for (const char* list : {"/v1/decisions?", "/v1/approvals?", "/v1/identities/helper/history?"}) {
    for (const char* limit : {"0", "501", "18446744073709551615"}) {
      const auto refused = rest.as_admin("GET", std::string(list) + "limit=" + limit);
      EXPECT_EQ(refused.status, 400) << list << limit;
      EXPECT_NE(refused.body.find("`limit` is 1 to 500, not "), std::string::npos) << refused.body;
    }
    EXPECT_EQ(rest.as_admin("GET", std::string(list) + "limit=500").status, 200) << list;
  }
  EXPECT_EQ(rest.as_admin("GET", "/v1/timeline?identity=helper&limit=1001").status, 400);
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
  EXPECT_EQ(rest.send_json(audit, "GET", "/v1/decisions?limit=-1").status, 400);
  for (const char* cannot_be :
       {"tool=read", "target=/work/a", "since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z"}) {
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

TEST(RestDoor, PublishesAndChecksPolicies) {
  Rest rest;
  const auto checked = rest.as_admin("POST", "/v1/policies/check",
                                     R"({"policies": {"a": "permit(principal, action"}})");
  EXPECT_EQ(checked.status, 200);
  EXPECT_FALSE(json(checked.body).find("ok")->as_bool()) << checked.body;
  const auto put = rest.as_admin("PUT", "/v1/policies",
                                 R"({"policies": {"a": "permit(principal, action, resource);"}})");
  ASSERT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(rest.as_admin("GET", "/v1/policies").body, put.body);
  const auto refused =
      rest.as_admin("PUT", "/v1/policies", R"({"policies": {"a": "nonsense", "b": "permit(;"}})");
  EXPECT_EQ(refused.status, 400);
  const text::Json problem = text::parse_json(refused.body).value();
  ASSERT_NE(problem.find("findings"), nullptr) << refused.body;
  EXPECT_EQ(problem.find("findings")->as_array().size(), 2u) << "all of them at once";
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
  // The record of the identity as it is now, and the record of its registration.
  rest.log.fail_next(2, {Code::kInternal, "test.defect", "a test broke it"});
  const auto failed =
      rest.as_admin("POST", "/v1/identities", R"({"id": "late", "class": "human"})");
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
