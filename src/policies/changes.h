// What a new version of a policy set does to authority, seen from the texts alone: whether it
// loosens what stands, and so needs a second human before it takes effect (Requirement B3).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "decision/snapshot.h"
#include "domain/tool.h"

namespace ambit::policies {

// What is known of the tools, by the id of their action (`server___tool`): their class, and the
// highest tier that a call of them can have.
struct KnownTool {
  domain::ActionClass action_class = domain::ActionClass::kRead;
  domain::Tier tier = domain::Tier::kLow;
};
using KnownTools = std::map<std::string, KnownTool>;

// The entry of one tool that is bound; false when it is not.
bool note_tool(KnownTools& tools, const domain::Tool& tool);

struct ChangeReport {
  std::vector<std::string> loosens;   // a guardrail removed or weakened; a permit for the high tier
  std::vector<std::string> widens;    // a permit that cannot reach the high tier
  std::vector<std::string> tightens;  // only less is possible
  bool guards_high_tier = false;      // the old or the new set speaks of high-tier actions

  // Whether the author may not publish it alone.
  bool needs_review() const { return !loosens.empty() || (guards_high_tier && !widens.empty()); }
};

// Compares two versions. Where it cannot prove that a changed policy is at least as strict as
// before, it counts as loosened. Policies that are the same but for place, comments and `@advice`
// are unchanged.
ChangeReport changes(const decision::PolicyState& before, const decision::PolicyState& after,
                     const KnownTools& tools);

// Whether a policy can decide on an action of the high tier.
bool reaches_high_tier(const cedar::Policy& policy, const KnownTools& tools);

}  // namespace ambit::policies
