// Checkpoints (C2SP tlog-checkpoint): a signed statement of a log's size and root.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/merkle.h"
#include "ledger/note.h"

namespace ambit::ledger {

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Hash root;

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// Origin, size and base64 root, one a line.
std::string checkpoint_text(const Checkpoint& checkpoint);

// Strict: exactly three lines, no leading zeroes, no extension lines. Fails with `checkpoint.form`.
Result<Checkpoint> parse_checkpoint_text(std::string_view text);

// The checkpoint as a signed note. Preconditions as of sign_note; the origin is the key's name.
std::string sign_checkpoint(std::uint64_t size, const Hash& root, const NoteVerifier& name,
                            const crypto::SigningKey& key);

// The same note with a second signature.
std::string add_signature(std::string note, const NoteVerifier& name,
                          const crypto::SigningKey& key);

// A checkpoint that `verifier` signed and whose origin is its name. Fails as open_note does, with
// `checkpoint.form`, or with `checkpoint.origin`.
Result<Checkpoint> open_checkpoint(std::string_view note, const NoteVerifier& verifier);
// The same for a log that had several keys: the first of them that signed the note counts.
Result<Checkpoint> open_checkpoint(std::string_view note, const std::vector<NoteVerifier>& keys);

}  // namespace ambit::ledger
