// Makes keys, destroys them, wraps them anew.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/digest.h"
#include "vault/key_ring.h"

namespace ambit::vault {

// Thread-safe; everything but finding a key that was found before may block on the disk.
class Vault final : public StoredKeys {
 public:
  // The store outlives the vault. `vault.master` when it has keys that were wrapped under another
  // master key: then that one must be found again, or all they seal is lost.
  static Result<std::unique_ptr<Vault>> open(ports::KeyStore& store, crypto::SecretBytes master);

  // A new random key, durable when it is returned, or the one that is there. `vault.erased` when it
  // was destroyed.
  Result<std::shared_ptr<const SealingKey>> make(const std::string& id);

  // A key of this installation for another purpose than sealing, such as `ambit/snapshot/1`. It is
  // another one once the master key is exchanged.
  crypto::HmacKey derive(std::string_view purpose) const;

  // For good: nothing that these keys sealed can be opened again, whoever holds the master key.
  // `key.unknown`
  Result<> destroy(const std::vector<std::string>& ids);

 private:
  Vault(ports::KeyStore& store, crypto::SecretBytes master)
      : StoredKeys(store, std::move(master)), store_(store) {}

  ports::KeyStore& store_;
};

// Wraps every key of the store under `fresh` instead of `old`, all or none, and says how many.
// Nobody else may use the store meanwhile. `vault.master`
Result<std::size_t> rewrap_all(ports::KeyStore& store, const crypto::SecretBytes& old,
                               const crypto::SecretBytes& fresh);

}  // namespace ambit::vault
