// The request by which a log asks a witness for its cosignature (C2SP tlog-witness,
// `add-checkpoint`), and the answers it may get. What carries them is ports::Witness.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/merkle.h"

namespace ambit::ledger {

struct AddCheckpoint {
  std::uint64_t old_size = 0;  // of the checkpoint that this witness cosigned last
  std::vector<Hash> proof;     // of consistency from old_size to the checkpoint's size
  std::string checkpoint;      // the whole signed note
};

std::string encode_add_checkpoint(const AddCheckpoint& request);
// Reads exactly that; the checkpoint only has to be a note. For witnesses. Fails with `proof.form`
// or `note.form`.
Result<AddCheckpoint> parse_add_checkpoint(std::string_view body);

// The size in the body of a 409 answer. Fails with `witness.answer`.
Result<std::uint64_t> parse_conflict_size(std::string_view body);

}  // namespace ambit::ledger
