// An action as the policies see it, for whoever explains a decision.
#pragma once

#include <vector>

#include "base/result.h"
#include "cedar/authorizer.h"
#include "cedar/entities.h"
#include "decision/snapshot.h"
#include "domain/action.h"

namespace ambit::decision {

struct CedarQuestion {
  cedar::Request request;
  cedar::Entities entities;
};

// What decide() asks of the policies, one question for each target: with the approval that the
// snapshot has, if it has one. Preconditions: the snapshot's agent is complete and its tool is
// bound. Errors as of building Cedar's entities.
Result<std::vector<CedarQuestion>> cedar_questions(const Snapshot& snapshot,
                                                   const domain::Action& action);

}  // namespace ambit::decision
