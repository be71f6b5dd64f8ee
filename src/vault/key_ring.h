// Keys by id, for whoever opens what they sealed.
#pragma once

#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "crypto/secret.h"
#include "ports/keys.h"
#include "vault/sealing_key.h"

namespace ambit::vault {

enum class KeyState {
  kHeld,
  kErased,   // destroyed for good
  kUnknown,  // not here, and not known to have been destroyed
};

struct FoundKey {
  KeyState state = KeyState::kUnknown;
  std::shared_ptr<const SealingKey> key;  // when it is held
};

// Thread-safe.
class KeyRing {
 public:
  virtual ~KeyRing() = default;
  virtual Result<FoundKey> find(const std::string& id) const = 0;
};

// The keys in a store, which outlives this. Those that were used are remembered, within bounds.
class StoredKeys : public KeyRing {
 public:
  StoredKeys(const ports::KeyReader& reader, crypto::SecretBytes master);

  // `vault.master` when the key was wrapped under another master key; the errors of the store.
  Result<FoundKey> find(const std::string& id) const override;

 protected:
  void remember(const std::string& id, FoundKey key) const;
  const crypto::SecretBytes& master() const { return master_; }

 private:
  const ports::KeyReader& reader_;
  crypto::SecretBytes master_;
  mutable std::shared_mutex mutex_;
  mutable std::unordered_map<std::string, FoundKey> known_;  // held or erased
};

// A key's secret under the master key. The id is bound to it, so that two cannot be exchanged.
std::string wrap(std::string_view master, std::string_view id, const crypto::SecretBytes& secret);
// `vault.master`
Result<crypto::SecretBytes> unwrap(std::string_view master, const ports::StoredKey& key);

}  // namespace ambit::vault
