// Proof of possession for each request: DPoP, RFC 9449.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "crypto/keys.h"
#include "identity/replay_guard.h"

namespace ambit::identity {

// How far `iat` may lie from now, in either direction and inclusive.
inline constexpr Duration kDpopWindow = seconds(60);

// The request that a proof must be about.
struct DpopRequest {
  std::string_view method;  // compared exactly, as HTTP methods are
  // Absolute, `http` or `https`; query and fragment are ignored.
  std::string_view uri;
  // The access token sent with the request, which the proof's `ath` must name.
  std::optional<std::string_view> access_token = std::nullopt;
  // The token's `cnf.jkt`. Checked before the proof is remembered, so that strangers with keys of
  // their own cannot fill the guard: give it wherever a token is bound.
  std::optional<std::string_view> key_thumbprint = std::nullopt;
};

struct DpopProof {
  std::string thumbprint;  // the `jkt` of the key
  std::string id;          // `jti`
  Time issued_at;
  crypto::PublicKey key;
};

// Checks `proof` as RFC 9449 section 4.3 asks and remembers it in `guard`. Fails with `dpop.` and:
// malformed, algorithm, type, key, signature, method, uri, time, token, binding, replay,
// replay_capacity.
Result<DpopProof> verify_dpop(std::string_view proof, const DpopRequest& request, Time now,
                              ReplayGuard& guard);

// The value of the `DPoP` header for one request. `request.key_thumbprint` is not used. Fails with
// `dpop.uri` when `request.uri` is not an absolute `http` or `https` URI.
Result<std::string> make_dpop_proof(const crypto::SigningKey& key, const DpopRequest& request,
                                    Time now);

}  // namespace ambit::identity
