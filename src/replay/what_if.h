// What other policies, scopes, labels or limits would have made of the decisions in the ledger.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "decision/snapshot.h"
#include "domain/vocabulary.h"
#include "replay/changes.h"
#include "replay/replay.h"

namespace ambit::replay {

struct WhatIfOptions {
  std::shared_ptr<const decision::PolicyState> policies;  // the draft; null: as they stood
  // Compare with what these would say, and not with what was recorded: each decision is made twice,
  // in the session, under the limits and with the approval that it really met, so that whatever
  // differs is the draft's own doing. Null: as what_if() says.
  std::shared_ptr<const decision::PolicyState> base = {};
  Changes changes;
  Time since;                            // decisions from here on
  std::uint64_t from = 0;                // entries from here on; what stands before is only read
  std::size_t max_changes = 1000;        // that are told one by one
  const vault::KeyRing* keys = nullptr;  // opens what records seal
  std::function<void(std::uint64_t decisions)> progress = {};
};

// One decision that would come out otherwise.
struct Change {
  std::uint64_t index = 0;
  std::string decision, agent, task, tool;
  domain::Verdict before = domain::Verdict::kDeny;
  domain::Verdict after = domain::Verdict::kDeny;
  std::string reason;  // the first one of the new decision, or the policies that determine it

  // Whether more would be possible than was: what must be looked at first.
  bool loosens() const;
};

// How much a verdict lets happen: deny, hold, allow.
int openness(domain::Verdict verdict);

struct WhatIfReport {
  std::uint64_t decisions = 0;
  std::uint64_t same = 0;
  std::uint64_t incomplete = 0;  // an argument was too large to be recorded
  std::uint64_t erased = 0;      // the key of what it was decided on was destroyed
  std::uint64_t locked = 0;      // that key is not at hand
  std::uint64_t tampered = 0;    // its values are not what its record commits to
  std::map<domain::Verdict, std::uint64_t> before;  // of those that could be decided
  std::map<std::pair<domain::Verdict, domain::Verdict>, std::uint64_t> moved;  // before, after
  std::vector<std::string> unmatched;  // changes that met no document: `agents.reporter`
  std::vector<Change> changes;         // those that loosen first, then by index

  std::uint64_t loosened() const;
  std::uint64_t tightened() const;
};

// Decides one after the other, each with the session state that the draft would have led to: calls
// that it would have denied do not count against budgets and bring no labels in. What an agent
// would have done instead is not known; what cannot be decided again is taken to have come
// out as recorded. Errors as replay().
Result<WhatIfReport> what_if(const Source& source, const WhatIfOptions& options);

}  // namespace ambit::replay
