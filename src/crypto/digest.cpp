#include "crypto/digest.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "crypto/internal/openssl.h"
#include "crypto/internal/sodium.h"
#include "crypto/secret.h"
#include "text/base64url.h"

namespace ambit::crypto {
namespace internal {

void require(bool succeeded, const char* what) {
  if (succeeded) return;
  std::fprintf(stderr, "ambit: OpenSSL failed: %s\n", what);
  std::abort();
}

}  // namespace internal

namespace {

using internal::require;

// OpenSSL 3.0 looks an algorithm up anew on each use unless it was fetched; that costs more than
// hashing a short text. The fetched objects live as long as the process.
const EVP_MD* fetched_sha256() {
  static const EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  require(md != nullptr, "fetch SHA256");
  return md;
}

internal::MacContext new_hmac() {
  static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  require(mac != nullptr, "fetch HMAC");
  internal::MacContext context(EVP_MAC_CTX_new(mac));
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_END};
  require(context != nullptr && EVP_MAC_CTX_set_params(context.get(), params) == 1, "HMAC set-up");
  return context;
}

constexpr std::size_t kBlockBytes = 64;

// SHA-256 that has read the key with `pad` over it: one of the two halves of RFC 2104.
internal::MdContext half_of(std::string_view key, char pad) {
  std::string block(kBlockBytes, '\0');
  std::copy(key.begin(), key.end(), block.begin());
  for (char& byte : block) byte = static_cast<char>(byte ^ pad);
  internal::MdContext context(EVP_MD_CTX_new());
  require(context != nullptr && EVP_DigestInit_ex2(context.get(), fetched_sha256(), nullptr) == 1 &&
              EVP_DigestUpdate(context.get(), block.data(), block.size()) == 1,
          "HMAC key");
  wipe(block);
  return context;
}

}  // namespace

struct HmacKey::State {
  internal::MdContext inner;
  internal::MdContext outer;
};

HmacKey::HmacKey(std::string_view key) {
  const Digest hashed = key.size() > kBlockBytes ? sha256(key) : Digest();
  const std::string_view used = key.size() > kBlockBytes ? hashed.view() : key;
  state_ = std::make_shared<const State>(State{half_of(used, 0x36), half_of(used, 0x5c)});
}

Digest HmacKey::mac(std::initializer_list<std::string_view> parts) const {
  thread_local const internal::MdContext context(EVP_MD_CTX_new());
  require(context != nullptr && EVP_MD_CTX_copy_ex(context.get(), state_->inner.get()) == 1,
          "HMAC inner");
  for (const std::string_view part : parts) {
    require(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1, "HMAC update");
  }
  Digest digest;
  require(EVP_DigestFinal_ex(context.get(), digest.bytes.data(), nullptr) == 1 &&
              EVP_MD_CTX_copy_ex(context.get(), state_->outer.get()) == 1 &&
              EVP_DigestUpdate(context.get(), digest.bytes.data(), digest.bytes.size()) == 1 &&
              EVP_DigestFinal_ex(context.get(), digest.bytes.data(), nullptr) == 1,
          "HMAC final");
  return digest;
}

Digest sha256(std::string_view bytes) { return sha256({bytes}); }

Digest sha256(std::initializer_list<std::string_view> parts) {
  thread_local const internal::MdContext context(EVP_MD_CTX_new());
  require(context != nullptr && EVP_DigestInit_ex2(context.get(), fetched_sha256(), nullptr) == 1,
          "SHA256 init");
  for (const std::string_view part : parts) {
    require(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1, "SHA256 update");
  }
  Digest digest;
  require(EVP_DigestFinal_ex(context.get(), digest.bytes.data(), nullptr) == 1, "SHA256 final");
  return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view bytes) {
  thread_local const internal::MacContext context = new_hmac();
  // A null key means "the key of before" to OpenSSL, and an empty view may be null.
  const char* const key_data = key.empty() ? "" : key.data();
  require(EVP_MAC_init(context.get(), internal::bytes_of(key_data), key.size(), nullptr) == 1,
          "HMAC init");
  require(EVP_MAC_update(context.get(), internal::bytes_of(bytes.data()), bytes.size()) == 1,
          "HMAC update");
  Digest digest;
  std::size_t size = 0;
  require(EVP_MAC_final(context.get(), digest.bytes.data(), &size, digest.bytes.size()) == 1,
          "HMAC final");
  return digest;
}

std::string to_string(const Digest& digest) {
  std::string out = "sha256:";
  text::append_hex(out, digest.view());
  return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace ambit::crypto
