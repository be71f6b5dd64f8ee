// Signing keys: Ed25519 (ours) and ES256 (what many clients hold), as values.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/secret.h"
#include "text/json.h"

namespace ambit::crypto {

enum class Algorithm { kEdDSA, kES256 };  // JOSE names: RFC 8037, RFC 7518

const char* name_of(Algorithm algorithm);

// A public key; copies share the parsed form.
class PublicKey {
 public:
  // From a JWK (RFC 7517) of kty OKP/Ed25519 or EC/P-256. Refuses a private member `d`.
  static Result<PublicKey> from_jwk(const text::Json& jwk);
  // From the 32 raw bytes of an Ed25519 key.
  static Result<PublicKey> from_ed25519(std::string_view raw);

  Algorithm algorithm() const;
  // Only the members that RFC 7638 hashes, in canonical order.
  text::Json jwk() const;
  // RFC 7638 SHA-256 thumbprint, base64url: the `kid` and `jkt` of this key.
  const std::string& thumbprint() const;
  // 32 raw bytes; empty for ES256.
  std::string ed25519_bytes() const;
  // `signature` is 64 bytes: Ed25519, or R || S for ES256.
  bool verify(std::string_view message, std::string_view signature) const;

  struct State;

 private:
  explicit PublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  friend class SigningKey;
  std::shared_ptr<const State> state_;
};

// A private key. Movable only.
class SigningKey {
 public:
  static Result<SigningKey> generate(Algorithm algorithm);
  // Reads what `write_file` wrote. Fails with `key.permissions` when others can read the file.
  static Result<SigningKey> read_file(const std::string& path);
  // Ed25519 from its 32-byte seed.
  static Result<SigningKey> from_ed25519_seed(std::string_view seed);

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  // Writes the key as a private JWK, mode 0600, durably and all at once; fails if the file exists.
  Result<> write_file(const std::string& path) const;

  Algorithm algorithm() const;
  const PublicKey& public_key() const;
  // 64 bytes, in the form `PublicKey::verify` reads.
  std::string sign(std::string_view message) const;

  struct State;

 private:
  explicit SigningKey(std::unique_ptr<State> state);
  static Result<SigningKey> from_p256(std::string_view x, std::string_view y, std::string_view d);
  std::unique_ptr<State> state_;
};

}  // namespace ambit::crypto
