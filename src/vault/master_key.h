// The master key in its file, and how it is exchanged for another.
#pragma once

#include <memory>
#include <string>

#include "vault/vault.h"

namespace ambit::vault {

// Opens the vault with the master key in FOLDER/vault.jwk, which is made when there is none and the
// store has no key yet; finishes an exchange that a crash cut off. `vault.master` when the file is
// missing, or is not the one under which the store's keys are wrapped; the errors of key files.
Result<std::unique_ptr<Vault>> open_vault(ports::KeyStore& store, const std::string& folder);

// Exchanges the master key for a fresh one, wraps every key anew, and says how many. Nobody else
// may use the store meanwhile. A crash leaves what open_vault, or doing it again, brings to its
// end.
Result<std::size_t> rotate_master_key(ports::KeyStore& store, const std::string& folder);

}  // namespace ambit::vault
