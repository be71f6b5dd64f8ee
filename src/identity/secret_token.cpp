#include "identity/secret_token.h"

#include <array>
#include <cstdint>

#include "crypto/random.h"
#include "text/base64url.h"

namespace ambit::identity {
namespace {

constexpr std::size_t kSecretBytes = 32;

}  // namespace

crypto::SecretBytes generate_secret_token() {
  return crypto::SecretBytes(crypto::random_token(kSecretTokenPrefix));
}

bool is_secret_token(std::string_view text) {
  if (!text.starts_with(kSecretTokenPrefix)) return false;
  std::array<std::uint8_t, kSecretBytes> secret;
  return text::read_base64url(text.substr(kSecretTokenPrefix.size()), secret);
}

crypto::Digest hash_secret_token(std::string_view token) { return crypto::sha256(token); }

bool matches_secret_token(std::string_view presented, const crypto::Digest& stored) {
  return crypto::equal_constant_time(hash_secret_token(presented).view(), stored.view());
}

}  // namespace ambit::identity
