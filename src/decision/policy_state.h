// A published policy set in the form in which decisions read it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cedar/policy.h"
#include "cedar_engine/policy_compiler.h"
#include "crypto/digest.h"
#include "domain/tier_table.h"

namespace ambit::decision {

struct CompiledSet;

// A published policy set; immutable and shared by all decisions made under it.
struct PolicyState {
  std::string name;
  std::uint64_t version = 0;
  crypto::Digest digest;  // of the names and texts
  cedar::PolicySet set;
  domain::TierTable tiers;  // what actions of each tier need besides
  // The same with every policy enforced, made by note_modes(); null where none is in observe mode.
  std::shared_ptr<const PolicyState> all_enforced;
  // `set` and `tiers` as compile() found them. Without it the reference evaluator reads
  // `set` itself: slower, and the same in every answer.
  std::shared_ptr<const CompiledSet> compiled;
};

// Whether an action of the tier needs an approval whatever policies permit.
bool needs_approval(const PolicyState& state, domain::Tier tier);

// Whether a policy says `@mode("observe")`: it is evaluated and recorded, and decides nothing.
bool observes(const cedar::Policy& policy);

// Fills in what follows from the modes of a state's policies. To be called once its set is there.
void note_modes(PolicyState& state);

// A compiler of its own random key, so that nobody can choose names that its tables are slow with.
cedar::PolicyCompiler new_compiler();

// Makes decisions under `state`, and under it with all policies enforced, fast. Of a set that
// differs little from one before, only what is new is compiled. One thread at a time for one
// compiler; about 20 µs for a new policy.
void compile(PolicyState& state, cedar::PolicyCompiler& compiler);

// How many policies compile() had not met before; all of them for a state that is not compiled.
std::size_t newly_compiled(const PolicyState& state);

}  // namespace ambit::decision
