// AES-256-GCM: bytes that only the holder of a key can read, and nobody else can change.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/secret.h"

namespace ambit::crypto {

inline constexpr std::size_t kAeadKeyBytes = 32;
inline constexpr std::size_t kAeadNonceBytes = 12;
inline constexpr std::size_t kAeadTagBytes = 16;

// A key whose schedule is made once, for many short texts. Thread-safe.
class AeadKey {
 public:
  // Precondition of all: the sizes above.
  explicit AeadKey(std::string_view key);

  // Appends the ciphertext and its tag to `out` (NIST SP 800-38D). `context` is not encrypted;
  // opening needs the same. Precondition: a nonce that this key never used for another text; where
  // nonces are random, a key serves for 2^32 texts (section 8.3).
  void seal(std::string& out, std::string_view nonce, std::string_view context,
            std::string_view plaintext) const;

  // What was sealed; nothing when key, nonce, context or a byte of it differ.
  std::optional<std::string> open(std::string_view nonce, std::string_view context,
                                  std::string_view sealed) const;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace ambit::crypto
