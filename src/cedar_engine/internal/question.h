// What a condition asks, where the answer can be looked up in a table instead of computed.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cedar_engine/internal/code.h"
#include "cedar_engine/internal/compiled_policy.h"
#include "cedar_engine/internal/index.h"

namespace ambit::cedar::engine {

// A policy stands in the index once for each of its actions and for each key of a question of its.
// This many times at most: what would multiply it further stays a condition.
inline constexpr std::size_t kMaxCopies = 64;

// Is the value of `subject` related, in the way of `kind`, to one of the keys? True, false or an
// error exactly where the condition is; and the error depends on the subject alone.
struct Question {
  Dispatch::Kind kind = Dispatch::Kind::kEqual;
  std::uint32_t subject = 0;  // a node
  std::vector<Datum> keys;    // constants; of kIs, the name of the type as a long
};

std::optional<Question> question_of(const Code& code, Conjunct conjunct);

}  // namespace ambit::cedar::engine
