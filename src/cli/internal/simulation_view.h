// What a policy set would have made of recent decisions, as the server found out.
#pragma once

#include <iosfwd>

#include "cli/internal/paint.h"
#include "cli/internal/verb.h"
#include "text/json.h"

namespace ambit::cli {

// The member `simulation` of `answer`: counts, then what would change, what loosens first. Nothing
// where there is none.
void print_simulation(std::ostream& out, const Paint& paint, const text::Json& answer);

// `--expect-denied`, and what it says as the member `expected_newly_denied` of `body`.
Param expect_denied_param();
Result<> add_expected(const Call& call, text::Json& body);

}  // namespace ambit::cli
