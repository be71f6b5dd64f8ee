#include "decision/policy_state.h"

#include <cstring>

#include "crypto/random.h"
#include "decision/internal/compiled_set.h"

namespace ambit::decision {

bool needs_approval(const PolicyState& state, domain::Tier tier) {
  return tier == domain::Tier::kHigh || !state.tiers[tier].approval.empty();
}

bool observes(const cedar::Policy& policy) {
  const std::string* mode = policy.annotation("mode");
  return mode && *mode == "observe";
}

void note_modes(PolicyState& state) {
  state.all_enforced = nullptr;
  std::vector<cedar::Policy> policies = state.set.policies();
  bool any = false;
  for (cedar::Policy& policy : policies) {
    if (!observes(policy)) continue;
    any = true;
    policy.annotations.erase("mode");
  }
  if (!any) return;
  // Ids are those of a set that was put together before, so this cannot fail.
  auto set = cedar::PolicySet::make(std::move(policies));
  if (!set) return;
  auto enforced = std::make_shared<PolicyState>();
  enforced->name = state.name;
  enforced->version = state.version;
  enforced->digest = state.digest;
  enforced->set = *std::move(set);
  enforced->tiers = state.tiers;
  state.all_enforced = std::move(enforced);
}

std::vector<std::string> approver_classes(const PolicyState& state) {
  std::set<std::string> out;
  for (const auto& policy : state.set.policies()) {
    if (observes(policy)) continue;
    if (const std::string* approvers = policy.annotation("approvers")) out.insert(*approvers);
  }
  for (const domain::Tier tier : domain::kTiers) {
    for (const auto& need : state.tiers[tier].approval) out.insert(need.approvers);
  }
  return {out.begin(), out.end()};
}

cedar::PolicyCompiler new_compiler() {
  std::uint64_t key = 0;
  std::memcpy(&key, crypto::random_bytes(sizeof key).data(), sizeof key);
  return cedar::PolicyCompiler(key);
}

void compile(PolicyState& state, cedar::PolicyCompiler& compiler) {
  auto out = std::make_shared<CompiledSet>();
  for (std::size_t i = 0; i < kContextFields; ++i) {
    out->context_names[i] = compiler.name(kContextNames[i]);
  }
  out->policies = compiler.compile(state.set);
  out->approver_classes = approver_classes(state);
  state.compiled = std::move(out);
  if (!state.all_enforced) return;
  auto enforced = std::make_shared<PolicyState>(*state.all_enforced);
  compile(*enforced, compiler);
  state.all_enforced = std::move(enforced);
}

std::size_t newly_compiled(const PolicyState& state) {
  return state.compiled ? state.compiled->policies->newly_compiled() : state.set.policies().size();
}

}  // namespace ambit::decision
