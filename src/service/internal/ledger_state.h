// All that a start needs to know of the ledger up to some entry: a pure function of its records, so
// that it can be kept in a file (internal/state_file.h) and continued from there.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "base/result.h"
#include "ledger/merkle.h"
#include "ports/log.h"
#include "service/internal/history.h"

namespace ambit::service {

// The beginnings of a record's leaf hash; enough to know it again.
using RecordMark = std::array<std::uint8_t, 16>;
RecordMark mark_of(const ledger::Hash& leaf);

struct LedgerState {
  // Ended tasks, and situations of no known task, stay for as many entries.
  static constexpr std::uint64_t kStay = 4096;
  // How many of the newest records of changes are remembered.
  static constexpr std::size_t kRecentChanges = 65'536;

  // Over the entries that are folded in: [0, tree.size()).
  ledger::Frontier tree;
  History history;
  // Changes of the registry that these entries are evidence of (internal/agreement.h), and the
  // newest records of them, oldest first.
  std::uint64_t changes = 0;
  std::deque<RecordMark> recent_changes;
  // What leaves, oldest first, with the entry from which on its time counts.
  std::deque<std::pair<std::uint64_t, std::string>> ended_roots;
  std::deque<std::pair<std::uint64_t, std::string>> strays;  // situations
};

// Folds the next entry in. `state.corrupt` names an entry that cannot be read, `ledger.dropped`
// those that are missing before this one.
Result<> fold_entry(LedgerState& state, const ports::EntryView& entry);

// How far the log's tree is signed. Its own checkpoint is not verified here: what is found in the
// log is compared with what was folded.
std::uint64_t sealed_size(const ports::Log& log);

// Folds the entries up to `end` in that are not yet.
Result<> fold_until(LedgerState& state, const ports::Log& log, std::uint64_t end);

}  // namespace ambit::service
