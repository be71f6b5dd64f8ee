// The compiled engine against the reference evaluator, on worlds made by chance.
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <rapidcheck.h>

#include "cedar/random_world_fixture.h"
#include "cedar_engine/agreement_fixture.h"

namespace ambit::cedar {
namespace {

constexpr std::uint32_t kWorlds = 1500;
constexpr std::uint32_t kRequestsPerWorld = 6;

struct Tally {
  std::size_t permits = 0;
  std::size_t forbids = 0;
  std::map<std::string, std::size_t> errors;  // by how their message begins

  bool has_error(const std::string& beginning) const {
    const auto at = errors.lower_bound(beginning);
    return at != errors.end() && at->first.starts_with(beginning);
  }
};

void count(const Evaluation& evaluation, Tally& tally) {
  tally.permits += evaluation.satisfied_permits.size();
  tally.forbids += evaluation.satisfied_forbids.size();
  for (const PolicyError& error : evaluation.errors) ++tally.errors[error.message.substr(0, 24)];
}

// A compiler and an evaluator that see world after world, as a service does.
class EngineAgreement : public ::testing::Test {
 protected:
  // Empty when all requests of the world of this seed are answered alike.
  std::string run(std::uint64_t seed, std::uint32_t most_policies) {
    RandomWorld world(choose_by_seed(seed));
    std::mt19937_64 size(seed);
    const std::string text = world.policies(1 + static_cast<std::uint32_t>(size() % most_policies));
    const auto policies = PolicySet::parse(text);
    if (!policies) return policies.error().message + "\n" + text;
    const std::vector<Entity> entities = world.entities();
    Agreement agreement(compiler_, evaluator_, *policies, entities);
    for (std::uint32_t i = 0; i < kRequestsPerWorld; ++i) {
      const Request request = world.request();
      const std::string difference = agreement.difference(request);
      if (!difference.empty()) {
        return "seed " + std::to_string(seed) + ": " + difference + "\n" + text +
               to_cedar_text(request.context);
      }
      count(evaluate(request, *policies, Entities::make(entities).value()), tally_);
    }
    return {};
  }

  PolicyCompiler compiler_{42};
  RequestEvaluator evaluator_;
  Tally tally_;
};

TEST_F(EngineAgreement, HoldsInTheSameWorldsEachRun) {
  for (std::uint64_t seed = 0; seed < kWorlds; ++seed) ASSERT_EQ(run(seed, 30), "");
  // The worlds are of use only when they are neither all errors nor all silence.
  EXPECT_GT(tally_.permits, 1000u);
  EXPECT_GT(tally_.forbids, 1000u);
  for (const char* message :
       {"type error: ", "entity `Z::\"", "the record does not", "`U::\"a\"` does",
        "the number of arguments", "`9223372036854775807 ", "`offset` leaves", "`a` is not a"}) {
    EXPECT_TRUE(tally_.has_error(message)) << message;
  }
}

TEST_F(EngineAgreement, HoldsInNewWorldsEachRun) {
  std::random_device random;
  for (std::uint32_t i = 0; i < kWorlds; ++i) ASSERT_EQ(run(random(), 30), "");
}

TEST_F(EngineAgreement, HoldsInLargeSets) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) ASSERT_EQ(run(seed << 32, 1500), "");
}

TEST_F(EngineAgreement, HoldsForWhateverSeed) {
  EXPECT_TRUE(rc::check("compiled equals reference",
                        [&](std::uint64_t seed) { RC_ASSERT(run(seed, 10) == ""); }));
}

}  // namespace
}  // namespace ambit::cedar
