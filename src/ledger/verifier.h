// Walks a log beside its checkpoints and names the first thing that is wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/checkpoint.h"
#include "ledger/merkle.h"

namespace ambit::ledger {

struct VerifyReport {
  std::uint64_t entries = 0;      // walked
  std::uint64_t sealed = 0;       // of these, covered by the last checkpoint that fits
  std::uint64_t checkpoints = 0;  // whose signature and root fit
  // The first entry that is wrong, or the first that could be where only a range is known.
  std::optional<std::uint64_t> first_bad_index;
  std::string what;  // empty when nothing is wrong

  bool ok() const { return what.empty(); }
};

// Gives the log's checkpoints as signed notes, in the order in which they were made.
using CheckpointSource = std::function<std::optional<std::string>()>;

// Give it every entry in order, then `finish`. It detects changed, removed, inserted and reordered
// entries, a log cut off behind a checkpoint, checkpoints that another key signed, that were
// altered, that go back, and a log that is not a continuation of `since`, an older checkpoint kept
// elsewhere. What it cannot see: entries after the last checkpoint that were removed again, and a
// log rewritten by the holder of its key, unless `since` is given.
class Verifier {
 public:
  Verifier(NoteVerifier key, CheckpointSource checkpoints, std::optional<Checkpoint> since = {});

  // `stored` is the leaf hash that the log kept for this entry; it allows naming the very entry
  // where a checkpoint alone gives a range. Returns false once something is wrong.
  bool entry(std::string_view bytes, const std::optional<Hash>& stored = {});

  // Reports something that the caller found at entry `index` of the log's own framing.
  void reject(std::uint64_t index, std::string what);

  VerifyReport finish();

  std::uint64_t size() const { return tree_.size(); }
  const Frontier& tree() const { return tree_; }
  bool ok() const { return report_.ok(); }

 private:
  void read_next();
  void check_at_this_size();
  void check_root(const Checkpoint& checkpoint, const std::string& name);

  NoteVerifier key_;
  CheckpointSource source_;
  std::optional<Checkpoint> next_;
  std::uint64_t seen_ = 0;  // checkpoints read so far
  std::optional<Checkpoint> since_;
  std::optional<std::uint64_t>
      suspect_;  // first entry after sealed that differs from its stored hash
  Frontier tree_;
  VerifyReport report_;
};

}  // namespace ambit::ledger
