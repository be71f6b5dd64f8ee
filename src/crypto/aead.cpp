#include "crypto/aead.h"

#include <cstdlib>

#include "crypto/internal/sodium.h"

namespace ambit::crypto {
namespace {

using internal::bytes_of;

static_assert(kAeadKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(kAeadNonceBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kAeadTagBytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);

// A key or nonce that is too short would be read beyond its end.
void check_sizes(std::string_view key, std::string_view nonce) {
  if (key.size() != kAeadKeyBytes || nonce.size() != kAeadNonceBytes) std::abort();
  internal::ensure_sodium();
}

}  // namespace

void aead_seal(std::string& out, std::string_view key, std::string_view nonce,
               std::string_view context, std::string_view plaintext) {
  check_sizes(key, nonce);
  const std::size_t begin = out.size();
  out.resize(begin + plaintext.size() + kAeadTagBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(out.data() + begin), nullptr,
                                             bytes_of(plaintext.data()), plaintext.size(),
                                             bytes_of(context.data()), context.size(), nullptr,
                                             bytes_of(nonce.data()), bytes_of(key.data()));
}

std::optional<std::string> aead_open(std::string_view key, std::string_view nonce,
                                     std::string_view context, std::string_view sealed) {
  check_sizes(key, nonce);
  if (sealed.size() < kAeadTagBytes) return std::nullopt;
  std::string out(sealed.size() - kAeadTagBytes, '\0');
  const int refused = crypto_aead_xchacha20poly1305_ietf_decrypt(
      bytes_of(out.data()), nullptr, nullptr, bytes_of(sealed.data()), sealed.size(),
      bytes_of(context.data()), context.size(), bytes_of(nonce.data()), bytes_of(key.data()));
  if (refused != 0) return std::nullopt;
  return out;
}

}  // namespace ambit::crypto
