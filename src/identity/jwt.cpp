#include "identity/jwt.h"

#include <algorithm>
#include <utility>

#include "identity/internal/claims.h"
#include "identity/internal/compact_jws.h"

namespace ambit::identity {
namespace {

constexpr std::string_view kFamily = "token";
constexpr std::string_view kAccessTokenType = "at+jwt";  // RFC 9068 section 2.1
static_assert(kMaxTokenBytes == internal::kMaxJwsBytes);

tl::unexpected<Error> refuse(std::string_view what, std::string message) {
  return internal::refuse(kFamily, what, std::move(message));
}

tl::unexpected<Error> too_large() {
  return fail(Code::kExhausted, "token.size",
              "the task's scope does not fit a token of " + std::to_string(kMaxTokenBytes) +
                  " bytes; name fewer tools or targets");
}

Result<> check_lifetime(Time issued_at, Time expires_at) {
  const Duration lifetime = expires_at - issued_at;
  if (lifetime > kMaxTaskTokenLifetime || lifetime <= Duration{0}) {
    return refuse("lifetime", "a task token lives for 1 second to 10 minutes");
  }
  return {};
}

}  // namespace

Result<UnverifiedToken> UnverifiedToken::parse(std::string_view compact) {
  AMBIT_TRY(internal::CompactJws jws, internal::parse_compact_jws(compact, kFamily));
  // RFC 8725 section 3.10: a token must not say by which key it is to be trusted.
  for (const char* name : {"jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256"}) {
    if (jws.header.find(name) != nullptr) {
      return refuse("malformed", "the header carries or points to a key by `" + std::string(name) +
                                     "`; keys are known by `kid` only");
    }
  }
  UnverifiedToken token;
  token.algorithm_ = jws.algorithm;
  token.type_ = jws.header.string_or("typ", "");
  token.key_id_ = jws.header.string_or("kid", "");
  if (token.type_.empty() || token.key_id_.empty()) {
    return refuse("malformed", "the header must have `typ` and `kid`");
  }
  token.payload_ = std::move(jws.payload);
  token.signing_input_ = std::move(jws.signing_input);
  token.signature_ = std::move(jws.signature);
  return token;
}

TokenSigner::TokenSigner(crypto::SigningKey key, std::string issuer)
    : key_(std::move(key)), issuer_(std::move(issuer)) {}

Result<std::string> TokenSigner::sign_task_token(const TaskClaims& claims) const {
  const text::Json header = text::Json::object({{"alg", crypto::name_of(key_.algorithm())},
                                                {"kid", key_.public_key().thumbprint()},
                                                {"typ", kAccessTokenType}});
  text::Json payload = internal::to_payload(claims);
  payload.set("iss", issuer_);
  const std::string canonical = text::to_canonical_json(payload);
  if (canonical.size() > kMaxTokenBytes) return too_large();
  // What could not be read back is not signed.
  const auto readable = internal::parse_payload(canonical, kFamily).and_then(internal::claims_from);
  if (!readable) return fail(Code::kInvalid, "token.claims", readable.error().message);
  if (const auto lifetime = check_lifetime(readable->issued_at, readable->expires_at); !lifetime) {
    return fail(Code::kInvalid, lifetime.error().reason, lifetime.error().message);
  }
  std::string token = internal::sign_compact_jws(key_, header, payload);
  if (token.size() > kMaxTokenBytes) return too_large();
  return token;
}

TokenVerifier::TokenVerifier(std::vector<crypto::PublicKey> keys, std::string issuer,
                             std::string audience)
    : keys_(std::move(keys)), issuer_(std::move(issuer)), audience_(std::move(audience)) {}

Result<VerifiedToken> TokenVerifier::verify(std::string_view token, Time now) const {
  AMBIT_TRY(const UnverifiedToken parsed, UnverifiedToken::parse(token));
  AMBIT_TRY(const text::Json payload, verify_signature(parsed));
  AMBIT_TRY(TaskClaims claims, internal::claims_from(payload));
  AMBIT_CHECK_OK(check(claims, now));
  if (payload.find("nbf") != nullptr) {
    const auto not_before = internal::numeric_date(payload, "nbf");
    if (!not_before || *not_before > now + kTokenFutureAllowance) {
      return refuse("not_yet_valid", "the token is not valid yet");
    }
  }
  return VerifiedToken(std::move(claims));
}

Result<text::Json> TokenVerifier::verify_signature(const UnverifiedToken& token) const {
  if (token.type() != kAccessTokenType) {
    return refuse("type", "the token is not an access token; `typ` must be `at+jwt`");
  }
  const auto key = std::find_if(keys_.begin(), keys_.end(), [&token](const auto& candidate) {
    return candidate.thumbprint() == token.key_id();
  });
  if (key == keys_.end()) {
    return refuse("unknown_key", "the token was not signed by a key of this issuer");
  }
  if (key->algorithm() != token.algorithm()) {
    return refuse("algorithm", "`alg` is not the algorithm of the key that `kid` names");
  }
  if (!key->verify(token.signing_input_, token.signature_)) {
    return refuse("signature", "the signature of the token is wrong");
  }
  return internal::parse_payload(token.payload_, kFamily);
}

Result<> TokenVerifier::check(const TaskClaims& claims, Time now) const {
  if (claims.issuer != issuer_) {
    return refuse("issuer", "the token is of another issuer than `" + issuer_ + "`");
  }
  if (claims.audience != audience_) {
    return refuse("audience", "the token is for another audience than `" + audience_ + "`");
  }
  AMBIT_CHECK_OK(check_lifetime(claims.issued_at, claims.expires_at));
  if (claims.issued_at > now + kTokenFutureAllowance) {
    return refuse("not_yet_valid", "the token was issued in the future");
  }
  if (now >= claims.expires_at) {
    return fail(Code::kExpired, "token.expired",
                "the token expired at " + to_rfc3339(claims.expires_at));
  }
  return {};
}

}  // namespace ambit::identity
