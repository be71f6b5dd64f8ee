#include "decision/policy_state.h"

#include "decision/internal/compiled_set.h"

namespace ambit::decision {

std::vector<std::string> approver_classes(const PolicyState& state) {
  std::set<std::string> out;
  for (const auto& policy : state.set.policies()) {
    if (const std::string* approvers = policy.annotation("approvers")) out.insert(*approvers);
  }
  for (const auto& need : state.high_tier_needs) out.insert(need.approvers);
  return {out.begin(), out.end()};
}

void compile(PolicyState& state, cedar::PolicyCompiler& compiler) {
  auto out = std::make_shared<CompiledSet>();
  for (std::size_t i = 0; i < kContextFields; ++i) {
    out->context_names[i] = compiler.name(kContextNames[i]);
  }
  out->policies = compiler.compile(state.set);
  out->approver_classes = approver_classes(state);
  state.compiled = std::move(out);
}

std::size_t newly_compiled(const PolicyState& state) {
  return state.compiled ? state.compiled->policies->newly_compiled() : state.set.policies().size();
}

}  // namespace ambit::decision
