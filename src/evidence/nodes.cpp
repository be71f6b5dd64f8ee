#include "evidence/internal/nodes.h"

#include <charconv>
#include <optional>

#include "text/base64url.h"

namespace ambit::evidence {
namespace {

// A whole number without sign or leading zeros, up to `end`, which is taken off as well.
std::optional<std::uint64_t> take_number(std::string_view& text, char end) {
  const std::size_t length = text.find(end);
  if (length == std::string_view::npos) return {};
  const std::string_view digits = text.substr(0, length);
  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(digits.data(), digits.data() + length, number);
  if (error != std::errc() || std::to_string(number) != digits) return {};
  text.remove_prefix(length + 1);
  return number;
}

ledger::Hash fold(const std::vector<ledger::Hash>& peaks) {
  if (peaks.empty()) return ledger::empty_root();
  ledger::Hash root = peaks.back();
  for (std::size_t i = peaks.size() - 1; i > 0; --i) root = ledger::node_hash(peaks[i - 1], root);
  return root;
}

// Adds the siblings on the way from `node` to the peak above it.
void add_climb(NodeId node, const std::set<NodeId>& peaks, std::set<NodeId>& out) {
  while (!peaks.contains(node)) {
    out.insert({node.level, node.index ^ 1});
    node = {node.level + 1, node.index >> 1};
  }
}

}  // namespace

std::vector<NodeId> peaks_of(std::uint64_t size) {
  std::vector<NodeId> out;
  std::uint64_t begin = 0;
  for (unsigned level = 64; level-- > 0;) {
    if ((size >> level & 1) == 0) continue;
    out.push_back({level, begin >> level});
    begin += std::uint64_t{1} << level;
  }
  return out;
}

std::set<NodeId> nodes_needed(std::uint64_t size, const std::vector<std::uint64_t>& entries,
                              const std::vector<std::uint64_t>& sizes) {
  const std::vector<NodeId> tops = peaks_of(size);
  const std::set<NodeId> peaks(tops.begin(), tops.end());
  std::set<NodeId> out = peaks;
  for (const std::uint64_t index : entries) add_climb({0, index}, peaks, out);
  for (const std::uint64_t prefix : sizes) {
    for (const NodeId& peak : peaks_of(prefix)) {
      out.insert(peak);
      add_climb(peak, peaks, out);
    }
  }
  return out;
}

std::string encode_nodes(const NodeMap& nodes) {
  std::string out;
  for (const auto& [node, hash] : nodes) {
    out += std::to_string(node.level) + " " + std::to_string(node.index) + " " +
           text::to_base64(hash.view()) + "\n";
  }
  return out;
}

Result<NodeMap> parse_nodes(std::string_view text) {
  NodeMap out;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto level = take_number(text, ' ');
    const auto index = take_number(text, ' ');
    const std::size_t end = text.find('\n');
    const auto hash = text::from_base64(text.substr(0, end));
    const bool whole = level && *level < 64 && index && end != std::string_view::npos && hash &&
                       hash->size() == sizeof(ledger::Hash::bytes);
    const NodeId node{static_cast<unsigned>(level.value_or(0)), index.value_or(0)};
    if (!whole || (!out.empty() && node <= out.rbegin()->first)) {
      return fail(Code::kInvalid, "export.nodes",
                  "line " + std::to_string(line) +
                      " of `nodes` is not a level, an index and a hash behind the line before");
    }
    ledger::Hash& value = out[node];
    std::copy(hash->begin(), hash->end(), value.bytes.begin());
    text.remove_prefix(end + 1);
  }
  return out;
}

const ledger::Hash* Climber::find(NodeId node) const {
  if (const auto known = known_.find(node); known != known_.end()) return &known->second;
  const auto stored = stored_.find(node);
  return stored == stored_.end() ? nullptr : &stored->second;
}

bool Climber::believe_peaks(const ledger::Hash& root) {
  std::vector<ledger::Hash> hashes;
  const std::vector<NodeId> peaks = peaks_of(size_);
  for (const NodeId& peak : peaks) {
    const auto stored = stored_.find(peak);
    if (stored == stored_.end()) return false;
    hashes.push_back(stored->second);
  }
  if (fold(hashes) != root) return false;
  for (std::size_t i = 0; i < peaks.size(); ++i) known_[peaks[i]] = hashes[i];
  return true;
}

bool Climber::proves(NodeId node, const ledger::Hash& hash, bool keep) {
  std::vector<std::pair<NodeId, ledger::Hash>> path;
  ledger::Hash value = hash;
  for (;;) {
    if (const auto known = known_.find(node); known != known_.end()) {
      if (known->second != value) return false;
      if (keep) known_.insert(path.begin(), path.end());
      return true;
    }
    const NodeId beside{node.level, node.index ^ 1};
    const ledger::Hash* sibling = find(beside);
    if (sibling == nullptr || node.level >= 63) return false;
    path.emplace_back(node, value);
    path.emplace_back(beside, *sibling);
    value = (node.index & 1) != 0 ? ledger::node_hash(*sibling, value)
                                  : ledger::node_hash(value, *sibling);
    node = {node.level + 1, node.index >> 1};
  }
}

Climber::Answer Climber::has_prefix(std::uint64_t size, const ledger::Hash& root) {
  std::vector<ledger::Hash> hashes;
  for (const NodeId& peak : peaks_of(size)) {
    const ledger::Hash* hash = find(peak);
    if (hash == nullptr || !proves(peak, *hash)) return Answer::kUnknown;
    hashes.push_back(*hash);
  }
  return fold(hashes) == root ? Answer::kYes : Answer::kNo;
}

const NodeId* Climber::unconfirmed() const {
  for (const auto& [node, hash] : stored_) {
    const auto known = known_.find(node);
    if (known == known_.end() || known->second != hash) return &node;
  }
  return nullptr;
}

}  // namespace ambit::evidence
