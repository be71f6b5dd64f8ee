// The inner hashes of the Merkle tree that a bundle carries, and what follows from them.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "ledger/merkle.h"

namespace ambit::evidence {

// The root of the perfect subtree over entries [index << level, (index + 1) << level).
struct NodeId {
  unsigned level = 0;
  std::uint64_t index = 0;

  friend auto operator<=>(const NodeId&, const NodeId&) = default;
};

// The largest perfect subtrees of a tree of `size` entries, left to right: one for each 1 bit.
std::vector<NodeId> peaks_of(std::uint64_t size);

// What proves `entries` and the trees of `sizes` to be in the tree of `size` entries.
std::set<NodeId> nodes_needed(std::uint64_t size, const std::vector<std::uint64_t>& entries,
                              const std::vector<std::uint64_t>& sizes);

using NodeMap = std::map<NodeId, ledger::Hash>;

// `<level> <index> <base64>`, one a line, ascending.
std::string encode_nodes(const NodeMap& nodes);
// Reads exactly that. Fails with `export.nodes` naming the line.
Result<NodeMap> parse_nodes(std::string_view text);

// Climbs from what is claimed to what is known.
class Climber {
 public:
  // `stored` outlives it.
  Climber(std::uint64_t size, const NodeMap& stored) : size_(size), stored_(stored) {}

  // Believes the peaks if they give `root`.
  bool believe_peaks(const ledger::Hash& root);
  // Whether `hash` is the node, by what is known; `keep` what it took to see that.
  bool proves(NodeId node, const ledger::Hash& hash, bool keep = true);
  // Whether the tree of the first `size` entries has this root; nothing when that is not known.
  enum class Answer { kYes, kNo, kUnknown };
  Answer has_prefix(std::uint64_t size, const ledger::Hash& root);
  // The first stored node that nothing known confirms.
  const NodeId* unconfirmed() const;

 private:
  struct HashOfNode {
    std::size_t operator()(const NodeId& node) const {
      return std::hash<std::uint64_t>()(node.index * 64 + node.level);
    }
  };

  const ledger::Hash* find(NodeId node) const;

  std::uint64_t size_;
  const NodeMap& stored_;
  std::unordered_map<NodeId, ledger::Hash, HashOfNode> known_;
};

}  // namespace ambit::evidence
