// rooms: text cedar cedar_engine
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cedar/random_world_fixture.h"
#include "cedar_engine/agreement_fixture.h"

namespace {

using namespace ambit::cedar;

// Long enough for the index to tell policies apart, short enough to be fast.
constexpr std::uint32_t kMostPolicies = 24;

void require_agreement(const PolicySet& policies, std::vector<Entity> entities,
                       const std::vector<Request>& requests) {
  // Both live on from input to input, as they do in a service.
  static PolicyCompiler compiler(1);
  static RequestEvaluator evaluator;
  Agreement agreement(compiler, evaluator, policies, std::move(entities));
  for (const Request& request : requests) {
    const std::string difference = agreement.difference(request);
    if (difference.empty()) continue;
    std::fprintf(stderr, "%s\n", difference.c_str());
    std::abort();
  }
}

// Policies as text, in a world that stays.
void ask_text(std::string_view text) {
  const auto policies = PolicySet::parse(text);
  if (!policies) return;
  RandomWorld world(choose_by_seed(3));
  std::vector<Entity> entities = world.entities();
  require_agreement(*policies, std::move(entities), {world.request(), world.request()});
}

// A world that the bytes choose.
void ask_world(std::string_view bytes) {
  RandomWorld world(choose_by_bytes(bytes));
  const auto count = static_cast<std::uint32_t>(bytes.size());
  const Request request = world.request();
  const auto policies = PolicySet::parse(world.policies(1 + count % kMostPolicies));
  if (!policies) return;
  require_agreement(*policies, world.entities(), {request});
}

}  // namespace

// The compiled engine answers what the reference evaluator answers.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  data[0] == '#' ? ask_text(bytes) : ask_world(bytes);
  return 0;
}
