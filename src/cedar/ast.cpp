#include "cedar/ast.h"

#include <algorithm>

namespace ambit::cedar {
namespace {

bool same(const ExprPtr& a, const ExprPtr& b) { return same_tree(a, b); }

bool same(const std::vector<ExprPtr>& a, const std::vector<ExprPtr>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const ExprPtr& x, const ExprPtr& y) { return same_tree(x, y); });
}

bool same(const Literal& a, const Literal& b) { return a.value == b.value; }
bool same(const VariableRef& a, const VariableRef& b) { return a.variable == b.variable; }
bool same(const IfThenElse& a, const IfThenElse& b) {
  return same(a.condition, b.condition) && same(a.then, b.then) && same(a.otherwise, b.otherwise);
}
bool same(const AllOf& a, const AllOf& b) { return same(a.operands, b.operands); }
bool same(const AnyOf& a, const AnyOf& b) { return same(a.operands, b.operands); }
bool same(const Not& a, const Not& b) { return same(a.operand, b.operand); }
bool same(const Negate& a, const Negate& b) { return same(a.operand, b.operand); }
bool same(const Binary& a, const Binary& b) {
  return a.op == b.op && same(a.left, b.left) && same(a.right, b.right);
}
bool same(const Has& a, const Has& b) { return a.path == b.path && same(a.target, b.target); }
bool same(const GetAttribute& a, const GetAttribute& b) {
  return a.name == b.name && same(a.target, b.target);
}
bool same(const Like& a, const Like& b) {
  return a.pattern == b.pattern && same(a.target, b.target);
}
bool same(const Is& a, const Is& b) {
  return a.type == b.type && same(a.target, b.target) && same(a.container, b.container);
}
bool same(const SetLiteral& a, const SetLiteral& b) { return same(a.elements, b.elements); }
bool same(const RecordLiteral& a, const RecordLiteral& b) {
  return std::equal(a.fields.begin(), a.fields.end(), b.fields.begin(), b.fields.end(),
                    [](const auto& x, const auto& y) {
                      return x.first == y.first && same_tree(x.second, y.second);
                    });
}
bool same(const Call& a, const Call& b) {
  return a.function == b.function && same(a.arguments, b.arguments);
}

}  // namespace

bool same_tree(const ExprPtr& a, const ExprPtr& b) {
  if (a == nullptr || b == nullptr) return a == b;
  if (a->node.index() != b->node.index()) return false;
  return std::visit(
      [&](const auto& node) { return same(node, std::get<std::decay_t<decltype(node)>>(b->node)); },
      a->node);
}

}  // namespace ambit::cedar
