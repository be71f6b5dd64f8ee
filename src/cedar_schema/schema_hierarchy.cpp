#include "cedar_schema/internal/schema_hierarchy.h"

#include <algorithm>
#include <utility>

namespace ambit::cedar {

std::optional<std::vector<std::vector<std::size_t>>> all_ancestors(
    const std::vector<std::vector<std::size_t>>& parents, std::size_t max_steps) {
  std::vector<std::vector<std::size_t>> out(parents.size());
  // Which node saw this one last; one array for all searches.
  std::vector<std::size_t> seen_from(parents.size(), parents.size());
  std::vector<std::size_t> open;
  std::size_t steps = 0;
  for (std::size_t start = 0; start < parents.size(); ++start) {
    open.assign(1, start);
    while (!open.empty()) {
      const std::size_t node = open.back();
      open.pop_back();
      for (const std::size_t parent : parents[node]) {
        if (++steps > max_steps) return std::nullopt;
        if (std::exchange(seen_from[parent], start) == start) continue;
        out[start].push_back(parent);
        open.push_back(parent);
      }
    }
    std::sort(out[start].begin(), out[start].end());
  }
  return out;
}

}  // namespace ambit::cedar
