#include "policies/findings.h"

#include <algorithm>

#include "domain/vocabulary.h"

namespace ambit::policies {
namespace {

using cedar::Policy;

bool is_context(const cedar::ExprPtr& expr) {
  const auto* variable = std::get_if<cedar::VariableRef>(&expr->node);
  return variable && variable->variable == cedar::Variable::kContext;
}

// `context.approval` or `context has approval`, anywhere in the expression.
bool speaks_of_approval(const cedar::Expr& expr) {
  if (const auto* has = std::get_if<cedar::Has>(&expr.node)) {
    if (is_context(has->target) && has->path.front() == "approval") return true;
  }
  if (const auto* get = std::get_if<cedar::GetAttribute>(&expr.node)) {
    if (is_context(get->target) && get->name == "approval") return true;
  }
  const auto operands = cedar::operands_of(expr);
  return std::any_of(operands.begin(), operands.end(),
                     [](const cedar::ExprPtr& part) { return speaks_of_approval(*part); });
}

bool is_quorum(const std::string& text) {
  return !text.empty() && text.size() < 4 &&
         text.find_first_not_of("0123456789") == std::string::npos && std::stoi(text) >= 1;
}

class Reader {
 public:
  explicit Reader(const decision::PolicyState& state) : state_(state) {}

  void add(const Policy& policy, std::string code, std::string message, std::string hint) {
    decision::PolicyFinding out;
    out.policy_id = policy.id;
    out.code = std::move(code);
    out.diagnostic.source = policy.source;
    out.diagnostic.span = policy.span;
    out.diagnostic.message = std::move(message);
    out.diagnostic.hint = std::move(hint);
    for (const auto& text : state_.set.texts()) {
      if (text.name == policy.source) cedar::locate(out.diagnostic, text.text);
    }
    found.push_back(std::move(out));
  }

  void read(const Policy& policy) {
    const bool wants_approval = std::any_of(
        policy.conditions.begin(), policy.conditions.end(),
        [](const cedar::Condition& condition) { return speaks_of_approval(*condition.body); });
    if (wants_approval && !policy.annotation("approvers")) {
      add(policy, "policy.approvers", "the policy needs an approval but names no approvers",
          "add `@approvers(\"approver\")` and, if more than one must agree, `@quorum(\"2\")`");
    }
    if (const std::string* quorum = policy.annotation("quorum"); quorum && !is_quorum(*quorum)) {
      add(policy, "policy.quorum", "`@quorum` must be a number of at least 1",
          "write `@quorum(\"2\")`");
    }
    if (const std::string* mode = policy.annotation("mode");
        mode && *mode != "enforce" && *mode != "observe") {
      add(policy, "policy.mode", "`@mode` is `enforce` or `observe`", "write `@mode(\"observe\")`");
    }
  }

  std::vector<decision::PolicyFinding> found;

 private:
  const decision::PolicyState& state_;
};

}  // namespace

std::vector<decision::PolicyFinding> findings(const decision::PolicyState& state) {
  Reader reader(state);
  for (const auto& policy : state.set.policies()) reader.read(policy);
  for (const auto& open : state.set.templates()) {
    reader.add(open.body, "policy.template", "a template decides nothing until it is linked",
               "write the entity instead of `?principal` or `?resource`");
  }
  return std::move(reader.found);
}

}  // namespace ambit::policies
