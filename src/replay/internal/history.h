// What stands in the ledger before a decision and is needed to make it again.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "cedar_engine/policy_compiler.h"
#include "decision/snapshot.h"
#include "domain/action.h"
#include "domain/approval.h"
#include "ports/log.h"
#include "replay/changes.h"
#include "text/json.h"
#include "vault/key_ring.h"

namespace ambit::replay {

// What decisions have in common, ready to be decided with.
struct Situation {
  std::uint64_t index = 0;  // of the entry that tells it
  std::string id;
  domain::Action action;
  decision::Snapshot snapshot;
};

using ApprovalPtr = std::shared_ptr<const domain::Approval>;

tl::unexpected<Error> bad_record(const std::string& what);

// Grows entry by entry, by one thread; situations are found by any.
class History {
 public:
  // `keys` open what records seal; with `changes`, documents are read as these would have them.
  // Both outlive it, and may be null.
  explicit History(const vault::KeyRing* keys = nullptr, const Changes* changes = nullptr);
  // Takes note of an entry that is no decision.
  Result<> add(const ports::EntryView& entry);
  // Takes note of the approval that a decision asked for, if it did, and gives the one that it
  // read, as it stood then, whether it used it up or not; nothing when there was none.
  Result<ApprovalPtr> note_decision(const ports::EntryView& decision);
  // Null where none of that id stands before the entry `index`.
  std::shared_ptr<const Situation> situation(std::string_view id, std::uint64_t index) const;

  // The changes that met no document so far.
  std::vector<std::string> unmatched() const;

  static bool is_decision(std::string_view record);

 private:
  Result<> add_document(const text::Json& body);
  Result<> add_whole(const std::string& kind, const std::string& digest,
                     const text::Json& recorded);
  Result<> add_situation(std::uint64_t index, const text::Json& body);
  void add_approval_event(std::string_view kind, const text::Json& body);
  Result<> note_request(const ports::EntryView& decision);

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
  mutable std::shared_mutex situations_mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Situation>> situations_;
  std::unordered_map<std::string, ApprovalPtr> approvals_;
};

}  // namespace ambit::replay
