// What validates has no errors that types could have prevented.
#include <gtest/gtest.h>
#include <random>

#include "cedar_schema/typed_world_fixture.h"

namespace ambit::cedar {
namespace {

constexpr std::uint64_t kWorlds = 6000;

void run(ValidationMode mode, std::uint64_t first, Soundness& out) {
  for (std::uint64_t seed = first; seed < first + kWorlds; ++seed) {
    TypedWorld world(choose_by_seed(seed));
    check_soundness(world, mode, out);
    ASSERT_EQ(out.broken, "") << "seed " << seed;
  }
}

TEST(ValidatorSoundness, HoldsOfStrictPolicies) {
  Soundness out;
  run(ValidationMode::kStrict, 1, out);
  // Of use only where enough validates, and is not all silence.
  EXPECT_GT(out.valid, 600u);
  EXPECT_GT(out.satisfied, 300u);
  EXPECT_GT(out.impossible, 10u);
}

TEST(ValidatorSoundness, HoldsOfPermissivePolicies) {
  Soundness out;
  run(ValidationMode::kPermissive, 1, out);
  EXPECT_GT(out.valid, 600u);
}

TEST(ValidatorSoundness, HoldsOfNewPoliciesEachRun) {
  Soundness out;
  run(ValidationMode::kStrict, std::random_device()(), out);
}

// The check would notice a validator that lets everything pass.
TEST(ValidatorSoundness, ErrorsOfTypesAreTold) {
  for (const char* message :
       {"type error: expected bool, got long", "the record does not have the attribute `k`",
        "`U::\"a\"` does not have the tag `k`", "the number of arguments of `ip` is 2, not 1"}) {
    EXPECT_FALSE(may_err(message, ValidationMode::kStrict)) << message;
    EXPECT_FALSE(may_err(message, ValidationMode::kPermissive)) << message;
  }
  EXPECT_FALSE(may_err("`a` is not a decimal", ValidationMode::kStrict));
  EXPECT_TRUE(may_err("`a` is not a decimal", ValidationMode::kPermissive));
}

}  // namespace
}  // namespace ambit::cedar
