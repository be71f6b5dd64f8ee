#include "identity/dpop.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "identity/internal/test_keys.h"

namespace ambit::identity {
namespace {

using testing::ed25519_key;
using testing::forge;
using testing::kNow;

constexpr char kUri[] = "https://ambit.example/mcp/task";
constexpr char kToken[] = "the-access-token";

DpopRequest request() { return {.method = "POST", .uri = kUri, .access_token = kToken}; }

std::string reason_for(std::string_view proof, const DpopRequest& to = request(), Time now = kNow) {
  ReplayGuard guard;
  const auto result = verify_dpop(proof, to, now, guard);
  if (!result) {
    EXPECT_EQ(guard.size(), 0u) << "a refused proof was remembered";
  }
  return result ? "accepted" : result.error().reason;
}

text::Json header() {
  return text::Json::object(
      {{"typ", "dpop+jwt"}, {"alg", "EdDSA"}, {"jwk", ed25519_key().public_key().jwk()}});
}

text::Json payload() {
  return text::Json::object({{"jti", "id-1"},
                             {"htm", "POST"},
                             {"htu", kUri},
                             {"iat", kNow.ms / 1000},
                             {"ath", text::to_base64url(crypto::sha256(kToken).view())}});
}

std::string with_header(std::string_view name, text::Json value) {
  text::Json changed = header();
  changed.set(name, std::move(value));
  return reason_for(forge(ed25519_key(), text::to_json(changed), text::to_json(payload())));
}

std::string with_claim(std::string_view name, text::Json value) {
  text::Json changed = payload();
  changed.set(name, std::move(value));
  return reason_for(forge(ed25519_key(), text::to_json(header()), text::to_json(changed)));
}

std::string without_claim(std::string_view name) {
  text::Json changed = payload();
  changed.erase(name);
  return reason_for(forge(ed25519_key(), text::to_json(header()), text::to_json(changed)));
}

// RFC 9449 section 4.1 (figure 2).
TEST(Dpop, AcceptsTheProofOfRfc9449) {
  const std::string proof =
      "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNo"
      "UklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERW"
      "clUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh"
      "0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8"
      "v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
  ReplayGuard guard;
  const Time then{1'562'262'616'000};
  const auto result = verify_dpop(
      proof, {.method = "POST", .uri = "https://server.example.com/token"}, then, guard);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->thumbprint, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
  EXPECT_EQ(result->id, "-BwC3ESc6acc2lTc");
  EXPECT_EQ(result->issued_at, then);
}

TEST(Dpop, AcceptsItsOwnProofsForEachAlgorithm) {
  for (const auto algorithm : {crypto::Algorithm::kEdDSA, crypto::Algorithm::kES256}) {
    const crypto::SigningKey key = *crypto::SigningKey::generate(algorithm);
    ReplayGuard guard;
    DpopRequest bound = request();
    bound.key_thumbprint = key.public_key().thumbprint();
    const auto result = verify_dpop(*make_dpop_proof(key, bound, kNow), bound, kNow, guard);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->thumbprint, key.public_key().thumbprint());
    EXPECT_EQ(result->key.thumbprint(), result->thumbprint);
  }
}

TEST(Dpop, AcceptsAProofWithoutATokenWhereNoneIsSent) {
  const DpopRequest to{.method = "POST", .uri = kUri};
  EXPECT_EQ(reason_for(*make_dpop_proof(ed25519_key(), to, kNow), to), "accepted");
}

TEST(Dpop, EachProofWorksOnce) {
  ReplayGuard guard;
  const std::string proof = *make_dpop_proof(ed25519_key(), request(), kNow);
  EXPECT_TRUE(verify_dpop(proof, request(), kNow, guard));
  const auto again = verify_dpop(proof, request(), kNow + seconds(30), guard);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, "dpop.replay");
  EXPECT_TRUE(
      verify_dpop(*make_dpop_proof(ed25519_key(), request(), kNow), request(), kNow, guard));
}

TEST(Dpop, AReplayIsRefusedForAsLongAsTheProofIsFresh) {
  ReplayGuard guard;
  // Made by a clock that is a whole window ahead: the longest that a proof can be of use.
  const std::string proof = *make_dpop_proof(ed25519_key(), request(), kNow + kDpopWindow);
  EXPECT_TRUE(verify_dpop(proof, request(), kNow, guard));
  for (int second = 0; second <= 120; ++second) {
    EXPECT_EQ(verify_dpop(proof, request(), kNow + seconds(second), guard).error().reason,
              "dpop.replay");
  }
  EXPECT_EQ(verify_dpop(proof, request(), kNow + seconds(121), guard).error().reason, "dpop.time");
}

TEST(Dpop, AFullGuardFailsClosed) {
  ReplayGuard guard({.total = 1, .assured = 1});
  EXPECT_TRUE(
      verify_dpop(*make_dpop_proof(ed25519_key(), request(), kNow), request(), kNow, guard));
  const auto next =
      verify_dpop(*make_dpop_proof(ed25519_key('x'), request(), kNow), request(), kNow, guard);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().reason, "dpop.replay_capacity");
  EXPECT_EQ(next.error().code, Code::kExhausted);
}

TEST(Dpop, AStrangersKeyIsRefusedBeforeItTakesRoom) {
  DpopRequest bound = request();
  const std::string thumbprint = ed25519_key('o').public_key().thumbprint();
  bound.key_thumbprint = thumbprint;
  EXPECT_EQ(reason_for(*make_dpop_proof(ed25519_key(), request(), kNow), bound), "dpop.binding");
}

TEST(Dpop, RefusesOtherTypesAndAlgorithms) {
  EXPECT_EQ(with_header("typ", "JWT"), "dpop.type");
  EXPECT_EQ(with_header("typ", "at+jwt"), "dpop.type");
  EXPECT_EQ(with_header("typ", nullptr), "dpop.type");
  for (const char* algorithm : {"none", "HS256", "RS256", "eddsa"}) {
    EXPECT_EQ(with_header("alg", algorithm), "dpop.algorithm");
  }
  EXPECT_EQ(with_header("alg", "ES256"), "dpop.algorithm");
  EXPECT_EQ(with_header("crit", text::Json::array({"exp"})), "dpop.malformed");
}

TEST(Dpop, RefusesKeysThatAreMissingPrivateOrOfAnotherKind) {
  text::Json headless = header();
  headless.erase("jwk");
  EXPECT_EQ(reason_for(forge(ed25519_key(), text::to_json(headless), text::to_json(payload()))),
            "dpop.key");
  text::Json secret = ed25519_key().public_key().jwk();
  secret.set("d", text::to_base64url(std::string(32, 'k')));
  EXPECT_EQ(with_header("jwk", secret), "dpop.key");
  EXPECT_EQ(with_header("jwk", text::Json::object({{"kty", "oct"}, {"k", "AAAA"}})), "dpop.key");
  EXPECT_EQ(with_header("jwk", "x"), "dpop.key");
}

TEST(Dpop, RefusesASignatureOfAnotherKey) {
  EXPECT_EQ(with_header("jwk", ed25519_key('o').public_key().jwk()), "dpop.signature");
  EXPECT_EQ(reason_for(forge(ed25519_key('o'), text::to_json(header()), text::to_json(payload()))),
            "dpop.signature");
}

TEST(Dpop, RefusesAnotherMethod) {
  EXPECT_EQ(with_claim("htm", "GET"), "dpop.method");
  EXPECT_EQ(with_claim("htm", "post"), "dpop.method");
  EXPECT_EQ(with_claim("htm", 5), "dpop.method");
  EXPECT_EQ(without_claim("htm"), "dpop.method");
}

TEST(Dpop, RefusesAnotherUri) {
  for (const char* uri :
       {"http://ambit.example/mcp/task", "https://ambit.example:444/mcp/task",
        "https://ambit.example.evil/mcp/task", "https://ambit.example/mcp/task/",
        "https://ambit.example/mcp/Task", "https://ambit.example/mcp", "/mcp/task", "",
        "https://ambit.example/x/../mcp/task", "https://ambit.example@evil/mcp/task"}) {
    EXPECT_EQ(with_claim("htu", uri), "dpop.uri") << uri;
  }
  EXPECT_EQ(without_claim("htu"), "dpop.uri");
}

TEST(Dpop, ComparesUrisNormalisedWithoutQueryAndFragment) {
  for (const char* uri :
       {"https://ambit.example/mcp/task?x=1", "https://ambit.example/mcp/task#here",
        "HTTPS://Ambit.Example/mcp/task", "https://ambit.example:443/mcp/task",
        "https://ambit.example/mcp/t%61sk"}) {
    EXPECT_EQ(with_claim("htu", uri), "accepted") << uri;
  }
  DpopRequest with_query = request();
  with_query.uri = "https://ambit.example/mcp/task?cursor=2";
  EXPECT_EQ(reason_for(*make_dpop_proof(ed25519_key(), request(), kNow), with_query), "accepted");
}

TEST(Dpop, ARequestUriThatCannotBeReadMatchesNothing) {
  DpopRequest relative = request();
  relative.uri = "/mcp/task";
  text::Json same = payload();
  same.set("htu", "/mcp/task");
  EXPECT_EQ(
      reason_for(forge(ed25519_key(), text::to_json(header()), text::to_json(same)), relative),
      "dpop.uri");
  EXPECT_EQ(make_dpop_proof(ed25519_key(), relative, kNow).error().reason, "dpop.uri");
}

TEST(Dpop, AcceptsSixtySecondsEitherWayAndNoMore) {
  const std::string proof = *make_dpop_proof(ed25519_key(), request(), kNow);
  EXPECT_EQ(reason_for(proof, request(), kNow + seconds(60)), "accepted");
  EXPECT_EQ(reason_for(proof, request(), kNow - seconds(60)), "accepted");
  EXPECT_EQ(reason_for(proof, request(), kNow + seconds(60) + Duration{1}), "dpop.time");
  EXPECT_EQ(reason_for(proof, request(), kNow - seconds(60) - Duration{1}), "dpop.time");
}

TEST(Dpop, RefusesTimesThatAreNotSeconds) {
  EXPECT_EQ(without_claim("iat"), "dpop.malformed");
  EXPECT_EQ(with_claim("iat", "now"), "dpop.malformed");
  EXPECT_EQ(with_claim("iat", 1.5), "dpop.malformed");
  EXPECT_EQ(with_claim("iat", std::numeric_limits<std::int64_t>::max()), "dpop.malformed");
  EXPECT_EQ(with_claim("iat", -1), "dpop.malformed");
}

TEST(Dpop, RefusesAnIdThatIsMissingOrEndless) {
  EXPECT_EQ(without_claim("jti"), "dpop.malformed");
  EXPECT_EQ(with_claim("jti", ""), "dpop.malformed");
  EXPECT_EQ(with_claim("jti", 7), "dpop.malformed");
  EXPECT_EQ(with_claim("jti", std::string(257, 'j')), "dpop.malformed");
  EXPECT_EQ(with_claim("jti", std::string(256, 'j')), "accepted");
}

TEST(Dpop, RefusesAProofForAnotherAccessToken) {
  EXPECT_EQ(with_claim("ath", text::to_base64url(crypto::sha256("another").view())), "dpop.token");
  EXPECT_EQ(with_claim("ath", ""), "dpop.token");
  EXPECT_EQ(without_claim("ath"), "dpop.token");
}

TEST(Dpop, RefusesWhatIsNotACompactJws) {
  const std::string good = *make_dpop_proof(ed25519_key(), request(), kNow);
  for (const std::string& proof : {std::string(), std::string("a.b.c"), good + ".", good + "=",
                                   good + ", " + good, std::string(9000, 'a')}) {
    EXPECT_EQ(reason_for(proof), "dpop.malformed");
  }
  EXPECT_EQ(reason_for(forge(ed25519_key(), text::to_json(header()), "[]")), "dpop.malformed");
  EXPECT_EQ(
      reason_for(forge(ed25519_key(), text::to_json(header()), R"({"htm":"POST","htm":"POST"})")),
      "dpop.malformed");
}

}  // namespace
}  // namespace ambit::identity
