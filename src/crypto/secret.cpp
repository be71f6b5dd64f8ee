#include "crypto/secret.h"

#include <utility>

#include "crypto/internal/sodium.h"

namespace ambit::crypto {

void wipe(std::string& bytes) {
  // Growing to the capacity does not allocate, and makes the spare bytes ours to overwrite.
  bytes.resize(bytes.capacity());
  sodium_memzero(bytes.data(), bytes.size());
  bytes.clear();
}

// A short string lives inside the object, so that moving it copies: the source is wiped too.
SecretBytes::SecretBytes(std::string bytes) : bytes_(std::move(bytes)) { wipe(bytes); }

SecretBytes::SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) {
  wipe(other.bytes_);
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    wipe(bytes_);
    bytes_ = std::move(other.bytes_);
    wipe(other.bytes_);
  }
  return *this;
}

SecretBytes::~SecretBytes() { wipe(bytes_); }

}  // namespace ambit::crypto
