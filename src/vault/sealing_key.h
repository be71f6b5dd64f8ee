// One key, and what it seals: values that stand beside a leaf, and the commitment in the leaf.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/secret.h"

namespace ambit::vault {

struct Sealed {
  crypto::Digest commitment;  // for the leaf
  std::string beside;         // the values, encrypted
};

// Immutable and thread-safe. Two keys are derived from the secret, one commits, one encrypts.
class SealingKey {
 public:
  // `secret` has 32 bytes.
  SealingKey(std::string id, const crypto::SecretBytes& secret);

  const std::string& id() const { return id_; }

  // Depends on nothing but its arguments and the key: sealing twice gives the same bytes, and there
  // is no nonce that could be used twice for different values. `context` tells the records of one
  // key apart (context_of in open_record.h).
  Sealed seal(std::string_view context, std::string_view values) const;

  // Whoever has it can check what this key committed to, guesses at it included, and open nothing.
  const crypto::SecretBytes& committing_key() const { return committing_key_; }

  // The values. `vault.tampered` when they are not what the leaf commits to in this context.
  Result<std::string> open(std::string_view context, const crypto::Digest& commitment,
                           std::string_view beside) const;

 private:
  std::string head(std::string_view context) const;

  std::string id_;
  crypto::SecretBytes committing_key_;
  crypto::HmacKey committing_;
  crypto::AeadKey encrypting_;
};

// Whether these are the values that the key called `id` committed to in this context, by its
// committing key alone.
bool commits_to(std::string_view committing_key, std::string_view id, std::string_view context,
                std::string_view values, const crypto::Digest& commitment);

}  // namespace ambit::vault
