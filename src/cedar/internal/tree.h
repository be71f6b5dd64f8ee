// What every maker of trees must get right: depths and constants.
#pragma once

#include <cstddef>
#include <vector>

#include "cedar/ast.h"

namespace ambit::cedar {

// Levels of the tree that has `node` at its top.
std::size_t depth_of(const Expr::Node& node);

// A call, with its result where that is known: of a function (not a method) on one literal that it
// accepts.
Call make_call(Function function, std::vector<ExprPtr> arguments);

}  // namespace ambit::cedar
