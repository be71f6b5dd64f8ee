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
  ReplayGuard guard({.total = 3, .assured = 3});
  for (const char* key : {"a", "b", "c"}) EXPECT_EQ(use(guard, key, "1", kNow, kNow), "accepted");
  EXPECT_EQ(use(guard, "d", "1", kNow, kNow), "dpop.replay_capacity");
  EXPECT_EQ(use(guard, "a", "1", kNow, kNow), "dpop.replay");
  EXPECT_EQ(guard.size(), 3u);
  const Time later = kNow + seconds(61);
  EXPECT_EQ(use(guard, "d", "1", later, later), "accepted");
  EXPECT_EQ(guard.size(), 1u);
}

// As many as the guard takes of one key, one after the other.
std::size_t flood(ReplayGuard& guard, const std::string& key, Time at) {
  for (std::size_t taken = 0;; ++taken) {
    if (use(guard, key, std::to_string(at.ms) + "-" + std::to_string(taken), at, at) !=
        "accepted") {
      return taken;
    }
  }
}

TEST(ReplayGuard, NoisyKeysLeaveTheOthersTheirAssuredShare) {
  ReplayGuard guard({.total = 1'024, .assured = 8});
  std::size_t most = 1'024;
  for (int noisy = 0; noisy < 32; ++noisy) {
    const std::size_t taken = flood(guard, "noisy" + std::to_string(noisy), kNow);
    EXPECT_GE(taken, 8u);
    EXPECT_LE(taken, most) << "whoever comes later does not get more";
    most = taken;
  }
  // Every key that the rest of the room is assured for.
  for (int quiet = 0; quiet < 32; ++quiet) {
    EXPECT_GE(flood(guard, "quiet" + std::to_string(quiet), kNow), 8u) << quiet;
  }
  EXPECT_LE(guard.size(), 1'024u);
}

TEST(ReplayGuard, TheDefaultLimitsHoldAgainstFourFloodersAndMore) {
  ReplayGuard guard;
  for (int noisy = 0; noisy < 6; ++noisy) flood(guard, "noisy" + std::to_string(noisy), kNow);
  EXPECT_GE(flood(guard, "quiet", kNow), 1'000u);
}

TEST(ReplayGuard, WhatANoisyKeyTookComesBack) {
  ReplayGuard guard({.total = 64, .assured = 4});
  const std::size_t first = flood(guard, "noisy", kNow);
  EXPECT_EQ(flood(guard, "noisy", kNow), 0u);
  EXPECT_GT(first, 4u);
  for (int round = 1; round < 4; ++round) {
    const Time later = kNow + seconds(61 * round);
    EXPECT_EQ(flood(guard, "noisy", later), first);
    EXPECT_EQ(guard.size(), first);
  }
}

// Against a model that remembers everything for ever.
TEST(ReplayGuard, NeverAcceptsTheSameProofTwice) {
  EXPECT_TRUE(rc::check([] {
    ReplayGuard guard({.total = 20, .assured = 20});
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
