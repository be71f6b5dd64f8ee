#include "cedar/internal/tree.h"

#include <algorithm>

#include "cedar/internal/functions.h"

namespace ambit::cedar {
namespace {

std::size_t depth_of(const ExprPtr& expr) { return expr == nullptr ? 0 : expr->depth; }

template <class List, class Project>
std::size_t deepest(const List& list, Project project) {
  std::size_t depth = 0;
  for (const auto& item : list) depth = std::max(depth, depth_of(project(item)));
  return depth;
}

// Levels below a node.
struct ChildDepth {
  static std::size_t of(const std::vector<ExprPtr>& list) {
    return deepest(list, [](const ExprPtr& e) -> const ExprPtr& { return e; });
  }
  std::size_t operator()(const Literal&) const { return 0; }
  std::size_t operator()(const VariableRef&) const { return 0; }
  std::size_t operator()(const IfThenElse& n) const {
    return std::max({depth_of(n.condition), depth_of(n.then), depth_of(n.otherwise)});
  }
  std::size_t operator()(const AllOf& n) const { return of(n.operands); }
  std::size_t operator()(const AnyOf& n) const { return of(n.operands); }
  std::size_t operator()(const Not& n) const { return depth_of(n.operand); }
  std::size_t operator()(const Negate& n) const { return depth_of(n.operand); }
  std::size_t operator()(const Binary& n) const {
    return std::max(depth_of(n.left), depth_of(n.right));
  }
  std::size_t operator()(const Has& n) const { return depth_of(n.target); }
  std::size_t operator()(const GetAttribute& n) const { return depth_of(n.target); }
  std::size_t operator()(const Like& n) const { return depth_of(n.target); }
  std::size_t operator()(const Is& n) const {
    return std::max(depth_of(n.target), depth_of(n.container));
  }
  std::size_t operator()(const SetLiteral& n) const { return of(n.elements); }
  std::size_t operator()(const RecordLiteral& n) const {
    return deepest(n.fields, [](const auto& field) -> const ExprPtr& { return field.second; });
  }
  std::size_t operator()(const Call& n) const { return of(n.arguments); }
};

}  // namespace

std::size_t depth_of(const Expr::Node& node) { return 1 + std::visit(ChildDepth{}, node); }

Call make_call(Function function, std::vector<ExprPtr> arguments) {
  Call out{function, std::move(arguments), std::nullopt};
  if (info_of(function).is_method || out.arguments.size() != 1) return out;
  if (const auto* literal = std::get_if<Literal>(&out.arguments.front()->node)) {
    if (auto value = call_function(function, {literal->value})) out.constant = *std::move(value);
  }
  return out;
}

}  // namespace ambit::cedar
