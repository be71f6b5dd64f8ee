// Checks a ledger's directory, or a copy of one, without writing to it and without a lock.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "ledger/verifier.h"

namespace ambit::ledger_file {

struct VerifyOptions {
  // The log's key as known from elsewhere. Without it `ledger.pub` is believed, and a ledger that
  // was signed anew with another key passes.
  std::optional<ledger::NoteVerifier> trusted;
  // A checkpoint of this ledger kept elsewhere, as a signed note; empty: none. Only it can show
  // that the holder of the log's key rewrote or cut the log.
  std::string since;
  // Called now and then with the number of entries walked.
  std::function<void(std::uint64_t)> progress;
};

// Walks every entry, checkpoint, tile and index and reports the first that is wrong. A ledger that
// is being written meanwhile may be reported as wrong: verify a copy. Errors are for what prevents
// checking: `ledger.io`, `ledger.version`, `ledger.no_ledger`, `note.key`, or those of
// ledger::open_checkpoint for `since`.
Result<ledger::VerifyReport> verify_directory(const std::string& directory,
                                              const VerifyOptions& options = {});

// The hashes that prove entry `index` to be in the tree of `size` entries, from the tiles on disk;
// `size` is at most that of the newest checkpoint. Verify with ledger::verify_inclusion.
Result<std::vector<ledger::Hash>> prove_inclusion(const std::string& directory, std::uint64_t index,
                                                  std::uint64_t size);
// The same for ledger::verify_consistency.
Result<std::vector<ledger::Hash>> prove_consistency(const std::string& directory,
                                                    std::uint64_t old_size, std::uint64_t new_size);

}  // namespace ambit::ledger_file
