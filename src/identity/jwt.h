// Task credentials: JWT access tokens (RFC 9068) that carry their proof in their C++ type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/keys.h"
#include "text/json.h"

namespace ambit::identity {

inline constexpr std::size_t kMaxTokenBytes = 8 * 1024;
inline constexpr Duration kMaxTaskTokenLifetime = minutes(10);
// How far in the future `iat` and `nbf` may lie. `exp` has no allowance: Ambit issued the token by
// its own clock.
inline constexpr Duration kTokenFutureAllowance = seconds(5);

// What a task credential says. On the wire times are whole seconds (NumericDate), rounded down.
struct TaskClaims {
  std::string issuer;     // `iss`; the signer writes its own
  std::string subject;    // `sub`: the agent
  std::string audience;   // `aud`
  std::string client_id;  // `client_id`
  std::string token_id;   // `jti`
  std::string instance;   // `instance`
  std::string session;    // `session`
  std::string task;       // `task`
  Time issued_at;         // `iat`
  Time expires_at;        // `exp`
  // `cnf.jkt`: thumbprint of the key whose possession the holder must prove (RFC 9449 section 6.1).
  std::optional<std::string> key_thumbprint;
  text::Json authorization_details;  // RFC 9396; see authorization_details.h
  std::int64_t epoch = 0;            // `epoch`: revocation epoch at issue
};

// A token taken apart, of which nothing has been proved. It holds no claims on purpose.
class UnverifiedToken {
 public:
  // Accepts a compact JWS whose header names an allowed algorithm, a `typ` and a `kid`, and which
  // neither carries nor points to a key. Fails with `token.malformed` or `token.algorithm`.
  static Result<UnverifiedToken> parse(std::string_view compact);

  crypto::Algorithm algorithm() const { return algorithm_; }
  const std::string& type() const { return type_; }
  const std::string& key_id() const { return key_id_; }

 private:
  friend class TokenVerifier;
  UnverifiedToken() = default;

  crypto::Algorithm algorithm_ = crypto::Algorithm::kEdDSA;
  std::string type_;
  std::string key_id_;
  std::string payload_;
  std::string signing_input_;
  std::string signature_;
};

// Proof that the claims were signed by a key of the verifier, for its issuer and audience, and were
// valid when checked. Only TokenVerifier makes one.
class VerifiedToken {
 public:
  const TaskClaims& claims() const { return claims_; }
  bool expired(Time now) const { return now >= claims_.expires_at; }

 private:
  friend class TokenVerifier;
  explicit VerifiedToken(TaskClaims claims) : claims_(std::move(claims)) {}

  TaskClaims claims_;
};

// Issues task credentials. Thread-safe.
class TokenSigner {
 public:
  TokenSigner(crypto::SigningKey key, std::string issuer);

  // A compact JWS of `typ` `at+jwt` whose `kid` is the key's thumbprint. Fails with
  // `token.lifetime` unless it lives for 1 second to 10 minutes, with `token.claims` when a claim
  // is missing, and with `token.size` when the token would be longer than a verifier accepts.
  Result<std::string> sign_task_token(const TaskClaims& claims) const;

  const crypto::PublicKey& public_key() const { return key_.public_key(); }
  const std::string& issuer() const { return issuer_; }

 private:
  crypto::SigningKey key_;
  std::string issuer_;
};

// Checks task credentials against a fixed set of keys. Thread-safe.
class TokenVerifier {
 public:
  // `keys` are the current key and those before it whose tokens may still be alive.
  TokenVerifier(std::vector<crypto::PublicKey> keys, std::string issuer, std::string audience);

  // Fails with `token.` and: malformed, algorithm, type, unknown_key, signature, issuer, audience,
  // lifetime, not_yet_valid, expired. Claims are read only after the signature was found good.
  // Whether the task is still open is not the token's to say: the caller asks for that.
  Result<VerifiedToken> verify(std::string_view token, Time now) const;

 private:
  Result<text::Json> verify_signature(const UnverifiedToken& token) const;
  Result<> check(const TaskClaims& claims, Time now) const;

  std::vector<crypto::PublicKey> keys_;
  std::string issuer_;
  std::string audience_;
};

}  // namespace ambit::identity
