// What the service knows in memory: the registry's documents as immutable values and, rebuilt from
// the ledger, what tasks have done. Only the loop thread touches it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "decision/snapshot.h"
#include "domain/approval.h"
#include "domain/finding.h"
#include "domain/identity.h"
#include "domain/proposal.h"
#include "domain/session.h"
#include "domain/task.h"
#include "domain/token_bucket.h"
#include "domain/tool.h"
#include "text/json_schema.h"
#include "vault/sealing_key.h"

namespace ambit::service {

// A tool and its input schema compiled once.
struct ToolEntry {
  std::shared_ptr<const domain::Tool> tool;
  std::shared_ptr<const text::JsonSchema> schema;  // null: `schema_problem` says why
  std::string schema_problem;
};

// Denials of one credential that came faster than its denial rate: counted, written together.
struct CoalescedDenials {
  std::int64_t count = 0;
  Time first;
  Time last;
  std::string agent;
  std::string task;
  std::string last_reason;
  std::string last_tool;
};

struct TaskEntry {
  std::shared_ptr<const domain::Task> task;
  domain::SessionState session;
  std::vector<std::shared_ptr<const domain::Instance>> instances;
  std::set<std::string> credentials;             // `jti` of all that were issued
  std::set<std::string> pending_approvals;       // ids
  std::set<std::string> children;                // ids of open tasks
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

// How a decision to allow ended: with the outcome of the call, or withdrawn before it was let go.
// Entered before its record is durable, so that there is never a second one.
struct Ending {
  enum class Kind { kOutcome, kWithdrawn };
  Kind kind = Kind::kOutcome;
  std::optional<std::uint64_t> index = {};  // of the record, once it is durable
  text::Json body = {};                     // of the record, until then
};

// How the policy set in force came to be.
struct Publication {
  std::string author;       // empty: nothing was published yet
  std::string approved_by;  // empty: it needed nobody else
  std::string review;       // `bootstrap`, `author` or `approved`
  std::string note;         // the author's words
  Time at;
  text::Json tests;  // that it passed, by suite
};

// How many decisions of a tier there were, and how many came out as if every policy was enforced.
struct Coverage {
  std::int64_t decisions = 0;
  std::int64_t enforced = 0;
};

struct World {
  std::uint64_t registry_revision = 0;
  std::uint64_t epoch = 0;  // grows with everything that reduces authority

  std::map<std::string, std::shared_ptr<const domain::Identity>> identities;
  std::map<std::string, std::shared_ptr<const domain::Server>> servers;
  std::map<std::string, ToolEntry> tools;  // by `server/tool`
  std::unordered_map<std::string, TaskEntry> tasks;
  std::unordered_map<std::string, std::shared_ptr<const domain::Instance>> instances;
  std::set<std::string> instance_keys;  // thumbprints, of instances past and present
  std::shared_ptr<const decision::PolicyState> policies;
  // By the digests of what it is made from; a cache.
  mutable std::unordered_map<std::string, std::shared_ptr<const decision::KnownEntities>> known;
  std::uint64_t policies_revision = 0;
  Publication publication;                            // of `policies`
  std::map<std::string, domain::Proposal> proposals;  // that are open, by id
  std::array<Coverage, 3> coverage;                   // by tier

  std::map<std::string, domain::Finding> findings;           // by id
  std::map<std::string, std::int64_t> unrecorded_overrides;  // by credential, since the last record

  std::map<std::string, domain::Approval> approvals;
  std::multimap<std::string, std::string> approval_by_digest;  // ids of those pending or granted

  std::map<std::string, std::string> token_owner;  // SHA-256 hex of an access token -> identity
  std::map<std::string, Claim> claims;             // SHA-256 hex of a claim -> task
  std::map<std::string, domain::TokenBucket> call_buckets;    // by agent
  std::map<std::string, domain::TokenBucket> denial_buckets;  // by credential
  std::map<std::string, CoalescedDenials> coalesced;          // by credential

  std::unordered_map<std::string, SituationFacts> situations;  // by id
  std::unordered_map<std::string, std::string> situation_keys;
  std::unordered_map<std::string, bool> documents;  // by digest; whether the ledger has it for good

  std::set<std::string> erased_keys;  // as the ledger says

  std::unordered_map<std::string, std::uint64_t> decision_index;  // decision id -> ledger index
  std::unordered_map<std::string, Ending> endings;                // by decision id
  std::map<std::string, std::string>
      awaited;  // released through the gateway, no outcome yet -> situation

  std::shared_ptr<const domain::Identity> identity(const std::string& id) const;
  std::shared_ptr<const domain::Server> server(const std::string& id) const;
  const ToolEntry* tool(const std::string& full_name) const;
  TaskEntry* task(const std::string& id);
  const TaskEntry* task(const std::string& id) const;
  // The task, its parent, ..., the root; a null entry where one is not known.
  std::vector<std::shared_ptr<const domain::Task>> chain(const std::string& task) const;

  // The entries of the task, its parent, ..., the root, as far as they are known.
  std::vector<TaskEntry*> line(const std::string& task);

  // Put a document in, with whatever is derived from it.
  void put(domain::Identity identity);
  void put(domain::Server server);
  void put(domain::Tool tool);
  void put(domain::Task task);
};

}  // namespace ambit::service
