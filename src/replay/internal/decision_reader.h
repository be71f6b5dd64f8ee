// Reads recorded decisions, with what they were decided from.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "decision/decide.h"
#include "decision/snapshot.h"
#include "domain/action.h"
#include "domain/approval.h"
#include "ports/log.h"
#include "replay/internal/history.h"
#include "vault/open_record.h"

namespace ambit::replay {

// The decision as it was recorded.
struct RecordedVerdict {
  std::string verdict;
  std::vector<decision::Reason> reasons;
  std::vector<std::string> determining;
  std::vector<std::string> observed;
  std::string would;
};

// One decision as recorded, and what it was decided from.
struct RecordedDecision {
  std::uint64_t index = 0;
  std::shared_ptr<const Situation> situation;
  domain::Action action;
  decision::Snapshot snapshot;  // `session` and `approval` point at those below from decide() on
  std::optional<domain::SessionState> session;
  ApprovalPtr approval;
  RecordedVerdict recorded;
  // Of what was done and of all that was read; missing where they cannot be opened.
  std::optional<crypto::Digest> action_digest;
  std::optional<crypto::Digest> snapshot_digest;
  bool complete = true;  // its arguments are there
  // Where these are erased or locked, only what stands in the leaf is there.
  vault::Values values = vault::Values::kNone;

  bool can_decide() const {
    return complete && (values == vault::Values::kNone || values == vault::Values::kOpen);
  }

  // Decides it again.
  decision::Decision decide();
};

// For one thread; the history may grow meanwhile.
class DecisionReader {
 public:
  // Both outlive it; without keys what is sealed is locked.
  DecisionReader(const History& history, const vault::KeyRing* keys)
      : history_(history), opener_(keys) {}

  // Reads a decision into `out`, which may hold another one from this reader: what both have in
  // common stays as it is, so nothing of it may have been changed. `approval` is what
  // History::note_decision gave. Errors: `replay.record`, and those of vault::open_record.
  Result<> read(const ports::EntryView& entry, ApprovalPtr approval, RecordedDecision& out);

 private:
  const History& history_;
  vault::Opener opener_;
  std::string values_;
};

}  // namespace ambit::replay
