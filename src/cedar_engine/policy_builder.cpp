#include "cedar_engine/internal/policy_builder.h"

#include <algorithm>

namespace ambit::cedar::engine {
namespace {

// A policy stands in the index once for each action; with more it is told apart by a condition.
constexpr std::size_t kMaxActions = 32;

class PolicyBuilder {
 public:
  PolicyBuilder(CodeBuilder& code, SymbolWriter& symbols) : code_(code), symbols_(symbols) {}

  CompiledPolicy build(const Policy& policy) {
    out_.effect = policy.effect;
    action(policy.action);
    out_.principal = entity(policy.principal, Variable::kPrincipal);
    out_.resource = entity(policy.resource, Variable::kResource);
    for (const Condition& condition : policy.conditions) {
      if (!add(code_.compile(*condition.body), !condition.is_unless)) break;
    }
    return std::move(out_);
  }

 private:
  std::uint32_t id_of(const EntityUid& uid) { return raw(symbols_.entity(uid)); }

  void action(const ActionScope& scope) {
    switch (scope.kind) {
      case ActionScope::Kind::kAny: out_.action = {{}}; return;
      case ActionScope::Kind::kEqual:
        out_.action = {{ScopeTest::Kind::kEqual, id_of(scope.entities.front())}};
        return;
      case ActionScope::Kind::kIn:
      case ActionScope::Kind::kInSet: break;
    }
    if (scope.entities.size() > kMaxActions) {
      out_.action = {{}};
      push(code_.in_any(Variable::kAction, scope.entities), true);
      return;
    }
    for (const EntityUid& uid : scope.entities) {
      const ScopeTest test{ScopeTest::Kind::kIn, id_of(uid)};
      if (std::find(out_.action.begin(), out_.action.end(), test) == out_.action.end()) {
        out_.action.push_back(test);
      }
    }
    if (!out_.action.empty()) return;
    out_.action = {{}};
    out_.never = true;
  }

  ScopeTest entity(const EntityScope& scope, Variable variable) {
    switch (scope.kind) {
      case EntityScope::Kind::kEqual: return {ScopeTest::Kind::kEqual, id_of(scope.entity)};
      case EntityScope::Kind::kIn: return {ScopeTest::Kind::kIn, id_of(scope.entity)};
      case EntityScope::Kind::kIs: return {ScopeTest::Kind::kIs, raw(symbols_.name(scope.type))};
      case EntityScope::Kind::kIsIn:
        push(code_.is_type(variable, scope.type), true);
        return {ScopeTest::Kind::kIn, id_of(scope.entity)};
      default: return {};
    }
  }

  void push(std::uint32_t node, bool wanted) { out_.conjuncts.emplace_back(node, wanted); }

  // Takes a condition apart as far as that changes neither its value nor its first error. False
  // when nothing after it is ever reached.
  bool add(std::uint32_t position, bool wanted) {
    const Code& code = code_.code();
    const Node node = code.nodes[position];
    const bool is_junction =
        (node.op() == Op::kAll && wanted) || (node.op() == Op::kAny && !wanted);
    if (is_junction) {
      for (std::uint32_t i = 0; i < node.c; ++i) {
        if (!add(code.lists[node.b + i], wanted)) return false;
      }
      return true;
    }
    if (node.op() == Op::kNot) return add(node.a, !wanted);
    if (node.op() == Op::kConstant) {
      const Datum& value = code.constants[node.a];
      const bool is_bool = value.kind() == Datum::Kind::kBool;
      if (is_bool && value.as_bool() == wanted) return true;
      if (is_bool && out_.conjuncts.empty()) out_.never = true;
      push(position, wanted);
      return false;
    }
    push(position, wanted);
    return true;
  }

  CodeBuilder& code_;
  SymbolWriter& symbols_;
  CompiledPolicy out_;
};

}  // namespace

CompiledPolicy build_policy(const Policy& policy, CodeBuilder& code, SymbolWriter& symbols) {
  return PolicyBuilder(code, symbols).build(policy);
}

}  // namespace ambit::cedar::engine
