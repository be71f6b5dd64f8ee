// Why one action was decided as it was, from the evidence alone.
#pragma once

#include <string>

#include "base/result.h"
#include "insight/evidence.h"
#include "text/json.h"

namespace ambit::insight {

// From the trigger to the outcome: who let it happen, what each gate said, the policies as they
// stood, the approval, what came of it. `summary` is in plain words; `accountable` names who
// authorised it, who monitors the agent and who may stop it; `path` are the records that lead from
// the task's start to the outcome and `missing` what the log lacks of them. Errors:
// `decision.unknown`, those of the log and the index.
Result<text::Json> explain(Evidence& evidence, const std::string& decision);

}  // namespace ambit::insight
