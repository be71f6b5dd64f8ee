// What happened, in order: to a task, a session or an identity, or before and after one action.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "insight/evidence.h"
#include "text/json.h"

namespace ambit::insight {

enum class Subject { kTask, kSession, kIdentity };

struct TimelineQuery {
  Subject subject = Subject::kTask;
  std::string id;
  std::uint64_t from = 0;   // ledger entry to go on from
  std::size_t limit = 200;  // at most 1000
};

// Everything the ledger holds about the subject, oldest first: of a task with those below it; of an
// identity its lifecycle, credentials, approvals, what it did and, for an agent, every change of
// the policies and of its tools. Each item says how long after the one before it came, in plain
// words what happened, for a decision which tools were on offer and which was chosen, and where an
// action went on to another system. `touched` is all that actions of these items reached. Goes on
// at `next_from`. Errors: `timeline.unknown` when there is nothing at all, those of log and index.
Result<text::Json> timeline(Evidence& evidence, const TimelineQuery& query);

struct TraceQuery {
  std::string decision;
  std::uint64_t from = 0;   // of what came after, ledger entry to go on from
  std::size_t limit = 200;  // of what came after, at most 1000
};

// From one action back to what triggered it (`backward`), and on to everything that its task, the
// tasks below it and those above did afterwards (`forward`, with its `relation`), across systems.
// `complete` says whether nothing is missing on the way back. Errors: `decision.unknown`, those of
// the log and the index.
Result<text::Json> trace(Evidence& evidence, const TraceQuery& query);

}  // namespace ambit::insight
