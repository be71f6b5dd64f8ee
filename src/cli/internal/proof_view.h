// Why policies say what they say, as a tree that people read.
#pragma once

#include <ostream>

#include "cedar/proof.h"
#include "cli/internal/paint.h"
#include "text/json.h"

namespace ambit::cli {

// The policies that mattered: those satisfied, those that failed, and those whose head fits but
// whose conditions do not hold. Of the others only how many there are.
void print_proofs(std::ostream& out, const Paint& paint,
                  const std::vector<cedar::PolicyProof>& proofs);

// The same, every policy with its outcome.
text::Json json_of(const std::vector<cedar::PolicyProof>& proofs);

}  // namespace ambit::cli
