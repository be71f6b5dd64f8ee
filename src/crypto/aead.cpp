#include "crypto/aead.h"

#include <climits>
#include <cstdlib>

#include "crypto/internal/openssl.h"
#include "crypto/internal/sodium.h"
#include "crypto/secret.h"

namespace ambit::crypto {
namespace {

using internal::bytes_of;
using internal::require;

// Looked up once: in OpenSSL 3.0 that costs more than to encrypt a short text.
const EVP_CIPHER* fetched_aes_256_gcm() {
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  require(cipher != nullptr, "AES-256-GCM");
  return cipher;
}

int length_of(std::string_view bytes) {
  require(bytes.size() <= INT_MAX, "more than 2 GiB at once");
  return static_cast<int>(bytes.size());
}

// With the key, the nonce and the context in it. Made anew each time, so that no key outlives its
// use: freeing it wipes it.
internal::CipherContext begin(bool seal, std::string_view key, std::string_view nonce,
                              std::string_view context) {
  // A key or nonce that is too short would be read beyond its end.
  if (key.size() != kAeadKeyBytes || nonce.size() != kAeadNonceBytes) std::abort();
  internal::CipherContext cipher(EVP_CIPHER_CTX_new());
  int length = 0;
  require(cipher != nullptr &&
              EVP_CipherInit_ex2(cipher.get(), fetched_aes_256_gcm(), bytes_of(key.data()),
                                 bytes_of(nonce.data()), seal ? 1 : 0, nullptr) == 1 &&
              EVP_CipherUpdate(cipher.get(), nullptr, &length, bytes_of(context.data()),
                               length_of(context)) == 1,
          "AES-256-GCM init");
  return cipher;
}

// Writes the other form of `text`, which is as long, to `out`.
void transform(EVP_CIPHER_CTX* cipher, std::string_view text, char* out) {
  int length = 0;
  require(
      EVP_CipherUpdate(cipher, bytes_of(out), &length, bytes_of(text.data()), length_of(text)) == 1,
      "AES-256-GCM update");
}

}  // namespace

void aead_seal(std::string& out, std::string_view key, std::string_view nonce,
               std::string_view context, std::string_view plaintext) {
  const auto cipher = begin(true, key, nonce, context);
  const std::size_t at = out.size();
  out.resize(at + plaintext.size() + kAeadTagBytes);
  transform(cipher.get(), plaintext, out.data() + at);
  char* const tag = out.data() + at + plaintext.size();
  int length = 0;
  require(EVP_CipherFinal_ex(cipher.get(), bytes_of(tag), &length) == 1 &&
              EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG,
                                  static_cast<int>(kAeadTagBytes), tag) == 1,
          "AES-256-GCM tag");
}

std::optional<std::string> aead_open(std::string_view key, std::string_view nonce,
                                     std::string_view context, std::string_view sealed) {
  if (sealed.size() < kAeadTagBytes) return std::nullopt;
  const auto cipher = begin(false, key, nonce, context);
  std::string out(sealed.size() - kAeadTagBytes, '\0');
  transform(cipher.get(), sealed.substr(0, out.size()), out.data());
  std::string tag(sealed.substr(out.size()));
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kAeadTagBytes),
                              tag.data()) == 1,
          "AES-256-GCM tag");
  int length = 0;
  // Compares the tags in constant time; nothing of what was decrypted may be seen before.
  if (EVP_CipherFinal_ex(cipher.get(), bytes_of(out.data() + out.size()), &length) != 1) {
    wipe(out);
    return std::nullopt;
  }
  return out;
}

}  // namespace ambit::crypto
