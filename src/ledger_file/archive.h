// Retention: closed segments move whole to an archive folder, where each can be verified alone.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ledger/note.h"
#include "ledger/verifier.h"
#include "ports/log.h"
#include "text/json.h"

namespace ambit::ledger_file {

enum class SegmentPlace {
  kLive,      // in the ledger's directory
  kArchived,  // in the archive
  kAbsent,    // moved to an archive, and not there now
  kDropped,   // deleted from the archive by drop_archived
};

// A closed segment.
struct SegmentState {
  std::uint64_t sequence = 0;
  ledger::EntryRange entries;
  std::uint64_t bytes = 0;  // of its file
  SegmentPlace place = SegmentPlace::kLive;
};

struct ArchiveReport {
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;
  ledger::EntryRange entries;          // that the segments hold
  std::vector<std::string> held_back;  // of drop_archived: which segment, and by which hold
};

// Which entries of a segment later ones refer to: they stay in the ledger's directory.
using EntryFilter = std::function<bool(const ports::EntryView& entry)>;

// What the log itself is to say of it: a record of the kind, with what `about` tells of who did it,
// where and why.
inline constexpr const char* kArchivedKind = "ledger.archived";
inline constexpr const char* kDroppedKind = "ledger.dropped";
Result<ports::Entry> retention_record(Time at, const std::string& kind, const ArchiveReport& report,
                                      text::Json about);

// The closed segments, oldest first. `archive` may be empty.
Result<std::vector<SegmentState>> list_segments(const std::string& directory,
                                                const std::string& archive);

// What drop_archived would do; `entries` is [0, 0) where that is nothing.
Result<ArchiveReport> droppable(const std::string& directory, const std::string& archive,
                                std::uint64_t before);

// Deletes archived segments of which every entry is below `before` and that no hold keeps, but for
// those entries that `keeps` says later ones refer to. All leaf hashes stay, so that everything
// else can still be verified; what is gone is said by every read and verification. `ledger.io`
// names a file that could not be deleted, `ledger.corrupt` an entry that cannot be read.
Result<ArchiveReport> drop_archived(const std::string& directory, const std::string& archive,
                                    std::uint64_t before, const EntryFilter& keeps);

struct SegmentReport {
  ledger::EntryRange entries;
  ledger::Checkpoint checkpoint;  // that covers them
};

// Verifies one archived segment by the proof beside it (`000000000000.proof`), without the ledger:
// every entry, and that they are the log's at just these indexes under a checkpoint that one of
// `keys` signed. Errors: `ledger.corrupt` naming the entry, `ledger.bad_proof`, `proof.form`, those
// of open_checkpoint, `ledger.io`.
Result<SegmentReport> verify_segment(const std::string& segment_path,
                                     const std::vector<ledger::NoteVerifier>& keys);

}  // namespace ambit::ledger_file
