// The keys of one log, oldest first: each but the first was named by an entry of the log, a record
// of kind `ledger.key`, which the key before it signed by signing a checkpoint that covers it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"

namespace ambit::ledger {

inline constexpr const char* kKeyRecordKind = "ledger.key";

// The record by which `current` hands over to `next`. Fails with `ledger.key` when their names
// differ or they are the same key.
Result<std::string> encode_key_record(Time at, const NoteVerifier& current,
                                      const NoteVerifier& next);
// Whether the record is of that kind; looks at its last bytes only, for canonical form fixes them.
bool is_key_record(std::string_view record);

struct ChainedKey {
  NoteVerifier key;
  std::uint64_t named_by = 0;  // index of the entry; of the first key: 0, and no entry named it
};

// Who must have signed a checkpoint.
class KeyChain {
 public:
  explicit KeyChain(NoteVerifier first) : keys_{{std::move(first), 0}} {}
  // Reads what to_text writes. Fails with `ledger.key`.
  static Result<KeyChain> parse(std::string_view text);
  // A key a line; behind every one but the first a space and the index of the entry that named it.
  std::string to_text() const;

  // Adds the key that entry `index`, a record of kind `ledger.key`, names. Fails with `ledger.key`
  // unless it hands over from the last key to another one of the same name.
  Result<> add(std::uint64_t index, std::string_view record);

  // Drops the keys that entry `index` or a later one named.
  void forget_from(std::uint64_t index);

  const std::string& origin() const { return keys_.front().key.name(); }
  const std::vector<ChainedKey>& keys() const { return keys_; }
  const NoteVerifier& last() const { return keys_.back().key; }
  // The last key that an entry below `size` named.
  const NoteVerifier& key_for(std::uint64_t size) const;
  bool contains(const NoteVerifier& key) const;

  // A checkpoint of this log, signed by the key for its size and, if it is the first one to cover a
  // change of keys after the checkpoint of `previous` entries, by every key that was changed, too.
  // Errors as open_checkpoint.
  Result<Checkpoint> open(std::string_view note, std::uint64_t previous) const;
  // The same without that condition, for a checkpoint whose predecessor is not known.
  Result<Checkpoint> open(std::string_view note) const;

 private:
  std::vector<ChainedKey> keys_;  // INVARIANT: not empty, one name, named_by rises
};

}  // namespace ambit::ledger
