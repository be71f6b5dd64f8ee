#include "ledger/merkle.h"

#include <gtest/gtest.h>
#include <map>
#include <rapidcheck.h>
#include <string>

#include "text/base64url.h"

namespace ambit::ledger {
namespace {

std::string hex(const Hash& hash) { return text::to_hex(hash.view()); }

Hash numbered_leaf(std::uint64_t i) { return leaf_hash("entry " + std::to_string(i)); }

// MTH by the definition of RFC 6962 section 2.1, sharing no code with the room.
Hash naive_root(std::uint64_t begin, std::uint64_t end) {
  if (end == begin) return crypto::sha256("");
  if (end - begin == 1) {
    return crypto::sha256(std::string(1, '\0') + "entry " + std::to_string(begin));
  }
  std::uint64_t k = 1;
  while (k * 2 < end - begin) k *= 2;
  const Hash left = naive_root(begin, begin + k);
  const Hash right = naive_root(begin + k, end);
  return crypto::sha256("\x01" + std::string(left.view()) + std::string(right.view()));
}

// Reads subtree roots from their definition, each computed once.
class NaiveReader {
 public:
  HashReader reader() {
    return [this](unsigned level, std::uint64_t index) -> Result<Hash> {
      auto [it, fresh] = cache_.try_emplace({level, index});
      if (fresh) it->second = naive_root(index << level, (index + 1) << level);
      return it->second;
    };
  }

 private:
  std::map<std::pair<unsigned, std::uint64_t>, Hash> cache_;
};

// The eight inputs and the roots that Certificate Transparency implementations test against.
const char* const kVectorInputs[] = {"",
                                     "00",
                                     "10",
                                     "2021",
                                     "3031",
                                     "40414243",
                                     "5051525354555657",
                                     "606162636465666768696a6b6c6d6e6f"};
const char* const kVectorRoots[] = {
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

TEST(MerkleTree, GivesTheRootsOfTheRfc6962Vectors) {
  EXPECT_EQ(hex(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Frontier().root(), empty_root());
  Frontier tree;
  for (std::size_t i = 0; i < std::size(kVectorInputs); ++i) {
    tree.append(leaf_hash(*text::from_hex(kVectorInputs[i])));
    EXPECT_EQ(hex(tree.root()), kVectorRoots[i]) << i;
  }
}

TEST(MerkleTree, GivesTheProofsOfTheRfc6962Vectors) {
  std::vector<Hash> leaves;
  for (const char* input : kVectorInputs) leaves.push_back(leaf_hash(*text::from_hex(input)));
  const HashReader read = [&](unsigned level, std::uint64_t index) -> Result<Hash> {
    return root_of(&leaves[index << level], std::size_t{1} << level);
  };
  const auto inclusion = inclusion_proof(5, 8, read);
  ASSERT_TRUE(inclusion);
  ASSERT_EQ(inclusion->size(), 3u);
  EXPECT_EQ(hex((*inclusion)[0]),
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b");
  EXPECT_EQ(hex((*inclusion)[1]),
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
  EXPECT_EQ(hex((*inclusion)[2]),
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
  const auto consistency = consistency_proof(6, 8, read);
  ASSERT_TRUE(consistency);
  ASSERT_EQ(consistency->size(), 3u);
  EXPECT_EQ(hex((*consistency)[0]),
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a");
  EXPECT_EQ(hex((*consistency)[1]),
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
  EXPECT_EQ(hex((*consistency)[2]),
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
}

TEST(MerkleTree, FrontierAgreesWithTheDefinitionAndRestoresAtEverySize) {
  Frontier tree;
  for (std::uint64_t size = 0; size <= 300; ++size) {
    ASSERT_EQ(tree.root(), naive_root(0, size)) << size;
    auto restored = Frontier::from_nodes(size, tree.nodes());
    ASSERT_TRUE(restored) << size;
    tree = *restored;
    tree.append(numbered_leaf(size));
  }
}

TEST(MerkleTree, RefusesAFrontierThatDoesNotFitItsSize) {
  const auto wrong = Frontier::from_nodes(3, {empty_root()});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().reason, "ledger.frontier");
}

TEST(MerkleTree, ProvesInclusionForEverySize) {
  NaiveReader naive;
  const HashReader read = naive.reader();
  Frontier tree;
  for (std::uint64_t size = 1; size <= 300; ++size) {
    tree.append(numbered_leaf(size - 1));
    const Hash root = tree.root();
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto proof = inclusion_proof(index, size, read);
      ASSERT_TRUE(proof);
      ASSERT_TRUE(verify_inclusion(index, size, numbered_leaf(index), *proof, root))
          << index << " in " << size;
      ASSERT_FALSE(verify_inclusion(index, size, numbered_leaf(index + 1), *proof, root));
      if (size > 1) {
        ASSERT_FALSE(verify_inclusion(index ^ 1, size, numbered_leaf(index), *proof, root));
      }
    }
  }
}

TEST(MerkleTree, ProvesConsistencyForEveryPairOfSizes) {
  NaiveReader naive;
  const HashReader read = naive.reader();
  std::vector<Hash> roots{empty_root()};
  Frontier tree;
  for (std::uint64_t i = 0; i < 300; ++i) {
    tree.append(numbered_leaf(i));
    roots.push_back(tree.root());
  }
  for (std::uint64_t newer = 0; newer <= 300; ++newer) {
    for (std::uint64_t older = 0; older <= newer; ++older) {
      const auto proof = consistency_proof(older, newer, read);
      ASSERT_TRUE(proof);
      ASSERT_TRUE(verify_consistency(older, roots[older], newer, roots[newer], *proof))
          << older << " to " << newer;
      if (older == 0) continue;
      ASSERT_FALSE(verify_consistency(older, roots[older - 1], newer, roots[newer], *proof));
      ASSERT_FALSE(verify_consistency(older, roots[older], newer, roots[newer - 1], *proof));
    }
  }
}

TEST(MerkleTree, RefusesEveryChangedProof) {
  NaiveReader naive;
  const HashReader read = naive.reader();
  EXPECT_TRUE(rc::check([&] {
    const auto size = *rc::gen::inRange<std::uint64_t>(2, 300);
    const auto index = *rc::gen::inRange<std::uint64_t>(0, size);
    const Hash root = *root_at(size, read);
    std::vector<Hash> proof = *inclusion_proof(index, size, read);
    const auto where = *rc::gen::inRange<std::size_t>(0, proof.size());
    std::vector<Hash> changed = proof;
    changed[where].bytes[*rc::gen::inRange<std::size_t>(0, 32)] ^= 0x40;
    RC_ASSERT(!verify_inclusion(index, size, numbered_leaf(index), changed, root));
    changed = proof;
    changed.push_back(root);
    RC_ASSERT(!verify_inclusion(index, size, numbered_leaf(index), changed, root));
    changed = proof;
    changed.pop_back();
    RC_ASSERT(!verify_inclusion(index, size, numbered_leaf(index), changed, root));
    const auto older = *rc::gen::inRange<std::uint64_t>(1, size);
    std::vector<Hash> steps = *consistency_proof(older, size, read);
    const Hash old_root = *root_at(older, read);
    steps[*rc::gen::inRange<std::size_t>(0, steps.size())].bytes[0] ^= 1;
    RC_ASSERT(!verify_consistency(older, old_root, size, root, steps));
    RC_ASSERT(!verify_consistency(older, old_root, size, root, {}));
  }));
}

TEST(MerkleTree, RefusesQuestionsBeyondTheTree) {
  NaiveReader naive;
  EXPECT_EQ(inclusion_proof(3, 3, naive.reader()).error().reason, "ledger.no_such_entry");
  EXPECT_EQ(consistency_proof(4, 3, naive.reader()).error().reason, "ledger.no_such_entry");
  EXPECT_FALSE(verify_inclusion(3, 3, empty_root(), {}, empty_root()));
  EXPECT_FALSE(verify_consistency(4, empty_root(), 3, empty_root(), {}));
  EXPECT_FALSE(verify_consistency(0, numbered_leaf(1), 3, empty_root(), {}));
}

TEST(MerkleTree, PassesOnWhatTheReaderCouldNotRead) {
  const HashReader broken = [](unsigned, std::uint64_t) -> Result<Hash> {
    return fail(Code::kUnavailable, "test.unreadable", "no hash");
  };
  EXPECT_EQ(root_at(3, broken).error().reason, "test.unreadable");
  EXPECT_EQ(inclusion_proof(1, 3, broken).error().reason, "test.unreadable");
  EXPECT_EQ(consistency_proof(1, 3, broken).error().reason, "test.unreadable");
}

}  // namespace
}  // namespace ambit::ledger
