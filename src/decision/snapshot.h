// Everything besides the action itself that can change a verdict, as plain data.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "crypto/digest.h"
#include "decision/known_entities.h"
#include "decision/policy_state.h"
#include "domain/action.h"
#include "domain/approval.h"
#include "domain/identity.h"
#include "domain/session.h"
#include "domain/task.h"
#include "domain/tool.h"

namespace ambit::decision {

// What the service reserved before asking: the outcome of every counter, as data.
struct Reservation {
  bool granted = true;
  std::string limit;  // the reason code of the first counter that refused, such as `limit.budget`
  std::int64_t allowed = 0;
  std::int64_t used = 0;
};

// Borrowed pointers live as long as the call to decide(). A null pointer means: not known.
struct Snapshot {
  Time now;
  std::uint64_t epoch = 0;    // of revocations, when the snapshot was taken
  bool node_fresh = true;     // this node's view of revocations is current
  bool node_isolated = true;  // agents and tool servers cannot reach Ambit's own state

  std::shared_ptr<const domain::Identity> agent;
  std::shared_ptr<const domain::Identity> on_behalf_of;              // when the task names one
  std::vector<std::shared_ptr<const domain::Identity>> accountable;  // owners that are known
  std::vector<std::shared_ptr<const domain::Task>> chain;  // the task, its parent, ..., the root
  std::shared_ptr<const domain::Instance> instance;
  std::shared_ptr<const domain::Server> server;
  std::shared_ptr<const domain::Tool> tool;
  std::shared_ptr<const PolicyState> policies;
  // Made from agent, server, tool and the action's class; where it is null, decide() makes it.
  std::shared_ptr<const KnownEntities> known;
  const domain::SessionState* session = nullptr;
  Reservation reservation;
  const domain::Approval* approval = nullptr;  // granted, unexpired, unused, for this very digest
};

// Digest over the digests of all parts and of the action: equal digests mean equal inputs.
// `action_digest` is domain::action_digest of the same action and tool.
crypto::Digest snapshot_digest(const Snapshot& snapshot, const domain::Action& action,
                               const crypto::Digest& action_digest);

}  // namespace ambit::decision
