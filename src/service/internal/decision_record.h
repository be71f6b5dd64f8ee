// The record of one decision: how it is written, and read back with the situation it names.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "decision/decision.h"
#include "decision/snapshot.h"
#include "domain/action.h"
#include "ports/log.h"
#include "service/internal/context.h"
#include "service/internal/evidence.h"
#include "text/json.h"
#include "vault/key_ring.h"

namespace ambit::service {

// Larger arguments are recorded by digest and size: at most 256 KiB stand beside an entry.
inline constexpr std::size_t kMaxRecordedArguments = 128 * 1024;

// Everything the record says; referenced parts outlive the call.
struct DecisionRecord {
  const domain::Action& action;
  const decision::Decision& decision;
  const decision::Snapshot& snapshot;
  std::int64_t in_flight = 0;  // calls of the session when it was decided
  const std::string& situation;
  const std::string& approval;                  // on hold: the one that waits
  const domain::Approval* requested = nullptr;  // when that is new
};

// The record's body as canonical JSON (docs/formats/records.md), and what it seals under `key`.
SealedBody encode(const DecisionRecord& record, const vault::SealingKey& key);

// What stands at the head of the decision at `index`.
struct DecisionHead {
  std::string situation;
  std::string verdict;
};
Result<DecisionHead> read_head(const Context& context, std::uint64_t index);

// The decision at `index` with the facts of its situation, in the form that callers are shown.
// Another kind of record is given as it is.
Result<text::Json> read_record(const Context& context, std::uint64_t index);

// The facts of a situation.
using FindSituation = std::function<Result<text::Json>(const std::string& id)>;
// The same for an entry that was read already, on whatever thread.
Result<text::Json> shown_record(std::uint64_t index, const ports::Entry& entry,
                                const vault::KeyRing* keys, const FindSituation& situation);

}  // namespace ambit::service
