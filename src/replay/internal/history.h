// What stands in the ledger before a decision and is needed to make it again.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "cedar_engine/policy_compiler.h"
#include "decision/decide.h"
#include "decision/snapshot.h"
#include "domain/action.h"
#include "domain/approval.h"
#include "ports/log.h"
#include "replay/changes.h"
#include "text/json.h"
#include "vault/open_record.h"

namespace ambit::replay {

// One decision as recorded, and what it was decided from.
struct RecordedDecision {
  std::uint64_t index = 0;
  domain::Action action;
  decision::Snapshot snapshot;  // without `session` and `approval`, which point at those below
  std::optional<domain::SessionState> session;
  std::optional<domain::Approval> approval;
  text::Json decision;  // as recorded
  std::string action_digest;
  std::string snapshot_digest;
  bool complete = true;  // its arguments are there
  // Where these are erased or locked, only what stands in the leaf is there.
  vault::Values values = vault::Values::kNone;

  bool can_decide() const {
    return complete && (values == vault::Values::kNone || values == vault::Values::kOpen);
  }

  // Decides it again.
  decision::Decision decide() const;
};

// Grows entry by entry. Reading decisions from it is thread-safe while it does not grow.
class History {
 public:
  // `keys` open what records seal; with `changes`, documents are read as these would have them.
  // Both outlive it, and may be null.
  explicit History(const vault::KeyRing* keys = nullptr, const Changes* changes = nullptr);
  // Takes note of an entry that is no decision.
  Result<> add(const ports::EntryView& entry);
  // Takes note of the approval that a decision asked for, if it did.
  Result<> note_request(const ports::EntryView& decision);
  // The approval that a decision used up, as it stood then; nothing when it used none.
  std::optional<domain::Approval> approval_of(std::string_view decision_record) const;
  Result<RecordedDecision> read(const ports::EntryView& entry,
                                std::optional<domain::Approval> approval) const;

  // The changes that met no document so far.
  std::vector<std::string> unmatched() const;

  static bool is_decision(std::string_view record);

 private:
  struct Situation;

  Result<> add_document(const text::Json& body);
  Result<> add_whole(const std::string& kind, const std::string& digest,
                     const text::Json& recorded);
  Result<> add_situation(const text::Json& body);
  void add_approval_event(std::string_view kind, const text::Json& body);

  const vault::KeyRing* keys_;
  const Changes* changes_;
  std::set<std::string> met_;
  cedar::PolicyCompiler compiler_;
  std::unordered_map<std::string, std::shared_ptr<const domain::Identity>> identities_;
  std::unordered_map<std::string, std::shared_ptr<const domain::Task>> tasks_;
  std::unordered_map<std::string, std::shared_ptr<const domain::Instance>> instances_;
  std::unordered_map<std::string, std::shared_ptr<const domain::Server>> servers_;
  std::unordered_map<std::string, std::shared_ptr<const domain::Tool>> tools_;
  std::unordered_map<std::string, std::shared_ptr<const decision::PolicyState>> policies_;
  std::unordered_map<std::string, std::string> parts_;  // documents that are not whole yet
  std::unordered_map<std::string, std::shared_ptr<const Situation>> situations_;
  std::unordered_map<std::string, domain::Approval> approvals_;
};

}  // namespace ambit::replay
