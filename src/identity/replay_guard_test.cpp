#include "identity/replay_guard.h"

#include <gtest/gtest.h>
#include <map>
#include <rapidcheck.h>

namespace ambit::identity {
namespace {

constexpr Time kNow{1'800'000'000'000};

std::string use(ReplayGuard& guard, std::string_view key, std::string_view id, Time issued_at,
                Time now) {
  const auto result = guard.remember(key, id, issued_at, issued_at + seconds(60), now);
  return result ? "accepted" : result.error().reason;
}

TEST(ReplayGuard, AcceptsEachProofOnce) {
  ReplayGuard guard;
  EXPECT_EQ(use(guard, "k", "1", kNow, kNow), "accepted");
  EXPECT_EQ(use(guard, "k", "1", kNow, kNow), "dpop.replay");
  EXPECT_EQ(use(guard, "k", "2", kNow, kNow), "accepted");
}

TEST(ReplayGuard, KeepsTheNamesOfKeysApart) {
  ReplayGuard guard;
  EXPECT_EQ(use(guard, "k", "1", kNow, kNow), "accepted");
  EXPECT_EQ(use(guard, "l", "1", kNow, kNow), "accepted");
  EXPECT_EQ(use(guard, "k", "1.1", kNow, kNow), "accepted");
}

TEST(ReplayGuard, RemembersUntilTheProofRunsOutAndNoLonger) {
  ReplayGuard guard;
  EXPECT_EQ(use(guard, "k", "1", kNow, kNow), "accepted");
  EXPECT_EQ(use(guard, "k", "1", kNow, kNow + seconds(60)), "dpop.replay");
  EXPECT_EQ(guard.size(), 1u);
  EXPECT_EQ(use(guard, "k", "1", kNow, kNow + seconds(61)), "dpop.time");
  EXPECT_EQ(guard.size(), 0u);
}

TEST(ReplayGuard, AClockSetBackDoesNotBringProofsBackToLife) {
  ReplayGuard guard;
  EXPECT_EQ(use(guard, "k", "1", kNow, kNow), "accepted");
  EXPECT_EQ(use(guard, "k", "2", kNow + seconds(500), kNow + seconds(500)), "accepted");
  EXPECT_EQ(use(guard, "k", "1", kNow, kNow), "dpop.time");
}

TEST(ReplayGuard, RefusesProofsFromBeforeItsStart) {
  ReplayGuard guard({}, kNow);
  EXPECT_EQ(use(guard, "k", "1", kNow - seconds(1), kNow), "dpop.time");
  EXPECT_EQ(use(guard, "k", "1", kNow, kNow), "accepted");
}

TEST(ReplayGuard, RefusesWhenFullUntilThereIsRoomAgain) {
  ReplayGuard guard({.total = 3, .per_key = 3});
  for (const char* key : {"a", "b", "c"}) EXPECT_EQ(use(guard, key, "1", kNow, kNow), "accepted");
  EXPECT_EQ(use(guard, "d", "1", kNow, kNow), "dpop.replay_capacity");
  EXPECT_EQ(use(guard, "a", "1", kNow, kNow), "dpop.replay");
  EXPECT_EQ(guard.size(), 3u);
  const Time later = kNow + seconds(61);
  EXPECT_EQ(use(guard, "d", "1", later, later), "accepted");
  EXPECT_EQ(guard.size(), 1u);
}

TEST(ReplayGuard, OneKeyCannotTakeTheRoomOfTheOthers) {
  ReplayGuard guard({.total = 10, .per_key = 2});
  EXPECT_EQ(use(guard, "flooder", "1", kNow, kNow), "accepted");
  EXPECT_EQ(use(guard, "flooder", "2", kNow, kNow), "accepted");
  EXPECT_EQ(use(guard, "flooder", "3", kNow, kNow), "dpop.replay_capacity");
  EXPECT_EQ(use(guard, "other", "1", kNow, kNow), "accepted");
  const Time later = kNow + seconds(61);
  EXPECT_EQ(use(guard, "flooder", "3", later, later), "accepted");
}

// Against a model that remembers everything for ever.
TEST(ReplayGuard, NeverAcceptsTheSameProofTwice) {
  EXPECT_TRUE(rc::check([] {
    ReplayGuard guard({.total = 20, .per_key = 20});
    std::map<std::pair<int, std::int64_t>, int> accepted;
    Time now = kNow;
    for (int i = 0; i < 200; ++i) {
      now = now + Duration{*rc::gen::inRange(-3000, 9000)};
      const int id = *rc::gen::inRange(0, 8);
      const Time issued{(now.ms / 60'000) * 60'000};
      if (use(guard, "k", std::to_string(id) + "@" + std::to_string(issued.ms), issued, now) ==
          "accepted") {
        RC_ASSERT(++accepted[std::pair(id, issued.ms)] == 1);
      }
      RC_ASSERT(guard.size() <= 20u);
    }
  }));
}

}  // namespace
}  // namespace ambit::identity
