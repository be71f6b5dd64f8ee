#include <algorithm>

#include "policies/changes.h"

namespace ambit::policies {
namespace {

using cedar::Expr;
using cedar::ExprPtr;
using domain::ActionClass;
using domain::Tier;

bool class_reaches_high(ActionClass action_class, const KnownTools& tools) {
  return domain::default_tier(action_class) == Tier::kHigh ||
         std::any_of(tools.begin(), tools.end(), [&](const auto& tool) {
           return tool.second.action_class == action_class && tool.second.tier == Tier::kHigh;
         });
}

// What is not known may be of the high tier.
bool action_reaches_high(const cedar::EntityUid& action, const KnownTools& tools) {
  if (action.type != "Ambit::Action") return true;
  if (const auto tool = tools.find(action.id); tool != tools.end()) {
    return tool->second.tier == Tier::kHigh;
  }
  const auto action_class = domain::value_of<ActionClass>(action.id);
  return !action_class || class_reaches_high(*action_class, tools);
}

bool is_tier(const ExprPtr& expr) {
  const auto* get = std::get_if<cedar::GetAttribute>(&expr->node);
  if (!get || get->name != "tier") return false;
  const auto* variable = std::get_if<cedar::VariableRef>(&get->target->node);
  return variable && variable->variable == cedar::Variable::kContext;
}

const std::string* text_of(const ExprPtr& expr) {
  const auto* literal = std::get_if<cedar::Literal>(&expr->node);
  return literal && literal->value.kind() == cedar::Value::Kind::kString
             ? &literal->value.as_string()
             : nullptr;
}

// `context.tier == "x"` either way round: whether it can hold of the high tier, when that is what
// the expression says.
bool excludes_high(const Expr& expr, bool negated) {
  if (const auto* all = std::get_if<cedar::AllOf>(&expr.node); all && !negated) {
    return std::any_of(all->operands.begin(), all->operands.end(),
                       [](const ExprPtr& part) { return excludes_high(*part, false); });
  }
  if (const auto* any = std::get_if<cedar::AnyOf>(&expr.node)) {
    const auto excludes = [&](const ExprPtr& part) { return excludes_high(*part, negated); };
    return negated ? std::any_of(any->operands.begin(), any->operands.end(), excludes)
                   : std::all_of(any->operands.begin(), any->operands.end(), excludes);
  }
  const auto* binary = std::get_if<cedar::Binary>(&expr.node);
  if (!binary) return false;
  const bool equal = binary->op == cedar::BinaryOp::kEqual;
  if (!equal && binary->op != cedar::BinaryOp::kNotEqual) return false;
  const std::string* tier = is_tier(binary->left)    ? text_of(binary->right)
                            : is_tier(binary->right) ? text_of(binary->left)
                                                     : nullptr;
  if (!tier) return false;
  return equal != negated ? *tier != "high" : *tier == "high";
}

}  // namespace

bool note_tool(KnownTools& tools, const domain::Tool& tool) {
  if (!tool.binding) return false;
  tools[tool.server + "___" + tool.name] = {tool.binding->effect.action_class,
                                            domain::highest_tier(tool)};
  return true;
}

bool reaches_high_tier(const cedar::Policy& policy, const KnownTools& tools) {
  using Kind = cedar::ActionScope::Kind;
  const auto& actions = policy.action.entities;
  const bool in_scope = policy.action.kind == Kind::kAny ||
                        std::any_of(actions.begin(), actions.end(), [&](const auto& action) {
                          return action_reaches_high(action, tools);
                        });
  return in_scope && std::none_of(policy.conditions.begin(), policy.conditions.end(),
                                  [](const cedar::Condition& condition) {
                                    return excludes_high(*condition.body, condition.is_unless);
                                  });
}

}  // namespace ambit::policies
