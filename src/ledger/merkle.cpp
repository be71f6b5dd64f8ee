#include "ledger/merkle.h"

#include <bit>
#include <string>
#include <utility>

namespace ambit::ledger {
namespace {

constexpr std::string_view kLeafPrefix{"\x00", 1};
constexpr std::string_view kNodePrefix{"\x01", 1};

// The largest power of two below `n`; precondition: n > 1.
std::uint64_t split_point(std::uint64_t n) { return std::bit_floor(n - 1); }

// Root over [begin, end), which starts at a multiple of the largest power of two inside it.
Result<Hash> range_root(std::uint64_t begin, std::uint64_t end, const HashReader& read) {
  const std::uint64_t count = end - begin;
  if (std::has_single_bit(count)) {
    const auto level = static_cast<unsigned>(std::countr_zero(count));
    return read(level, begin >> level);
  }
  const std::uint64_t middle = begin + split_point(count);
  AMBIT_TRY(Hash left, range_root(begin, middle, read));
  AMBIT_TRY(Hash right, range_root(middle, end, read));
  return node_hash(left, right);
}

// PATH(m, D[begin:end]) of RFC 6962 section 2.1.1, with `index` absolute.
Result<> collect_path(std::uint64_t index, std::uint64_t begin, std::uint64_t end,
                      const HashReader& read, std::vector<Hash>& out) {
  if (end - begin == 1) return {};
  const std::uint64_t middle = begin + split_point(end - begin);
  const bool left = index < middle;
  AMBIT_CHECK_OK(left ? collect_path(index, begin, middle, read, out)
                      : collect_path(index, middle, end, read, out));
  AMBIT_TRY(Hash sibling, left ? range_root(middle, end, read) : range_root(begin, middle, read));
  out.push_back(sibling);
  return {};
}

// SUBPROOF(m, D[begin:end], whole) of RFC 6962 section 2.1.2, with `m` absolute.
Result<> collect_subproof(std::uint64_t m, std::uint64_t begin, std::uint64_t end, bool whole,
                          const HashReader& read, std::vector<Hash>& out) {
  if (m == end) {
    if (whole) return {};
    AMBIT_TRY(Hash root, range_root(begin, end, read));
    out.push_back(root);
    return {};
  }
  const std::uint64_t middle = begin + split_point(end - begin);
  if (m <= middle) {
    AMBIT_CHECK_OK(collect_subproof(m, begin, middle, whole, read, out));
    AMBIT_TRY(Hash right, range_root(middle, end, read));
    out.push_back(right);
    return {};
  }
  AMBIT_CHECK_OK(collect_subproof(m, middle, end, false, read, out));
  AMBIT_TRY(Hash left, range_root(begin, middle, read));
  out.push_back(left);
  return {};
}

tl::unexpected<Error> bad_proof(std::string message) {
  return fail(Code::kInvalid, "ledger.bad_proof", std::move(message));
}

}  // namespace

Hash leaf_hash(std::string_view entry) { return crypto::sha256({kLeafPrefix, entry}); }

Hash node_hash(const Hash& left, const Hash& right) {
  return crypto::sha256({kNodePrefix, left.view(), right.view()});
}

Hash empty_root() { return crypto::sha256(std::string_view()); }

Hash root_of(const Hash* hashes, std::size_t count) {
  Frontier tree;
  for (std::size_t i = 0; i < count; ++i) tree.append(hashes[i]);
  return tree.root();
}

Result<Frontier> Frontier::from_nodes(std::uint64_t size, std::vector<Hash> nodes) {
  if (nodes.size() != static_cast<std::size_t>(std::popcount(size))) {
    return fail(Code::kInvalid, "ledger.frontier",
                "a tree of " + std::to_string(size) + " entries has " +
                    std::to_string(std::popcount(size)) + " perfect subtrees, not " +
                    std::to_string(nodes.size()));
  }
  Frontier out;
  out.size_ = size;
  out.nodes_ = std::move(nodes);
  return out;
}

void Frontier::append(const Hash& leaf) {
  Hash node = leaf;
  for (std::uint64_t bits = size_; (bits & 1) != 0; bits >>= 1) {
    node = node_hash(nodes_.back(), node);
    nodes_.pop_back();
  }
  nodes_.push_back(node);
  ++size_;
}

Hash Frontier::root() const {
  if (nodes_.empty()) return empty_root();
  Hash root = nodes_.back();
  for (std::size_t i = nodes_.size() - 1; i > 0; --i) root = node_hash(nodes_[i - 1], root);
  return root;
}

Result<Hash> root_at(std::uint64_t size, const HashReader& read) {
  if (size == 0) return empty_root();
  return range_root(0, size, read);
}

Result<Frontier> frontier_at(std::uint64_t size, const HashReader& read) {
  std::vector<Hash> nodes;
  std::uint64_t begin = 0;
  for (unsigned level = 64; level-- > 0;) {
    if ((size >> level & 1) == 0) continue;
    AMBIT_TRY(const Hash node, read(level, begin >> level));
    nodes.push_back(node);
    begin += std::uint64_t{1} << level;
  }
  return Frontier::from_nodes(size, std::move(nodes));
}

Result<std::vector<Hash>> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                          const HashReader& read) {
  if (index >= size) {
    return fail(Code::kNotFound, "ledger.no_such_entry",
                "entry " + std::to_string(index) + " is not in a tree of " + std::to_string(size) +
                    " entries");
  }
  std::vector<Hash> proof;
  AMBIT_CHECK_OK(collect_path(index, 0, size, read, proof));
  return proof;
}

Result<std::vector<Hash>> consistency_proof(std::uint64_t old_size, std::uint64_t new_size,
                                            const HashReader& read) {
  if (old_size > new_size) {
    return fail(Code::kNotFound, "ledger.no_such_entry",
                "a tree of " + std::to_string(new_size) + " entries has no prefix of " +
                    std::to_string(old_size));
  }
  std::vector<Hash> proof;
  if (old_size == 0) return proof;
  AMBIT_CHECK_OK(collect_subproof(old_size, 0, new_size, true, read, proof));
  return proof;
}

// RFC 9162 section 2.1.3.2.
Result<> verify_inclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf,
                          const std::vector<Hash>& proof, const Hash& root) {
  if (index >= size) return bad_proof("the entry lies beyond the tree");
  std::uint64_t fn = index;
  std::uint64_t sn = size - 1;
  Hash hash = leaf;
  for (const Hash& step : proof) {
    if (sn == 0) return bad_proof("the inclusion proof is too long");
    if ((fn & 1) != 0 || fn == sn) {
      hash = node_hash(step, hash);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      hash = node_hash(hash, step);
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn != 0) return bad_proof("the inclusion proof is too short");
  if (hash != root) return bad_proof("the inclusion proof leads to another root");
  return {};
}

// RFC 9162 section 2.1.4.2.
Result<> verify_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t new_size,
                            const Hash& new_root, const std::vector<Hash>& proof) {
  if (old_size > new_size) return bad_proof("the older tree is larger than the newer one");
  if (old_size == 0 || old_size == new_size) {
    if (!proof.empty()) return bad_proof("the consistency proof must be empty");
    if (old_size == 0 && old_root != empty_root()) return bad_proof("not the root of no entries");
    if (old_size == new_size && old_root != new_root) return bad_proof("two roots for one size");
    return {};
  }
  std::size_t at = 0;
  std::uint64_t fn = old_size - 1;
  std::uint64_t sn = new_size - 1;
  while ((fn & 1) != 0) {
    fn >>= 1;
    sn >>= 1;
  }
  if (!std::has_single_bit(old_size) && proof.empty()) return bad_proof("the proof is empty");
  Hash old_hash = std::has_single_bit(old_size) ? old_root : proof[at++];
  Hash new_hash = old_hash;
  for (; at < proof.size(); ++at) {
    if (sn == 0) return bad_proof("the consistency proof is too long");
    if ((fn & 1) != 0 || fn == sn) {
      old_hash = node_hash(proof[at], old_hash);
      new_hash = node_hash(proof[at], new_hash);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      new_hash = node_hash(new_hash, proof[at]);
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn != 0) return bad_proof("the consistency proof is too short");
  if (old_hash != old_root) return bad_proof("the consistency proof leads to another older root");
  if (new_hash != new_root) return bad_proof("the consistency proof leads to another newer root");
  return {};
}

}  // namespace ambit::ledger
