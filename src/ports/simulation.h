// What a policy set would have made of what really happened, before it takes effect.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "decision/policy_state.h"
#include "domain/vocabulary.h"

namespace ambit::ports {

struct SimulationQuery {
  std::shared_ptr<const decision::PolicyState> draft;
  std::shared_ptr<const decision::PolicyState> base;  // what it is compared with: the set in force
  std::size_t max_decisions = 0;                      // the newest ones
  Time since;                                         // none from before
  Duration budget;                                    // to be done in
  std::size_t max_changes = 0;                        // that are told, for each direction
};

// Decisions that move alike.
struct SimulatedChange {
  std::string agent;
  std::string tool;                                 // `server/tool`
  domain::Verdict before = domain::Verdict::kDeny;  // under the set in force
  domain::Verdict after = domain::Verdict::kDeny;   // under the draft
  std::string reason;  // why the draft says so: a reason code, or policies
  std::uint64_t decisions = 0;
  std::string example;      // id of the newest of them
  std::uint64_t entry = 0;  // of the example in the ledger
};

struct Simulation {
  // The range that was looked at, in entries of the ledger, and the decisions in it.
  std::uint64_t from = 0;
  std::uint64_t to = 0;  // not included
  std::uint64_t decisions = 0;
  std::optional<Time> first, last;  // when the oldest and the newest of them was made
  // Arguments too large to be recorded, or values that were erased or cannot be opened.
  std::uint64_t undecidable = 0;
  std::uint64_t same = 0;
  std::uint64_t newly_allowed = 0;
  std::uint64_t newly_held = 0;
  std::uint64_t newly_denied = 0;
  std::uint64_t loosened = 0;            // newly allowed, and held where the set in force denies
  std::uint64_t passed = 0;              // what the set in force does not deny
  std::vector<SimulatedChange> changes;  // what loosens first, then by how many they are
  std::uint64_t more_changes = 0;        // that are not told
};

class Simulator {
 public:
  virtual ~Simulator() = default;

  // Decides the newest decisions of the ledger once more under both sets, each with the situation,
  // the session, the limits and the approval that it really met. May take as long as its budget;
  // thread-safe. Errors: `policy.simulation` when it is not done in time, and those of reading the
  // ledger.
  virtual Result<Simulation> simulate(const SimulationQuery& query) = 0;
};

}  // namespace ambit::ports
