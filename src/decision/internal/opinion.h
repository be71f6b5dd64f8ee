// What a policy set says of an action.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "cedar/policy.h"
#include "decision/decision.h"
#include "decision/internal/context_fields.h"

namespace ambit::decision {

// Positions in the set, in order, each once.
class PolicyPositions {
 public:
  void add(std::uint32_t position);
  bool contains(std::uint32_t position) const;
  bool empty() const { return positions_.empty(); }
  auto begin() const { return positions_.begin(); }
  auto end() const { return positions_.end(); }

 private:
  std::vector<std::uint32_t> positions_;
};

// Over all targets of the action.
struct Opinion {
  bool permitted = true;  // some permit for every target
  PolicyPositions permits;
  PolicyPositions forbids;
  PolicyPositions observed;
  std::vector<PolicyFault> faults;
  bool forbid_failed = false;

  bool allows() const { return permitted && forbids.empty() && !forbid_failed; }
};

// Gathers what is said of one target after the other.
class OpinionBuilder {
 public:
  explicit OpinionBuilder(const cedar::PolicySet& set) : set_(set) {}

  void permit(std::uint32_t position);
  void forbid(std::uint32_t position);
  void fault(std::uint32_t position, std::string message);
  void end_of_target();
  Opinion take() { return std::move(opinion_); }

 private:
  const cedar::PolicySet& set_;
  Opinion opinion_;
  bool permitted_ = false;
};

// By the compiled engine, or by the reference evaluator where the set is not compiled.
// Preconditions: the gates before have passed, and there are policies. Errors: the action has no
// form that policies can read.
Result<Opinion> ask_policies(const ContextParts& parts);

// The two ways of it.
Result<Opinion> ask_compiled(const ContextParts& parts);
Result<Opinion> ask_reference(const ContextParts& parts);

}  // namespace ambit::decision
