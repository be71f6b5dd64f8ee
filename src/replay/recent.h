// The newest decisions of a ledger with what they refer to, without reading all that stands before.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ports/index.h"
#include "ports/log.h"
#include "replay/replay.h"

namespace ambit::replay {

struct RecentOptions {
  std::size_t max_decisions = 0;
  Time since;
  // Asked now and then; an error ends the work.
  std::function<Result<>()> go_on = {};
};

// Where they stand.
struct Recent {
  std::uint64_t from = 0;  // of the oldest one
  std::uint64_t to = 0;    // end of the ledger when it was looked at
  std::uint64_t decisions = 0;
  std::optional<Time> first, last;
  // Entries before `from` to be read first, in order; the whole ledger where nothing finds them.
  std::vector<std::uint64_t> before;
  bool whole = false;
};

// Reads the ledger from its end. What the decisions found refer to and stands before them is
// looked up in the index; without one, or where that has not come so far yet, the whole ledger is
// to be read. Errors: those of log, index and `go_on`.
Result<Recent> find_recent(const ports::Log& log, const ports::Index* index,
                           const RecentOptions& options);

// What find_recent() found, as what_if() reads it. All outlive it.
Source source_of(const ports::Log& log, const Recent& recent, std::function<Result<>()> go_on);

}  // namespace ambit::replay
