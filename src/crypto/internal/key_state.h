// What the key classes hold.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "crypto/internal/openssl.h"
#include "crypto/keys.h"

namespace ambit::crypto {

// INVARIANT: `ed25519` has 32 bytes and `p256` is null, or `ed25519` is empty and `p256` holds a
// point on the curve; `algorithm` says which.
struct PublicKey::State {
  Algorithm algorithm = Algorithm::kEdDSA;
  std::string ed25519;
  internal::Pkey p256;
  text::Json jwk;
  std::string thumbprint;
};

struct SigningKey::State {
  PublicKey public_key;
  SecretBytes ed25519;  // libsodium's form: seed, then public key
  internal::Pkey p256;
};

namespace internal {

constexpr std::size_t kFieldBytes = 32;      // one coordinate or scalar of P-256
constexpr std::size_t kSignatureBytes = 64;  // both algorithms

// The key whose point is (x, y), and whose scalar is `d` unless that is empty. Each has 32 bytes.
// Null when the point is not on the curve or `d` does not belong to it.
Pkey p256_key(std::string_view x, std::string_view y, std::string_view d);
Pkey p256_generate();
// x, y and d, each 32 bytes; the key must hold a private part.
struct P256Parts {
  std::string x;
  std::string y;
  SecretBytes d;
};
P256Parts p256_parts(const EVP_PKEY* key);

bool p256_verify(EVP_PKEY* key, std::string_view message, std::string_view signature);
std::string p256_sign(EVP_PKEY* key, std::string_view message);

}  // namespace internal
}  // namespace ambit::crypto
