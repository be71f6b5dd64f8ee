// What the service knows in memory: the registry's documents as immutable values and, rebuilt from
// the ledger, what tasks have done. Only the loop thread touches it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/time.h"
#include "decision/snapshot.h"
#include "domain/identity.h"
#include "domain/proposal.h"
#include "domain/token_bucket.h"
#include "domain/tool.h"
#include "service/internal/history.h"
#include "service/internal/newest_decisions.h"
#include "text/json_schema.h"

namespace ambit::service {

// A tool and its input schema compiled once.
struct ToolEntry {
  std::shared_ptr<const domain::Tool> tool;
  std::shared_ptr<const text::JsonSchema> schema;  // null: `schema_problem` says why
  std::string schema_problem;
};

// Whose denials are counted together. What nobody knows is left empty, so that made up names cost
// no records.
struct DenialsOf {
  std::string credential;
  std::string agent;
  std::string task;
  std::string instance;

  friend auto operator<=>(const DenialsOf&, const DenialsOf&) = default;
};

// Denials that came faster than their rate: counted, written together.
struct CoalescedDenials {
  std::int64_t count = 0;
  Time first;
  Time last;
  std::string last_reason;
  std::string last_tool;
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
  text::Json tests;       // that it passed, by suite
  text::Json simulation;  // on what had happened until then; null: published by an older version
};

// An entry of the ledger that tells of a decision.
struct Told {
  std::uint64_t index = 0;
  DecisionKey decision;
};

struct World : History {
  std::uint64_t registry_revision = 0;
  std::uint64_t epoch = 0;  // grows with everything that reduces authority

  std::map<std::string, std::shared_ptr<const domain::Identity>> identities;
  std::map<std::string, std::shared_ptr<const domain::Server>> servers;
  std::map<std::string, ToolEntry> tools;  // by `server/tool`
  std::shared_ptr<const decision::PolicyState> policies;
  // By the digests of what it is made from; a cache.
  mutable std::unordered_map<std::string, std::shared_ptr<const decision::KnownEntities>> known;
  std::uint64_t policies_revision = 0;
  Publication publication;                            // of `policies`
  std::map<std::string, domain::Proposal> proposals;  // that are open, by id

  std::map<std::string, std::int64_t> unrecorded_overrides;  // by identity, since the last record

  std::map<std::string, std::string> token_owner;  // SHA-256 hex of an access token -> identity
  std::map<std::string, domain::TokenBucket> call_buckets;  // by agent
  // By instance, credential of an enforcement point, or identity.
  std::map<std::string, domain::TokenBucket> denial_buckets;
  std::map<DenialsOf, CoalescedDenials> coalesced;

  std::unordered_map<std::string, std::string> situation_keys;

  // Of the newest decisions, which the index may not have yet; internal/recall.h knows all.
  NewestDecisions newest_decisions;
  std::unordered_map<DecisionKey, Ending, DecisionKeyHash> endings;
  std::deque<Told> told;  // entries that the two know of, in the order in which they came in
  // How many entries the index had at the last sweep; none while nothing may leave memory.
  std::optional<std::uint64_t> indexed;
  // Entries of the ledger below this are known by the index alone, those from here on to where the
  // log ended at start are being looked at.
  std::uint64_t remembered_from = 0;
  bool remembering = false;

  // What is to leave memory, and since when.
  std::deque<std::pair<Time, std::string>> ended_roots;
  std::deque<std::pair<Time, std::string>> stray_situations;  // of no task that is in memory

  std::shared_ptr<const domain::Identity> identity(const std::string& id) const;
  std::shared_ptr<const domain::Server> server(const std::string& id) const;
  const ToolEntry* tool(const std::string& full_name) const;

  // Put a document in, with whatever is derived from it.
  void put(domain::Identity identity);
  void put(domain::Server server);
  void put(domain::Tool tool);
  using History::put;
};

}  // namespace ambit::service
