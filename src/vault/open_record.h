// Records of the ledger as they are read: with the values that stand sealed beside them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ledger/record.h"
#include "text/json.h"
#include "vault/key_ring.h"

namespace ambit::vault {

// How it stands with the values that a record commits to.
enum class Values {
  kNone,    // it has none: all it says stands in the leaf
  kOpen,    // they are in the body, each where it belongs
  kErased,  // their key was destroyed: nobody can read them
  kLocked,  // their key is not at hand
};
// `none`, `open`, `erased`, `locked`
std::string_view name_of(Values values);

struct OpenedRecord {
  ledger::Record record;
  Values values = Values::kNone;
};

// Reads one entry. Its body has the form that docs/formats/records.md gives; where the values are
// erased or locked their members are missing, and the member `sealed` is left. Without `keys` all
// is locked. Errors: those of ledger::decode_record, of the key ring, and `vault.tampered` when the
// values are not those that the leaf commits to.
Result<OpenedRecord> open_record(std::uint64_t index, std::string_view record,
                                 std::string_view beside, const KeyRing* keys);

// The same for a body that is parsed already.
Result<Values> open_values(std::string_view kind, text::Json& body, std::string_view beside,
                           const KeyRing* keys);

// --- sealing

// Tells the records of one key apart: kind and the id that the body names first of `id`, `decision`
// and `approval`.
std::string context_of(std::string_view kind, std::string_view id);

// Appends the value of the member `sealed` to canonical JSON.
void append_sealed(std::string& out, std::string_view key_id, const crypto::Digest& commitment);

// Moves members out of a body into what is returned, for Entry::beside; where it has none of them
// the body stays as it is and nothing is returned.
std::string seal_members(std::string_view kind, text::Json& body,
                         std::initializer_list<std::string_view> members, const SealingKey& key);

}  // namespace ambit::vault
