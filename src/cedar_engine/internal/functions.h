// What operators and functions do to values that need neither the request nor the entities.
#pragma once

#include <cstddef>
#include <string_view>

#include "cedar/ast.h"
#include "cedar_engine/datum.h"
#include "cedar_engine/internal/arena.h"

namespace ambit::cedar::engine {

// The most arguments that a function has; a call with more is one with a wrong number of them.
inline constexpr std::size_t kMaxArity = 2;

struct FunctionShape {
  std::string_view name;
  std::size_t arity;
};

const FunctionShape& shape_of(Function function);

// `+ - *` on longs.
Datum arithmetic(BinaryOp op, const Datum& a, const Datum& b, Arena& arena);

// `< <= > >=` on two longs, datetimes or durations.
Datum compare(BinaryOp op, const Datum& a, const Datum& b, Arena& arena);

// Calls anything but getTag and hasTag. Precondition: as many arguments as the function has, none
// foreign.
Datum call(Function function, const Datum* arguments, Arena& arena);

}  // namespace ambit::cedar::engine
