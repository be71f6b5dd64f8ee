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

// The closed segments, oldest first. `archive` may be empty.
Result<std::vector<SegmentState>> list_segments(const std::string& directory,
                                                const std::string& archive);

// FileLog::archive for a ledger that nobody writes: takes its lock meanwhile (`ledger.locked`).
Result<ArchiveReport> archive_segments(const std::string& directory, const std::string& archive,
                                       std::uint64_t before);

// Keeps every segment that holds one of the entries from being dropped.
struct Hold {
  std::string name;  // 1 to 64 of [a-z0-9._-]
  ledger::EntryRange entries;

  friend bool operator==(const Hold&, const Hold&) = default;
};
Result<std::vector<Hold>> holds(const std::string& directory);
// `hold.exists`, `hold.form`, `ledger.io`
Result<> place_hold(const std::string& directory, const Hold& hold);
// `hold.unknown`, `ledger.io`
Result<> release_hold(const std::string& directory, const std::string& name);

// What drop_archived would do; `entries` is [0, 0) where that is nothing.
Result<ArchiveReport> droppable(const std::string& directory, const std::string& archive,
                                std::uint64_t before);

// Deletes archived segments of which every entry is below `before` and that no hold keeps, but for
// those entries that `keeps` says later ones refer to. All leaf hashes stay, so that everything
// else can still be verified; what is gone is said by every read and verification. `ledger.io`
// names a file that could not be deleted, `ledger.corrupt` an entry that cannot be read.
Result<ArchiveReport> drop_archived(
    const std::string& directory, const std::string& archive, std::uint64_t before,
    const std::function<bool(const ports::EntryView& entry)>& keeps);

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
