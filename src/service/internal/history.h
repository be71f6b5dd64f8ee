// What the ledger tells of: the part of the state that is folded from its records alone, by the
// same functions while the service runs, at start, and for the snapshot that the next start begins
// with.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/time.h"
#include "domain/approval.h"
#include "domain/finding.h"
#include "domain/session.h"
#include "domain/task.h"
#include "service/internal/decision_outline.h"
#include "service/internal/generations.h"
#include "service/internal/key_marks.h"
#include "text/json.h"
#include "vault/sealing_key.h"

namespace ambit::service {

struct TaskEntry {
  // The registry's document; while only the ledger is read, what that tells of it: id, parent, root
  // and state.
  std::shared_ptr<const domain::Task> task;
  domain::SessionState session;
  std::vector<std::shared_ptr<const domain::Instance>> instances;
  std::set<std::string> credentials;             // `jti` of all that were issued
  std::set<std::string> pending_approvals;       // ids
  std::set<std::string> approvals;               // ids of all that are known
  std::set<std::string> children;                // ids of open tasks
  std::vector<std::string> situations;           // ids of those that are known
  std::optional<Time> spent_since;               // when the budget was seen to be used up
  std::shared_ptr<const vault::SealingKey> key;  // seals its records' values; null: not looked up
  bool erased = false;                           // the key was destroyed, or is about to be
};

// What later records of a situation are folded with.
struct SituationFacts {
  std::string agent;
  std::string task;
  std::string instance;
  std::string channel;
  std::string requested_by;
  std::string system;
  std::vector<std::string> labels;
  std::optional<std::uint64_t> index;  // of its record, once that is durable
};

struct Claim {
  std::string task;
  Time expires_at;
};

// Entries of the ledger with what an approval's approver was shown and what its refuser said.
struct ApprovalRecords {
  std::uint64_t requested = 0;
  std::optional<std::uint64_t> refused = {};
};

// How many decisions of a tier there were, and how many came out as if every policy was enforced.
struct Coverage {
  std::int64_t decisions = 0;
  std::int64_t enforced = 0;

  friend bool operator==(const Coverage&, const Coverage&) = default;
};

struct History {
  // A record of a document that is as old as this many others may be written a second time.
  static constexpr std::size_t kDocuments = 32'768;
  // Closed approvals beyond these are read from the ledger when somebody asks.
  static constexpr std::size_t kClosedApprovals = 1'000;

  // Root tasks with all below them: those that are open, and those that ended a while ago at most.
  std::unordered_map<std::string, TaskEntry> tasks;
  std::unordered_map<std::string, std::vector<std::string>> trees;  // by root: ids, itself too
  std::unordered_map<std::string, std::shared_ptr<const domain::Instance>> instances;
  KeyMarks instance_keys;            // of instances past and present
  std::array<Coverage, 3> coverage;  // by tier

  std::map<std::string, domain::Finding> findings;  // by id
  std::map<std::string, domain::Approval> approvals;
  std::map<std::string, ApprovalRecords> approval_records;     // by id
  std::deque<std::string> closed_approvals;                    // ids, oldest first
  std::multimap<std::string, std::string> approval_by_digest;  // ids of those pending or granted
  std::map<std::string, Claim> claims;                         // SHA-256 hex of a claim -> task

  std::unordered_map<std::string, SituationFacts> situations;  // by id
  Generations<bool> documents{kDocuments};  // by digest; whether the ledger has it for good
  std::set<std::string> erased_keys;
  // Released through the gateway, no outcome yet -> situation
  std::map<std::string, std::string> awaited;

  TaskEntry* task(const std::string& id);
  const TaskEntry* task(const std::string& id) const;
  // The task, its parent, ..., the root; a null entry where one is not known.
  std::vector<std::shared_ptr<const domain::Task>> chain(const std::string& task) const;
  // Calls `visit` with the entry of the task, of its parent, ..., as far as they are known.
  template <class Visit>
  void each_in_line(const std::string& id, const Visit& visit) {
    for (TaskEntry* entry = task(id); entry; entry = task(entry->task->parent)) visit(*entry);
  }
  void put(domain::Task task);
};

// One more decision that is durable.
struct DurableDecision {
  std::uint64_t index = 0;
  const std::string& id;
  const std::string& situation;
  domain::Verdict verdict = domain::Verdict::kDeny;
  const std::string& approval_used;
  domain::Tier tier = domain::Tier::kLow;
  std::optional<domain::Verdict> would = {};  // as of decision::Decision
};
void fold_decision(History& history, const DurableDecision& decision);
void fold_outline(History& history, std::uint64_t index, DecisionOutline decision);

// Folds one record that is durable. Records of other kinds change nothing.
void fold_record(History& history, std::uint64_t index, std::string_view kind,
                 const text::Json& body);

// Adds labels to the sessions of a task and of those above it, ahead of the event that says so.
void add_labels(History& history, const std::string& task, const std::vector<std::string>& labels);

// Folds an event into the session of a task and of those above it.
void apply_event(History& history, const std::string& task, const domain::SessionEvent& event);

// Calls of its digest do not find this approval any more.
void forget_digest(History& history, const domain::Approval& approval);

// From here on nothing is sealed under this key, and what memory has of its values is dropped.
void mark_erased(History& history, const std::string& key);

// What an approver sees of an approval whose values are erased.
std::shared_ptr<const text::Json> erased_view();

// Takes a root task and all below it out of memory. A situation in which a call was let go that
// nobody has answered yet stays; those are returned.
std::vector<std::string> let_go_of_tree(History& history, const std::string& root);

// Takes a situation of a task that is not in memory out of it, and says whether it could.
bool let_go_of_situation(History& history, const std::string& id);

}  // namespace ambit::service
