// The part of a policy's view that many actions share: agent, action and server as Cedar entities,
// and the types of the tool's arguments.
#pragma once

#include <memory>

#include "base/result.h"
#include "cedar/entities.h"
#include "domain/identity.h"
#include "domain/tool.h"
#include "tool_schema/argument_types.h"

namespace ambit::decision {

// Follows from an agent, a tool, its server and the class of the action; immutable.
struct KnownEntities {
  cedar::Entity agent;
  cedar::Entity action;
  cedar::Entity server;
  cedar::Entities entities;  // all three
  tool_schema::ArgumentTypes input;
};

// Preconditions: the identity is an agent that is complete (domain::missing_for_activation).
Result<std::shared_ptr<const KnownEntities>> known_entities(const domain::Identity& agent,
                                                            const domain::Server& server,
                                                            const domain::Tool& tool,
                                                            domain::ActionClass action_class);

}  // namespace ambit::decision
