#include "identity/jwt.h"

#include <functional>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <type_traits>

#include "identity/internal/test_keys.h"

namespace ambit::identity {
namespace {

using testing::ed25519_key;
using testing::forge;
using testing::kAudience;
using testing::kIssuer;
using testing::kNow;
using testing::task_claims;

static_assert(!std::is_default_constructible_v<VerifiedToken>);
static_assert(!std::is_constructible_v<VerifiedToken, TaskClaims>);
static_assert(!std::is_default_constructible_v<UnverifiedToken>);

const TokenSigner& signer() {
  static const TokenSigner instance(ed25519_key(), kIssuer);
  return instance;
}

TokenVerifier verifier() { return {{signer().public_key()}, kIssuer, kAudience}; }

std::string reason(std::string_view token, Time now = kNow) {
  const auto verified = verifier().verify(token, now);
  return verified ? "accepted" : verified.error().reason;
}

text::Json good_header() {
  return text::Json::object(
      {{"alg", "EdDSA"}, {"kid", signer().public_key().thumbprint()}, {"typ", "at+jwt"}});
}

text::Json good_payload() {
  const std::string token = *signer().sign_task_token(task_claims());
  const std::string payload = token.substr(token.find('.') + 1);
  return *text::parse_json(*text::from_base64url(payload.substr(0, payload.find('.'))));
}

// The reason for which a token signed with our key, with one member changed, is refused.
std::string reason_with_header(std::string_view name, text::Json value) {
  text::Json header = good_header();
  header.set(name, std::move(value));
  return reason(forge(ed25519_key(), text::to_json(header), text::to_json(good_payload())));
}
std::string reason_with_claim(std::string_view name, text::Json value, Time now = kNow) {
  text::Json payload = good_payload();
  payload.set(name, std::move(value));
  return reason(forge(ed25519_key(), text::to_json(good_header()), text::to_json(payload)), now);
}

TEST(TaskToken, Requirement_D2_DecodesToAllItsBindingsAndLivesTenMinutesAtMost) {
  TaskClaims claims = task_claims();
  claims.key_thumbprint = ed25519_key('h').public_key().thumbprint();
  const std::string token = *signer().sign_task_token(claims);
  const auto verified = verifier().verify(token, kNow);
  ASSERT_TRUE(verified) << verified.error().message;
  const TaskClaims& read = verified->claims();
  EXPECT_EQ(read.subject, "agent_1");
  EXPECT_EQ(read.instance, "inst_1");
  EXPECT_EQ(read.session, "sess_1");
  EXPECT_EQ(read.task, "task_1");
  EXPECT_EQ(read.key_thumbprint, claims.key_thumbprint);
  const auto authority = task_authority_from(read.authorization_details);
  ASSERT_TRUE(authority);
  EXPECT_EQ(authority->tools, std::vector<std::string>{"files/read"});
  EXPECT_EQ(authority->targets, std::vector<std::string>{"file:///srv/reports/"});
  EXPECT_EQ(authority->data, std::vector<std::string>{"finance"});
  EXPECT_EQ(authority->actions, std::vector<std::string>{"read"});

  EXPECT_LE(read.expires_at - read.issued_at, minutes(10));
  claims.expires_at = kNow + minutes(10) + seconds(1);
  EXPECT_EQ(signer().sign_task_token(claims).error().reason, "token.lifetime");
  EXPECT_EQ(reason_with_claim("exp", (kNow + minutes(10) + seconds(1)).ms / 1000),
            "token.lifetime");
}

TEST(TaskToken, SurvivesTheRoundTripWithEveryClaim) {
  const auto verified = verifier().verify(*signer().sign_task_token(task_claims()), kNow);
  ASSERT_TRUE(verified);
  const TaskClaims& read = verified->claims();
  EXPECT_EQ(read.issuer, kIssuer);
  EXPECT_EQ(read.audience, kAudience);
  EXPECT_EQ(read.client_id, "agent_1");
  EXPECT_EQ(read.token_id, "tok_1");
  EXPECT_EQ(read.issued_at, kNow);
  EXPECT_EQ(read.expires_at, kNow + minutes(10));
  EXPECT_EQ(read.epoch, 7);
  EXPECT_FALSE(read.key_thumbprint);
  EXPECT_EQ(read.authorization_details, task_claims().authorization_details);
}

TEST(TaskToken, IsAnAccessTokenOfRfc9068NamedByItsKey) {
  const std::string token = *signer().sign_task_token(task_claims());
  const auto parsed = UnverifiedToken::parse(token);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->type(), "at+jwt");
  EXPECT_EQ(parsed->key_id(), signer().public_key().thumbprint());
  EXPECT_EQ(parsed->algorithm(), crypto::Algorithm::kEdDSA);
}

TEST(TaskToken, CanBeSignedWithEs256) {
  const TokenSigner other(*crypto::SigningKey::generate(crypto::Algorithm::kES256), kIssuer);
  const TokenVerifier both({signer().public_key(), other.public_key()}, kIssuer, kAudience);
  EXPECT_TRUE(both.verify(*other.sign_task_token(task_claims()), kNow));
  EXPECT_TRUE(both.verify(*signer().sign_task_token(task_claims()), kNow));
}

TEST(TokenSigner, RefusesLifetimesOutsideOneSecondToTenMinutes) {
  TaskClaims claims = task_claims();
  for (const Duration lifetime :
       {Duration{0}, Duration{-1000}, Duration{600'001 + 999}, minutes(11), Duration{999}}) {
    claims.expires_at = kNow + lifetime;
    const auto token = signer().sign_task_token(claims);
    ASSERT_FALSE(token) << lifetime.ms;
    EXPECT_EQ(token.error().reason, "token.lifetime");
  }
  claims.expires_at = kNow + seconds(1);
  EXPECT_TRUE(signer().sign_task_token(claims));
}

TEST(TokenSigner, NeverRoundsALifetimeUp) {
  EXPECT_TRUE(rc::check([] {
    TaskClaims claims = task_claims();
    claims.issued_at = kNow + Duration{*rc::gen::inRange(0, 5000)};
    claims.expires_at = claims.issued_at + Duration{*rc::gen::inRange(0, 600'001)};
    const auto token = signer().sign_task_token(claims);
    if (!token) return;
    const TaskClaims read = verifier().verify(*token, kNow)->claims();
    RC_ASSERT(read.expires_at <= claims.expires_at);
    RC_ASSERT(read.expires_at - read.issued_at <= minutes(10));
  }));
}

TEST(TokenSigner, RefusesClaimsThatAreMissing) {
  for (const auto member :
       {&TaskClaims::subject, &TaskClaims::audience, &TaskClaims::client_id, &TaskClaims::token_id,
        &TaskClaims::instance, &TaskClaims::session, &TaskClaims::task}) {
    TaskClaims claims = task_claims();
    (claims.*member).clear();
    const auto token = signer().sign_task_token(claims);
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().reason, "token.claims");
  }
  TaskClaims claims = task_claims();
  claims.authorization_details = nullptr;
  EXPECT_EQ(signer().sign_task_token(claims).error().reason, "token.claims");
  claims = task_claims();
  claims.key_thumbprint = "";
  EXPECT_EQ(signer().sign_task_token(claims).error().reason, "token.claims");
}

TEST(TokenSigner, RefusesATokenThatNoVerifierWouldRead) {
  TaskClaims claims = task_claims();
  for (const std::size_t bytes : {7000u, 9000u}) {
    claims.task = std::string(bytes, 't');
    EXPECT_EQ(signer().sign_task_token(claims).error().reason, "token.size") << bytes;
  }
  claims = task_claims();
  text::Json deep("x");
  for (int i = 0; i < 20; ++i) deep = text::Json::array({deep});
  claims.authorization_details =
      text::Json::array({text::Json::object({{"type", "t"}, {"deep", deep}})});
  EXPECT_EQ(signer().sign_task_token(claims).error().reason, "token.claims");
}

TEST(TokenVerifier, RefusesWhatIsNotACompactJws) {
  const std::string good = *signer().sign_task_token(task_claims());
  ASSERT_EQ(reason(good), "accepted");
  for (const std::string& token :
       {std::string(), std::string("."), std::string(".."), std::string("..."), good + ".",
        "." + good, good + ".x", good + "=", good + " ", " " + good, good + "\n",
        good.substr(0, good.rfind('.')), good.substr(0, good.size() - 2), good + "AA",
        std::string(9000, 'a'), "x." + good.substr(good.find('.') + 1)}) {
    EXPECT_EQ(reason(token), "token.malformed") << token.substr(0, 60);
  }
}

TEST(TokenVerifier, RefusesPaddedAndNonCanonicalBase64Url) {
  const std::string good = *signer().sign_task_token(task_claims());
  std::string padded = good;
  padded.insert(padded.find('.'), "=");
  EXPECT_EQ(reason(padded), "token.malformed");
  // The signature's last character carries two bits that mean nothing; they must be zero.
  std::string stray = good;
  stray.back() = stray.back() == 'A' ? 'B' : static_cast<char>(stray.back() + 1);
  EXPECT_NE(reason(stray), "accepted");
}

TEST(TokenVerifier, RefusesTokensOverTheSizeLimitUnread) {
  text::Json payload = good_payload();
  payload.set("padding", std::string(8192, 'x'));
  EXPECT_EQ(reason(forge(ed25519_key(), text::to_json(good_header()), text::to_json(payload))),
            "token.malformed");
}

TEST(TokenVerifier, RefusesDuplicateMembers) {
  const std::string payload = text::to_json(good_payload());
  const std::string header = text::to_json(good_header());
  const std::string twice = payload.substr(0, payload.size() - 1) + R"(,"task":"task_2"})";
  EXPECT_EQ(reason(forge(ed25519_key(), header, twice)), "token.malformed");
  EXPECT_EQ(reason(forge(ed25519_key(), header.substr(0, header.size() - 1) + R"(,"alg":"EdDSA"})",
                         payload)),
            "token.malformed");
}

TEST(TokenVerifier, RefusesHeadersThatAreNotObjectsOrLackMembers) {
  const std::string payload = text::to_json(good_payload());
  for (const char* header :
       {"[]", "null", "", "\"x\"", "{\"alg\":\"EdDSA\"}", "{\"alg\":\"EdDSA\",\"kid\":\"x\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"EdDSA\",\"kid\":5,\"typ\":\"at+jwt\"}"}) {
    EXPECT_EQ(reason(forge(ed25519_key(), header, payload)), "token.malformed") << header;
  }
}

TEST(TokenVerifier, RefusesEveryAlgorithmButTheTwo) {
  for (const char* algorithm : {"none", "None", "NONE", "HS256", "HS512", "RS256", "PS256", "ES384",
                                "ES256K", "eddsa", "Ed25519", ""}) {
    EXPECT_EQ(reason_with_header("alg", algorithm), "token.algorithm") << algorithm;
  }
  EXPECT_EQ(reason_with_header("alg", nullptr), "token.algorithm");
  EXPECT_EQ(reason_with_header("alg", 5), "token.algorithm");
}

TEST(TokenVerifier, RefusesAnAlgorithmThatIsNotTheKeys) {
  EXPECT_EQ(reason_with_header("alg", "ES256"), "token.algorithm");
}

// The classic confusion: a public key, which everyone has, used as the secret of an HMAC.
TEST(TokenVerifier, RefusesAnHmacUnderThePublicKey) {
  text::Json header = good_header();
  header.set("alg", "HS256");
  const std::string input = text::to_base64url(text::to_json(header)) + "." +
                            text::to_base64url(text::to_json(good_payload()));
  EXPECT_EQ(reason(input + "." + text::to_base64url(std::string(32, 'm'))), "token.malformed");
  EXPECT_EQ(reason(input + "." + text::to_base64url(std::string(64, 'm'))), "token.algorithm");
}

TEST(TokenVerifier, RefusesCriticalExtensionsAndKeysInTheHeader) {
  EXPECT_EQ(reason_with_header("crit", text::Json::array({"b64"})), "token.malformed");
  EXPECT_EQ(reason_with_header("crit", text::Json::array()), "token.malformed");
  for (const char* name : {"jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256"}) {
    EXPECT_EQ(reason_with_header(name, "x"), "token.malformed") << name;
  }
}

TEST(TokenVerifier, RefusesOtherTypesOfToken) {
  for (const char* type : {"JWT", "dpop+jwt", "AT+JWT", "at+jwt ", "application/at+jwt"}) {
    EXPECT_EQ(reason_with_header("typ", type), "token.type") << type;
  }
}

TEST(TokenVerifier, RefusesUnknownKeys) {
  EXPECT_EQ(reason_with_header("kid", "another"), "token.unknown_key");
  const TokenSigner stranger(ed25519_key('s'), kIssuer);
  EXPECT_EQ(reason(*stranger.sign_task_token(task_claims())), "token.unknown_key");
  EXPECT_EQ(TokenVerifier({}, kIssuer, kAudience)
                .verify(*signer().sign_task_token(task_claims()), kNow)
                .error()
                .reason,
            "token.unknown_key");
}

TEST(TokenVerifier, RefusesAStrangersSignatureUnderOurKeyId) {
  EXPECT_EQ(
      reason(forge(ed25519_key('s'), text::to_json(good_header()), text::to_json(good_payload()))),
      "token.signature");
}

TEST(TokenVerifier, RefusesATokenWithAnyBitChanged) {
  const std::string good = *signer().sign_task_token(task_claims());
  EXPECT_TRUE(rc::check([&good] {
    std::string altered = good;
    const auto at = *rc::gen::inRange<std::size_t>(0, good.size());
    altered[at] = static_cast<char>(altered[at] ^ (1 << *rc::gen::inRange(0, 8)));
    RC_ASSERT(!verifier().verify(altered, kNow));
  }));
}

TEST(TokenVerifier, ReadsThePayloadOnlyAfterTheSignature) {
  EXPECT_EQ(reason(forge(ed25519_key('s'), text::to_json(good_header()), "not json")),
            "token.signature");
  EXPECT_EQ(reason(forge(ed25519_key(), text::to_json(good_header()), "not json")),
            "token.malformed");
}

TEST(TokenVerifier, RefusesOtherIssuersAndAudiencesByExactComparison) {
  for (const char* issuer : {"https://ambit.example/", "https://AMBIT.example", "x"}) {
    EXPECT_EQ(reason_with_claim("iss", issuer), "token.issuer");
  }
  for (const char* audience : {"https://ambit.example", "https://ambit.example/mcp/", "x"}) {
    EXPECT_EQ(reason_with_claim("aud", audience), "token.audience");
  }
  EXPECT_EQ(reason_with_claim("aud", text::Json::array({kAudience})), "token.malformed");
}

TEST(TokenVerifier, AcceptsUntilTheInstantBeforeExpiry) {
  const std::string token = *signer().sign_task_token(task_claims());
  const Time expiry = kNow + minutes(10);
  EXPECT_EQ(reason(token, expiry - Duration{1}), "accepted");
  EXPECT_EQ(reason(token, expiry), "token.expired");
  EXPECT_EQ(reason(token, expiry + minutes(60)), "token.expired");
  EXPECT_EQ(verifier().verify(token, expiry).error().code, Code::kExpired);
}

TEST(TokenVerifier, AcceptsATokenIssuedAtMostFiveSecondsAhead) {
  const std::string token = *signer().sign_task_token(task_claims());
  EXPECT_EQ(reason(token, kNow - seconds(5)), "accepted");
  EXPECT_EQ(reason(token, kNow - seconds(5) - Duration{1}), "token.not_yet_valid");
}

TEST(TokenVerifier, HonoursNotBefore) {
  EXPECT_EQ(reason_with_claim("nbf", kNow.ms / 1000 + 5), "accepted");
  EXPECT_EQ(reason_with_claim("nbf", kNow.ms / 1000 + 6), "token.not_yet_valid");
  EXPECT_EQ(reason_with_claim("nbf", "soon"), "token.not_yet_valid");
}

TEST(TokenVerifier, RefusesLifetimesThatWeWouldNotSign) {
  const std::int64_t now = kNow.ms / 1000;
  EXPECT_EQ(reason_with_claim("exp", now + 601), "token.lifetime");
  EXPECT_EQ(reason_with_claim("exp", now), "token.lifetime");
  EXPECT_EQ(reason_with_claim("iat", now + 700), "token.lifetime");
  EXPECT_EQ(reason_with_claim("iat", std::int64_t{0}), "token.lifetime");
}

TEST(TokenVerifier, RefusesTimesThatAreNotSecondsOfOurEra) {
  for (const text::Json& value :
       {text::Json(-1), text::Json(1.5), text::Json(1800000600.0), text::Json("1800000600"),
        text::Json(), text::Json(std::int64_t{253'402'300'800}),
        text::Json(std::numeric_limits<std::int64_t>::max()),
        text::Json(std::numeric_limits<std::int64_t>::min())}) {
    EXPECT_EQ(reason_with_claim("exp", value), "token.malformed") << text::to_json(value);
    EXPECT_EQ(reason_with_claim("iat", value), "token.malformed") << text::to_json(value);
  }
  const std::string payload = text::to_json(good_payload());
  const std::size_t at = payload.find("\"exp\":") + 6;
  std::string huge = payload;
  huge.insert(at, "99999999999");
  EXPECT_EQ(reason(forge(ed25519_key(), text::to_json(good_header()), huge)), "token.malformed");
}

TEST(TokenVerifier, RefusesMissingAndMistypedClaims) {
  for (const char* name : {"iss", "sub", "aud", "client_id", "jti", "instance", "session", "task",
                           "iat", "exp", "epoch", "authorization_details"}) {
    text::Json payload = good_payload();
    payload.erase(name);
    EXPECT_EQ(reason(forge(ed25519_key(), text::to_json(good_header()), text::to_json(payload))),
              "token.malformed")
        << name;
    EXPECT_EQ(reason_with_claim(name, false), "token.malformed") << name;
  }
}

TEST(TokenVerifier, DoesNotTakeAnUnknownConfirmationForABearerToken) {
  EXPECT_EQ(reason_with_claim("cnf", text::Json::object({{"x5t#S256", "abc"}})), "token.malformed");
  EXPECT_EQ(reason_with_claim("cnf", text::Json::object({{"jkt", "a"}, {"x5t#S256", "b"}})),
            "token.malformed");
  EXPECT_EQ(reason_with_claim("cnf", nullptr), "token.malformed");
  EXPECT_EQ(reason_with_claim("cnf", "x"), "token.malformed");
  EXPECT_EQ(reason_with_claim("cnf", text::Json::object()), "token.malformed");
}

TEST(TokenVerifier, NeverQuotesTheTokenInAnError) {
  const std::string good = *signer().sign_task_token(task_claims());
  const auto refused = verifier().verify(good + "x", kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find(good.substr(good.size() - 20)), std::string::npos);
  EXPECT_LT(refused.error().message.size(), 200u);
}

}  // namespace
}  // namespace ambit::identity
