// Several evaluations in one request (AuthZEN Authorization API 1.0, section 7).
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "doors/authzen/internal/evaluation.h"

namespace ambit::doors::authzen {

enum class Semantic { kExecuteAll, kDenyOnFirstDeny, kPermitOnFirstPermit };

// Bounds of one request: evaluations, and bytes that they take over from the defaults in all.
inline constexpr std::size_t kMaxEvaluations = 256;
inline constexpr std::size_t kMaxInheritedBytes = 4u << 20;

struct Batch {
  // There is no `evaluations`, or nothing in it: a single evaluation, answered as one.
  bool single = false;
  Semantic semantic = Semantic::kExecuteAll;
  std::vector<Result<Evaluation>> items;  // in order; an error is that item's alone
};

// Merges the defaults into each item: a whole entity that the item lacks, and of an entity that it
// has the `type`, `id` or `name` that this lacks. Errors, all Code::kInvalid, are about the whole
// request: those of read_evaluation when it is a single one, malformed defaults or options, and
// `authzen.too_many`, `authzen.too_large` beyond the bounds.
Result<Batch> read_evaluations(std::string_view body);

}  // namespace ambit::doors::authzen
