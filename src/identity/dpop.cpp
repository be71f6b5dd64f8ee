#include "identity/dpop.h"

#include <utility>

#include "crypto/digest.h"
#include "crypto/random.h"
#include "identity/internal/claims.h"
#include "identity/internal/compact_jws.h"
#include "identity/internal/http_uri.h"
#include "text/base64url.h"

namespace ambit::identity {
namespace {

constexpr std::string_view kFamily = "dpop";
constexpr std::string_view kProofType = "dpop+jwt";
constexpr std::size_t kMaxIdBytes = 256;
// A proof made in the future runs out two windows from now.
static_assert(2 * kDpopWindow.ms / 1000 < static_cast<std::int64_t>(ReplayGuard::kMaxSeconds));

tl::unexpected<Error> refuse(std::string_view what, std::string message) {
  return internal::refuse(kFamily, what, std::move(message));
}

std::string hash_of_token(std::string_view access_token) {
  return text::to_base64url(crypto::sha256(access_token).view());
}

// The key in the header, after it has verified the proof's signature.
Result<crypto::PublicKey> proven_key(const internal::CompactJws& jws) {
  if (jws.header.string_or("typ", "") != kProofType) {
    return refuse("type", "`typ` must be `dpop+jwt`");
  }
  const text::Json* jwk = jws.header.find("jwk");
  if (jwk == nullptr) return refuse("key", "the header must have the public key as `jwk`");
  auto key = crypto::PublicKey::from_jwk(*jwk);
  if (!key) return refuse("key", key.error().message);
  if (key->algorithm() != jws.algorithm) {
    return refuse("algorithm", "`alg` is not the algorithm of the key in `jwk`");
  }
  if (!key->verify(jws.signing_input, jws.signature)) {
    return refuse("signature", "the signature of the proof is wrong");
  }
  return key;
}

Result<> check_request(const text::Json& claims, const DpopRequest& request) {
  if (claims.string_or("htm", "") != request.method) {
    return refuse("method", "`htm` is not the method of this request");
  }
  const auto proved = internal::normalise_http_uri(claims.string_or("htu", ""));
  if (!proved || proved != internal::normalise_http_uri(request.uri)) {
    return refuse("uri", "`htu` is not the URI of this request");
  }
  if (request.access_token && !crypto::equal_constant_time(claims.string_or("ath", ""),
                                                           hash_of_token(*request.access_token))) {
    return refuse("token", "`ath` is not the hash of the access token sent along");
  }
  return {};
}

Result<Time> check_time(const text::Json& claims, Time now) {
  const auto issued_at = internal::numeric_date(claims, "iat");
  if (!issued_at) return refuse("malformed", "`iat` must be whole seconds since 1970");
  if (*issued_at < now - kDpopWindow || *issued_at > now + kDpopWindow) {
    return refuse("time", "`iat` is more than 60 seconds from now, " + to_rfc3339(now));
  }
  return *issued_at;
}

}  // namespace

Result<DpopProof> verify_dpop(std::string_view proof, const DpopRequest& request, Time now,
                              ReplayGuard& guard) {
  AMBIT_TRY(const internal::CompactJws jws, internal::parse_compact_jws(proof, kFamily));
  AMBIT_TRY(crypto::PublicKey key, proven_key(jws));
  AMBIT_TRY(const text::Json claims, internal::parse_payload(jws.payload, kFamily));
  AMBIT_CHECK_OK(check_request(claims, request));
  AMBIT_TRY(const Time issued_at, check_time(claims, now));
  const std::string_view id = claims.string_or("jti", "");
  if (id.empty() || id.size() > kMaxIdBytes) {
    return refuse("malformed", "`jti` must have 1 to 256 bytes");
  }
  const std::string thumbprint = key.thumbprint();
  if (request.key_thumbprint && thumbprint != *request.key_thumbprint) {
    return refuse("binding", "the access token is bound to another key");
  }
  AMBIT_CHECK_OK(guard.remember(thumbprint, id, issued_at, issued_at + kDpopWindow, now));
  return DpopProof{thumbprint, std::string(id), issued_at, std::move(key)};
}

Result<std::string> make_dpop_proof(const crypto::SigningKey& key, const DpopRequest& request,
                                    Time now) {
  const auto uri = internal::normalise_http_uri(request.uri);
  if (!uri) {
    return fail(Code::kInvalid, "dpop.uri",
                "a proof is for an absolute `http` or `https` URI without user information");
  }
  const text::Json header = text::Json::object({{"alg", crypto::name_of(key.algorithm())},
                                                {"jwk", key.public_key().jwk()},
                                                {"typ", kProofType}});
  text::Json claims = text::Json::object({{"htm", request.method},
                                          {"htu", *uri},
                                          {"iat", internal::to_seconds(now)},
                                          {"jti", crypto::random_token("")}});
  if (request.access_token) claims.set("ath", hash_of_token(*request.access_token));
  return internal::sign_compact_jws(key, header, claims);
}

}  // namespace ambit::identity
