// How much of anything this room accepts, so that hostile input ends in an error and not in a
// crash.
#pragma once

#include <cstddef>

namespace ambit::cedar {

// One policy text, in bytes.
inline constexpr std::size_t kMaxPolicyTextBytes = 16u << 20;

// Syntax errors that one text is searched for.
inline constexpr std::size_t kMaxSyntaxErrors = 20;

// One policy that is to be formatted, and what becomes of it, in bytes.
inline constexpr std::size_t kMaxFormattedPolicyBytes = 1u << 20;

// Nesting of an expression, and so the recursion of parser, printer and evaluator.
inline constexpr std::size_t kMaxExpressionDepth = 200;

// Nesting of the JSON of an expression as it is written: two levels for each of the tree's, and two
// for each further term of `&&` and `||`.
inline constexpr std::size_t kMaxPolicyJsonDepth = 1000;

// Steps of `a has b.c` that are written out as `a has b && a.b has c`, which repeats `a` for each.
// And how many expressions that `a` may consist of.
inline constexpr std::size_t kMaxExpandedHasSteps = 16;
inline constexpr std::size_t kMaxRepeatedExpressions = 100;

// Nesting of a value read from JSON.
inline constexpr std::size_t kMaxValueDepth = 200;

// Entity-to-ancestor links of one store, all entities together.
inline constexpr std::size_t kMaxAncestorLinks = 4'000'000;

}  // namespace ambit::cedar
