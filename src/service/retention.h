// What must outlast entries that are dropped under retention, so that the rest of the ledger can be
// followed and decided again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/digest.h"
#include "ports/log.h"

namespace ambit::service {

struct Retained {
  std::string state;    // that the entries led to, for ports::Log::dropped_state
  crypto::Digest root;  // of the entries, as they were read
  // Whether an entry is one that later ones may refer to: a change of the registry or of keys, what
  // was told of a task that was known at the end, and the documents, situations and approvals known
  // then.
  std::function<bool(const ports::EntryView& entry)> keeps;
};

// Whether entries that come after it, whichever, may refer to it: what is neither an action nor
// what became of one, and what asked for an approval. It stays at hand when its segment is
// archived.
bool may_be_referred_to(const ports::EntryView& entry);

// Visits the entries [from, to) of a ledger; of dropped ones those that were kept.
using ScanRange =
    std::function<Result<>(std::uint64_t from, std::uint64_t to, const ports::EntryVisitor& visit)>;

// Of the first `end` entries. `earlier` is the state that entries led to that are dropped already,
// or empty. Errors: those of `scan`, `state.corrupt`, `ledger.dropped` where `earlier` is missing,
// `snapshot.form` where it is no such state.
Result<Retained> retain(const ScanRange& scan, std::uint64_t end, std::string_view earlier);

}  // namespace ambit::service
