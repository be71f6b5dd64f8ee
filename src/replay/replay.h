// Decides the ledger's decisions again and compares.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "base/result.h"
#include "ports/log.h"
#include "vault/key_ring.h"

namespace ambit::replay {

// Visits every entry of a ledger from the first on, in order.
using Source = std::function<Result<>(const ports::EntryVisitor&)>;

struct ReplayOptions {
  // Decisions at these indexes only; what stands before is read all the same, as they refer to it.
  std::uint64_t from = 0;
  std::uint64_t to = std::numeric_limits<std::uint64_t>::max();  // not included
  unsigned threads = 0;                                          // 0: one for each core
  std::size_t max_differences = 100;                             // that are told
  const vault::KeyRing* keys = nullptr;  // opens what records seal; null: that is locked
  std::function<void(std::uint64_t decisions)> progress = {};  // now and then
};

struct Difference {
  std::uint64_t index = 0;
  std::string decision;
  std::string what;  // "verdict is `allow`, recorded `deny`"
};

struct ReplayReport {
  std::uint64_t entries = 0;
  std::uint64_t decisions = 0;  // in the range
  std::uint64_t identical = 0;  // same verdict, reasons, policies and digests
  std::uint64_t different = 0;
  std::uint64_t incomplete = 0;         // an argument was too large to be recorded
  std::uint64_t erased = 0;             // the key of what it was decided on was destroyed
  std::uint64_t locked = 0;             // that key is not at hand
  std::vector<Difference> differences;  // the first ones, by index

  // Whether all that anybody could decide again came out as recorded.
  bool ok() const { return different == 0 && locked == 0; }
};

// Errors: what the source says, and `replay.record` for an entry that cannot be understood.
Result<ReplayReport> replay(const Source& source, const ReplayOptions& options = {});

}  // namespace ambit::replay
