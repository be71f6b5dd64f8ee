// What has left memory, found again: tasks in the registry, everything else in the ledger by way of
// its index. The index may be behind, so that the newest of what it finds stays in memory until it
// has it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "service/internal/context.h"

namespace ambit::service {

// Where a decision stands, and how it ended.
struct KnownDecision {
  DecisionKey key;
  std::uint64_t index = 0;
  std::optional<Ending> ending;
  // False while neither memory nor the index knows a part of the ledger in which it may have ended.
  bool surely = true;
};
// `decision.unknown`, or `index.behind` while it cannot be said.
Result<KnownDecision> recall_decision(const Context& context, const std::string& id);

// `ledger.no_situation`
Result<SituationFacts> recall_situation(const Context& context, const std::string& id);

// Null when there is none.
Result<std::shared_ptr<const domain::Task>> recall_task(const Context& context,
                                                        const std::string& id);

// What the ledger tells of a root task and of all below it, read in the background; `done` comes on
// the loop.
void recall_tree(Context& context, const std::string& root,
                 std::function<void(Result<std::shared_ptr<const History>>)> done);

// As it was asked for and answered. `approval.unknown`, or `index.behind` while it cannot be said.
Result<domain::Approval> recall_approval(const Context& context, const std::string& id);

// Takes note of the durable record of an ending.
void note_ending(World& world, std::uint64_t index, std::string_view kind,
                 const std::string& decision);

// Remembers an entry that tells of a decision, and lets go of older ones that the index has.
void note_told(World& world, std::uint64_t index, const DecisionKey& decision);

// At start: notes the decisions of the newest entries, which the index does not have. Many of them
// are read in the background.
Result<> remember_newest(Context& context);

// Lets go of what is over for long, or what the index has by now.
void let_go(Context& context);

}  // namespace ambit::service
