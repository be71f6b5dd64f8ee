// Checks a ledger's directory, or a copy of one, without writing to it and without a lock.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "ledger/cosignature.h"
#include "ledger/note.h"
#include "ledger/verifier.h"
#include "ports/log.h"

namespace ambit::ledger_file {

struct VerifyOptions {
  // A key of the log as known from elsewhere: its first, or any that it handed over to. Without it
  // `ledger.pub` is believed, and a ledger that was signed anew with another key passes.
  std::optional<ledger::NoteVerifier> trusted;
  // A checkpoint of this ledger kept elsewhere, as a signed note; empty: none. Only it, or a
  // witness, can show that the holder of the log's key rewrote or cut the log.
  std::string since;
  // Witnesses as known from elsewhere. With a quorum the file `witnessed` must hold a checkpoint
  // that as many of them cosigned.
  ledger::WitnessPolicy witnesses;
  // Where archived segments are; empty: not at hand.
  std::string archive;
  // Whether entries whose archive is not at hand are only reported and not a finding, as those are
  // that the log's key says were dropped (ledger/base.h). The leaf hashes are checked either way.
  bool allow_absent = false;
  // What else is to be checked of an entry that is as it was written, such as the values beside it,
  // which no hash covers. Its error becomes the finding `values_altered`.
  std::function<Result<>(const ports::EntryView& entry)> check_values;
  // Called now and then with the number of entries walked.
  std::function<void(std::uint64_t)> progress;
};

// Walks every entry, checkpoint, tile and index and reports the first that is wrong. A ledger that
// is being written meanwhile may be reported as wrong: verify a copy. Errors are for what prevents
// checking: `ledger.io`, `ledger.version`, `ledger.no_ledger`, or `note.form` and `checkpoint.form`
// for `since`.
Result<ledger::VerifyReport> verify_directory(const std::string& directory,
                                              const VerifyOptions& options = {});

}  // namespace ambit::ledger_file
