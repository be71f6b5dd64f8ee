#include <gtest/gtest.h>

#include "doors/rest/rest_fixture.h"
#include "identity/dpop.h"

namespace ambit::doors::rest {
namespace {

using fakes::json;
using fakes::reason_of;

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

}  // namespace
}  // namespace ambit::doors::rest
