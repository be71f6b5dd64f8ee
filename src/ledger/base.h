// What is left of a ledger's first entries once they are dropped: the state that they led to, which
// whoever follows the ledger goes on from, vouched for by the ledger's key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/keys.h"
#include "ledger/key_chain.h"

namespace ambit::ledger {

struct Base {
  std::uint64_t size = 0;  // entries that led to the state
  std::string state;
};

// A signed note of the state's size and digest, and behind it the state. Precondition: `key` is the
// private half of `name`.
std::string encode_base(const Base& base, const NoteVerifier& name, const crypto::SigningKey& key);

// Reads that. Errors: `base.form`, and those of open_note where neither the log's key for that size
// nor a later one has signed it.
Result<Base> decode_base(std::string_view file, const KeyChain& keys);

}  // namespace ambit::ledger
