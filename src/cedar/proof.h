// Why a policy says what it says of a request: every part of it with its value, as a tree.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cedar/authorizer.h"

namespace ambit::cedar {

// An expression and what became of it. Parts that were not needed have neither value nor error:
// what stands after a `false` in a row of `&&`, the branch not taken of an `if`.
struct Proof {
  std::string text;            // the expression in Cedar
  std::optional<Value> value;  // what it evaluated to
  std::string error;           // why it has no value; empty where it has one or was not needed
  std::vector<Proof> parts;    // literals and plain paths such as `context.a.b` have none

  bool reached() const { return value || !error.empty(); }
};

struct ProvedCondition {
  bool is_unless = false;
  Proof proof;
};

// One policy against one request.
struct PolicyProof {
  enum class Outcome {
    kOutOfScope,    // its head does not fit the request
    kNotSatisfied,  // a condition does not hold
    kSatisfied,
    kError  // a condition has no value; the policy says nothing
  };

  const Policy* policy = nullptr;
  Outcome outcome = Outcome::kOutOfScope;
  bool principal_fits = false;
  bool action_fits = false;
  bool resource_fits = false;
  // Of a policy whose head fits, in order; those after the one that settled it are not reached.
  std::vector<ProvedCondition> conditions;
};

// Agrees with evaluate() on the outcome of every policy. Takes time that grows with the square of
// an expression's depth: for people, not for deciding.
std::vector<PolicyProof> prove(const Request& request, const PolicySet& policies,
                               const Entities& entities);

}  // namespace ambit::cedar
