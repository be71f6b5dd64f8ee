// Records of the ledger as they are read: with the values that stand sealed beside them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ledger/record.h"
#include "text/json.h"
#include "vault/key_ring.h"
#include "vault/sealing_key.h"

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

// What the member `sealed` of a body says.
struct SealedMember {
  std::string_view key;
  crypto::Digest commitment;
};

// Reads the value of the member `sealed`; `key` points into it. `ledger.record_form`
Result<SealedMember> read_sealed(const text::Json& member);

// Opens what records seal, one after the other, for readers of their own. A key is asked for only
// when it is another than that of the record before: use one no longer than what a key's
// destruction may be overlooked. Not thread-safe.
class Opener {
 public:
  explicit Opener(const KeyRing* keys) : keys_(keys) {}

  // The values of the record of that kind whose body names `id` first (context_of), as canonical
  // JSON in `values` where they are open. Errors as open_record().
  Result<Values> open(std::string_view kind, std::string_view id, const SealedMember& sealed,
                      std::string_view beside, std::string& values);

 private:
  const KeyRing* keys_;
  std::string last_;
  FoundKey found_;
};

// --- sealing

// Tells the records of one key apart: kind and the id that the body names first of `id`, `decision`
// and `approval`.
std::string context_of(std::string_view kind, std::string_view id);
std::string context_of_body(std::string_view kind, const text::Json& body);

// Appends the value of the member `sealed` to canonical JSON.
void append_sealed(std::string& out, std::string_view key_id, const crypto::Digest& commitment);

// Moves members out of a body into what is returned, for Entry::beside; where it has none of them
// the body stays as it is and nothing is returned.
std::string seal_members(std::string_view kind, text::Json& body,
                         std::initializer_list<std::string_view> members, const SealingKey& key);

}  // namespace ambit::vault
