// What lies beside an archived segment and makes it verifiable alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/merkle.h"

namespace ambit::ledger_file::internal {

struct SegmentProof {
  ledger::Frontier before;                // of all entries before the segment
  std::uint64_t end = 0;                  // behind its last entry
  std::vector<ledger::Hash> consistency;  // from `end` to the checkpoint
  std::string checkpoint;                 // a signed note
};

std::string encode_segment_proof(const SegmentProof& proof);
// Fails with `proof.form`, `note.form` or `ledger.frontier`.
Result<SegmentProof> parse_segment_proof(std::string_view bytes);

// From the tiles of a ledger; `checkpoint` covers the segment.
Result<SegmentProof> make_segment_proof(const std::string& directory, std::uint64_t first,
                                        std::uint64_t end, const std::string& checkpoint);

}  // namespace ambit::ledger_file::internal
