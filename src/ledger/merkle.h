// Merkle trees of RFC 6962 section 2.1 (proof algorithms: RFC 9162 section 2.1): hashing, the
// growing tree, inclusion and consistency proofs and their verification. Pure functions.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/digest.h"

namespace ambit::ledger {

using Hash = crypto::Digest;

// SHA-256(0x00 || entry).
Hash leaf_hash(std::string_view entry);
// SHA-256(0x01 || left || right).
Hash node_hash(const Hash& left, const Hash& right);
// Root of the tree without entries: SHA-256 of nothing.
Hash empty_root();
// Root of the tree whose leaf hashes are hashes[0..count).
Hash root_of(const Hash* hashes, std::size_t count);

// A growing tree of which only the roots of the largest perfect subtrees are kept, left to right:
// at most 64 hashes, enough to append and to know the root.
class Frontier {
 public:
  Frontier() = default;
  // From `nodes` as another Frontier of `size` gave them. Fails with `ledger.frontier` when their
  // number does not fit the size.
  static Result<Frontier> from_nodes(std::uint64_t size, std::vector<Hash> nodes);

  void append(const Hash& leaf);
  std::uint64_t size() const { return size_; }
  Hash root() const;
  const std::vector<Hash>& nodes() const { return nodes_; }

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> nodes_;  // INVARIANT: one for each 1 bit of size_, largest subtree first
};

// Gives the root of the perfect subtree over the entries [index << level, (index + 1) << level).
// It is only asked for subtrees that lie inside the tree.
using HashReader = std::function<Result<Hash>(unsigned level, std::uint64_t index)>;

// Root of the first `size` entries.
Result<Hash> root_at(std::uint64_t size, const HashReader& read);

// The frontier of the first `size` entries.
Result<Frontier> frontier_at(std::uint64_t size, const HashReader& read);

// Hashes that prove entry `index` to be in the tree of `size` entries, leaf side first. Fails with
// `ledger.no_such_entry` unless index < size.
Result<std::vector<Hash>> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                          const HashReader& read);

// Hashes that prove the tree of `old_size` entries to be a prefix of that of `new_size`. Fails with
// `ledger.no_such_entry` unless old_size <= new_size. Empty when old_size is 0 or equal to
// new_size.
Result<std::vector<Hash>> consistency_proof(std::uint64_t old_size, std::uint64_t new_size,
                                            const HashReader& read);

// Both fail with `ledger.bad_proof`.
Result<> verify_inclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf,
                          const std::vector<Hash>& proof, const Hash& root);
Result<> verify_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t new_size,
                            const Hash& new_root, const std::vector<Hash>& proof);

}  // namespace ambit::ledger
