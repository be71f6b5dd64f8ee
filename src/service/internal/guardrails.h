// What is done about somebody who reaches for a guardrail that is not theirs (Requirement B3).
#pragma once

#include <functional>
#include <string>

#include "service/caller.h"
#include "service/internal/context.h"
#include "text/json.h"

namespace ambit::service {

// Records the attempt and opens a finding for the business owner of every agent that the caller is
// or answers for. `refused` is what the caller is told; `done` gets it once the record is durable,
// so that an attempt cannot be made unseen. More attempts of one credential than its denial rate
// allows are refused without a record of their own, and their `detail` is not looked at; the next
// record counts them.
void refuse_override(Context& context, const Caller& caller, std::string_view what,
                     const std::function<text::Json()>& detail, Error refused,
                     std::function<void(Result<text::Json>)> done);

// Folds one durable record about a finding.
void fold_finding(History& history, std::string_view kind, const text::Json& body);

}  // namespace ambit::service
