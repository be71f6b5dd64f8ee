#include "crypto/aead.h"

#include <climits>
#include <cstdlib>
#include <mutex>

#include "crypto/internal/openssl.h"
#include "crypto/internal/sodium.h"
#include "crypto/secret.h"

namespace ambit::crypto {
namespace {

using internal::bytes_of;
using internal::CipherContext;
using internal::require;

enum class Way { kOpen = 0, kSeal = 1 };

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

CipherContext keyed(Way way, std::string_view key) {
  CipherContext cipher(EVP_CIPHER_CTX_new());
  require(cipher != nullptr &&
              EVP_CipherInit_ex2(cipher.get(), fetched_aes_256_gcm(), bytes_of(key.data()), nullptr,
                                 static_cast<int>(way), nullptr) == 1,
          "AES-256-GCM key");
  return cipher;
}

void begin(EVP_CIPHER_CTX* cipher, std::string_view nonce, std::string_view context) {
  // A nonce that is too short would be read beyond its end.
  if (nonce.size() != kAeadNonceBytes) std::abort();
  int length = 0;
  require(EVP_CipherInit_ex2(cipher, nullptr, nullptr, bytes_of(nonce.data()), -1, nullptr) == 1 &&
              EVP_CipherUpdate(cipher, nullptr, &length, bytes_of(context.data()),
                               length_of(context)) == 1,
          "AES-256-GCM init");
}

// Writes the other form of `text`, which is as long, to `out`.
void transform(EVP_CIPHER_CTX* cipher, std::string_view text, char* out) {
  int length = 0;
  require(
      EVP_CipherUpdate(cipher, bytes_of(out), &length, bytes_of(text.data()), length_of(text)) == 1,
      "AES-256-GCM update");
}

}  // namespace

struct AeadKey::State {
  // Calls `use` with a context that holds the key: the one that is kept, or one of its own while
  // another thread has that. Freeing a context wipes it.
  template <class Use>
  void with(Way way, const Use& use) {
    const std::unique_lock lock(mutex, std::try_to_lock);
    if (!lock) return use(keyed(way, key.expose()).get());
    CipherContext& kept = way == Way::kSeal ? sealing : opening;
    if (!kept) kept = keyed(way, key.expose());
    use(kept.get());
  }

  SecretBytes key;
  std::mutex mutex;
  CipherContext sealing;  // under mutex, as is the other; made when first used
  CipherContext opening;
};

AeadKey::AeadKey(std::string_view key) : state_(std::make_shared<State>()) {
  // A key that is too short would be read beyond its end.
  if (key.size() != kAeadKeyBytes) std::abort();
  state_->key = SecretBytes(std::string(key));
}

void AeadKey::seal(std::string& out, std::string_view nonce, std::string_view context,
                   std::string_view plaintext) const {
  const std::size_t at = out.size();
  out.resize(at + plaintext.size() + kAeadTagBytes);
  char* const to = out.data() + at;
  state_->with(Way::kSeal, [&](EVP_CIPHER_CTX* cipher) {
    begin(cipher, nonce, context);
    transform(cipher, plaintext, to);
    char* const tag = to + plaintext.size();
    int length = 0;
    require(EVP_CipherFinal_ex(cipher, bytes_of(tag), &length) == 1 &&
                EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kAeadTagBytes),
                                    tag) == 1,
            "AES-256-GCM tag");
  });
}

std::optional<std::string> AeadKey::open(std::string_view nonce, std::string_view context,
                                         std::string_view sealed) const {
  if (sealed.size() < kAeadTagBytes) return std::nullopt;
  std::string out(sealed.size() - kAeadTagBytes, '\0');
  std::string tag(sealed.substr(out.size()));
  bool opened = false;
  state_->with(Way::kOpen, [&](EVP_CIPHER_CTX* cipher) {
    begin(cipher, nonce, context);
    transform(cipher, sealed.substr(0, out.size()), out.data());
    require(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kAeadTagBytes),
                                tag.data()) == 1,
            "AES-256-GCM tag");
    int length = 0;
    // Compares the tags in constant time; nothing of what was decrypted may be seen before.
    opened = EVP_CipherFinal_ex(cipher, bytes_of(out.data() + out.size()), &length) == 1;
  });
  if (opened) return out;
  wipe(out);
  return std::nullopt;
}

}  // namespace ambit::crypto
