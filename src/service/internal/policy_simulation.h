// A policy set tried on what really happened: nothing is published that was not (Requirement E19).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ports/simulation.h"
#include "service/internal/policy_publication.h"
#include "text/json.h"

namespace ambit::service {

// A set with what it would have made of the newest decisions.
struct Simulated {
  Prepared set;
  std::shared_ptr<const decision::PolicyState> base;  // that was in force then
  ports::Simulation result;
  text::Json shown;  // the same for people and records, with digests and bounds
};

// Reads, checks, tests and then tries a set, all off the loop, and answers on it. Errors: those of
// prepare_set(), `policy.simulation` when it cannot be done, `policy.simulations` when too many are
// under way, and those of reading the ledger.
void prepare_and_simulate(Context& context, text::Json set,
                          std::function<void(Result<Simulated>)> done);

// `policy.stale` when another set than the one that it was compared with is in force by now.
Result<> check_base(const Context& context, const Simulated& simulated);

// `policy.newly_denied`, saying what, when the set would deny more of what passes now than
// `expected`, or than Settings let pass unsaid.
Result<> check_newly_denied(const Context& context, const Simulated& simulated,
                            std::optional<std::uint64_t> expected);

// As report_on(); what the simulation shows to be looser counts as loosened, whatever the texts
// say.
policies::ChangeReport report_on(const Context& context, const Simulated& simulated);

}  // namespace ambit::service
