// How much of anything a schema may be, so that hostile input ends in an error and not in a crash.
#pragma once

#include <cstddef>

namespace ambit::cedar {

// One schema text, in bytes, with each declaration counted once for every name it gives
// (`action a, b, c ...`).
inline constexpr std::size_t kMaxSchemaTextBytes = 16u << 20;

// Nesting of a type as written and as resolved, common types included.
inline constexpr std::size_t kMaxTypeDepth = 200;

// Types that one resolved type is made of, each counted as often as it stands in it.
inline constexpr std::size_t kMaxTypeParts = 100'000;

// Links from an entity type or action to its ancestors, of a whole schema.
inline constexpr std::size_t kMaxSchemaLinks = 4'000'000;

}  // namespace ambit::cedar
