// What an installation sets; the defaults are safe.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "domain/identity.h"
#include "domain/vocabulary.h"

namespace ambit::service {

// Something that is not as it should be, though the server works.
struct Warning {
  std::string code;  // stable, such as `isolation.same_uid`; docs/reasons.md
  std::string message;
  std::string remedy;
};

struct Settings {
  std::string issuer = "http://127.0.0.1:7700";  // of credentials; also their audience
  Duration credential_lifetime = minutes(10);
  Duration claim_lifetime = minutes(5);  // to redeem a task's claim
  Duration approval_lifetime = minutes(15);
  std::size_t max_pending_approvals_per_task = 8;
  std::int64_t default_calls_per_minute = domain::kDefaultCallsPerMinute;
  std::int64_t default_burst = domain::kDefaultBurst;
  std::int64_t default_denials_per_minute = 60;
  std::int64_t max_delegation_depth = 4;
  std::size_t max_open_tasks = 100'000;
  std::size_t max_open_children = 100;  // of one task: what its agent can start by itself
  // Start although the registry is older than the ledger: all its tasks end.
  bool accept_older_registry = false;
  // Tiers of which a permit is let go only when a signed checkpoint covers its record, and not as
  // soon as that is durable.
  std::set<domain::Tier> sealed_tiers;
  // What a policy set is tried on before it takes effect: the newest decisions of the ledger.
  std::size_t simulated_decisions = 10'000;
  Duration simulated_time = minutes(30 * 24 * 60);
  Duration simulation_budget = seconds(60);
  // Of those that pass under the set in force, how many percent the next one may deny unless its
  // author says how many are meant.
  std::uint32_t max_newly_denied_percent = 5;
  bool isolated = true;           // what process isolation could be proved at start
  std::vector<Warning> warnings;  // what was found at start; told by Health
};

}  // namespace ambit::service
