// Who is above whom: the transitive closure of entity types and of actions.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace ambit::cedar {

// For each of `parents` (the parents of node i stand at i), all nodes above it, sorted: its
// parents, theirs and so on, and itself if there is a cycle. Nothing when that takes more than
// `max_steps`.
std::optional<std::vector<std::vector<std::size_t>>> all_ancestors(
    const std::vector<std::vector<std::size_t>>& parents, std::size_t max_steps);

}  // namespace ambit::cedar
