#include "service/internal/newest_decisions.h"

#include <gtest/gtest.h>
#include <map>
#include <rapidcheck/gtest.h>
#include <set>
#include <string>

#include "crypto/random.h"

namespace ambit::service {
namespace {

TEST(DecisionKey, IsAnotherForEachId) {
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto key = decision_key(crypto::random_id("dec_", Time{i / 10}));
    ASSERT_TRUE(key);
    EXPECT_TRUE(seen.emplace(key->high, key->low).second);
  }
}

TEST(DecisionKey, HasEveryBitOfTheId) {
  const std::string least = "dec_00000000000000000000000000";
  const std::string most = "dec_7zzzzzzzzzzzzzzzzzzzzzzzzz";
  EXPECT_EQ(decision_key(least), (DecisionKey{0, 0}));
  EXPECT_EQ(decision_key(most), (DecisionKey{~0ULL, ~0ULL}));
  EXPECT_EQ(decision_key("dec_00000000000000000000000001"), (DecisionKey{0, 1}));
  EXPECT_EQ(decision_key("dec_0000000000000g000000000000"), (DecisionKey{1, 0}));
}

TEST(DecisionKey, IsNoneForWhatIsNoDecisionsId) {
  for (const char* id : {"", "dec_", "dec_1", "tsk_00000000000000000000000000",
                         "dec_0000000000000000000000000", "dec_000000000000000000000000000",
                         "dec_80000000000000000000000000", "dec_0000000000000000000000000U",
                         "dec_0000000000000000000000000u", "DEC_00000000000000000000000000",
                         "dec_0000000000000000000000000 ", "dec_0000000000000000000000000-"}) {
    EXPECT_FALSE(decision_key(id)) << id;
  }
}

TEST(NewestDecisions, KnowNothingAtFirst) {
  NewestDecisions known;
  EXPECT_FALSE(known.find({1, 1}));
  known.remove({1, 1}, 1);
  EXPECT_EQ(known.size(), 0u);
}

TEST(NewestDecisions, TakeOutOnlyWhatStandsThere) {
  NewestDecisions known;
  EXPECT_TRUE(known.add({1, 1}, 7));
  EXPECT_FALSE(known.add({1, 1}, 8));
  known.remove({1, 1}, 8);
  EXPECT_EQ(known.find({1, 1}), 7u);
  known.remove({1, 1}, 7);
  EXPECT_FALSE(known.find({1, 1}));
  EXPECT_EQ(known.size(), 0u);
}

// Keys that meet in few slots, also across the end of the table.
RC_GTEST_PROP(NewestDecisions, AreWhatAMapWouldBe, ()) {
  NewestDecisions known;
  std::map<std::uint64_t, std::uint64_t> model;
  const auto steps = *rc::gen::container<std::vector<std::pair<std::uint64_t, bool>>>(
      rc::gen::pair(rc::gen::inRange<std::uint64_t>(0, 400), rc::gen::arbitrary<bool>()));
  std::uint64_t index = 0;
  const auto key_of = [](std::uint64_t one) {
    return DecisionKey{one, 1020 + one % 8 + (one % 3 << 20)};
  };
  for (const auto& [one, adds] : steps) {
    if (adds) {
      ++index;
      RC_ASSERT(known.add(key_of(one), index) == model.try_emplace(one, index).second);
    } else if (const auto at = model.find(one); at != model.end()) {
      known.remove(key_of(one), at->second);
      model.erase(at);
    }
    RC_ASSERT(known.size() == model.size());
  }
  for (std::uint64_t one = 0; one < 400; ++one) {
    const auto at = model.find(one);
    const auto found = known.find(key_of(one));
    RC_ASSERT(found.has_value() == (at != model.end()));
    if (found) RC_ASSERT(*found == at->second);
  }
}

TEST(NewestDecisions, KeepThemAllWhileTheTableGrows) {
  NewestDecisions known;
  std::vector<DecisionKey> keys;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    keys.push_back(*decision_key(crypto::random_id("dec_", Time{0})));
    known.add(keys.back(), i);
  }
  for (std::uint64_t i = 0; i < keys.size(); i += 2) known.remove(keys[i], i);
  EXPECT_EQ(known.size(), keys.size() / 2);
  for (std::uint64_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(known.find(keys[i]), i % 2 == 0 ? std::nullopt : std::optional(i));
  }
}

}  // namespace
}  // namespace ambit::service
