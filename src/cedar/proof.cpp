#include "cedar/proof.h"

#include "cedar/internal/evaluator.h"

namespace ambit::cedar {
namespace {

// `context.a.b`, `principal`: read as one.
bool is_path(const Expr& expr) {
  if (std::holds_alternative<VariableRef>(expr.node)) return true;
  const auto* get = std::get_if<GetAttribute>(&expr.node);
  return get && is_path(*get->target);
}

bool is_plain(const Expr& expr) {
  if (std::holds_alternative<Literal>(expr.node) || is_path(expr)) return true;
  const auto* has = std::get_if<Has>(&expr.node);
  if (has) return is_path(*has->target);
  const auto* call = std::get_if<Call>(&expr.node);
  return call && call->constant.has_value();
}

// What need not be told of the parts: its text says it all.
bool is_constant(const Expr& expr) {
  const auto* call = std::get_if<Call>(&expr.node);
  return std::holds_alternative<Literal>(expr.node) || (call && call->constant.has_value());
}

Proof not_reached(const Expr& expr) { return {to_cedar_text(expr), std::nullopt, {}, {}}; }

class Prover {
 public:
  explicit Prover(Evaluator& evaluator) : evaluator_(evaluator) {}

  Proof prove(const Expr& expr) {
    Proof out = not_reached(expr);
    auto value = evaluator_.evaluate(expr);
    if (value)
      out.value = *std::move(value);
    else
      out.error = value.error().message;
    if (!is_plain(expr)) out.parts = parts_of(expr);
    return out;
  }

 private:
  std::vector<Proof> parts_of(const Expr& expr) {
    if (const auto* all = std::get_if<AllOf>(&expr.node)) return row(all->operands, false);
    if (const auto* any = std::get_if<AnyOf>(&expr.node)) return row(any->operands, true);
    if (const auto* choice = std::get_if<IfThenElse>(&expr.node)) return branches(*choice);
    std::vector<Proof> out;
    for (const auto& part : operands_of(expr)) {
      if (!is_constant(*part)) out.push_back(prove(*part));
    }
    return out;
  }

  // A row of `&&` ends at the first `false`, one of `||` at the first `true`, both at an error.
  std::vector<Proof> row(const std::vector<ExprPtr>& operands, bool last) {
    std::vector<Proof> out;
    bool settled = false;
    for (const auto& operand : operands) {
      out.push_back(settled ? not_reached(*operand) : prove(*operand));
      settled = settled || !is(out.back(), !last);
    }
    return out;
  }

  std::vector<Proof> branches(const IfThenElse& choice) {
    std::vector<Proof> out{prove(*choice.condition)};
    const bool then = is(out.front(), true);
    const bool otherwise = is(out.front(), false);
    out.push_back(then ? prove(*choice.then) : not_reached(*choice.then));
    out.push_back(otherwise ? prove(*choice.otherwise) : not_reached(*choice.otherwise));
    return out;
  }

  static bool is(const Proof& proof, bool expected) {
    return proof.value && proof.value->kind() == Value::Kind::kBool &&
           proof.value->as_bool() == expected;
  }

  Evaluator& evaluator_;
};

void prove_conditions(Evaluator& evaluator, PolicyProof& out) {
  Prover prover(evaluator);
  out.outcome = PolicyProof::Outcome::kSatisfied;
  for (const auto& condition : out.policy->conditions) {
    if (out.outcome != PolicyProof::Outcome::kSatisfied) {
      out.conditions.push_back({condition.is_unless, not_reached(*condition.body)});
      continue;
    }
    Proof proof = prover.prove(*condition.body);
    if (proof.value && proof.value->kind() != Value::Kind::kBool) {
      proof.error = type_error("bool", *proof.value).value().message;
    }
    if (!proof.error.empty()) {
      out.outcome = PolicyProof::Outcome::kError;
    } else if (proof.value->as_bool() == condition.is_unless) {
      out.outcome = PolicyProof::Outcome::kNotSatisfied;
    }
    out.conditions.push_back({condition.is_unless, std::move(proof)});
  }
}

}  // namespace

std::vector<PolicyProof> prove(const Request& request, const PolicySet& policies,
                               const Entities& entities) {
  Evaluator evaluator(request, entities);
  const auto fits = [&](const auto& narrow) {
    Policy one;
    narrow(one);
    return evaluator.in_scope(one);
  };
  std::vector<PolicyProof> out;
  for (const auto& policy : policies.policies()) {
    PolicyProof proof;
    proof.policy = &policy;
    proof.principal_fits = fits([&](Policy& one) { one.principal = policy.principal; });
    proof.action_fits = fits([&](Policy& one) { one.action = policy.action; });
    proof.resource_fits = fits([&](Policy& one) { one.resource = policy.resource; });
    if (proof.principal_fits && proof.action_fits && proof.resource_fits) {
      prove_conditions(evaluator, proof);
    }
    out.push_back(std::move(proof));
  }
  return out;
}

}  // namespace ambit::cedar
