// State rebuilt at start from the registry and the ledger.
#pragma once

#include "base/result.h"
#include "service/internal/context.h"

namespace ambit::service {

// Loads every document of the registry.
Result<> load_registry(Context& context);

// Folds every ledger record into sessions, counters, instances and approvals: the same functions
// fold them while running, once a record is durable. Gives how many changes of the registry they
// are evidence of.
Result<std::uint64_t> rebuild_from_ledger(Context& context);

// Records the outcome `unknown` of every call that was let go before a crash and never answered; it
// is not sent again (dispatch is at most once).
void settle_awaited(Context& context);

// What a durable decision changes.
struct DurableDecision {
  std::uint64_t index = 0;
  const std::string& id;
  const std::string& situation;
  domain::Verdict verdict = domain::Verdict::kDeny;
  const std::string& approval_used;
  domain::Tier tier = domain::Tier::kLow;
  std::optional<domain::Verdict> would = {};  // as of decision::Decision
};
void fold_decision(Context& context, const DurableDecision& decision);

// Calls of its digest do not find this approval any more.
void forget_digest(World& world, const domain::Approval& approval);

// Folds one record that is durable.
void fold_record(Context& context, std::uint64_t index, std::string_view kind,
                 const text::Json& body);

}  // namespace ambit::service
