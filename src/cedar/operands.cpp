#include "cedar/ast.h"

namespace ambit::cedar {
namespace {

using Parts = std::vector<ExprPtr>;

Parts parts(const Literal&) { return {}; }
Parts parts(const VariableRef&) { return {}; }
Parts parts(const IfThenElse& n) { return {n.condition, n.then, n.otherwise}; }
Parts parts(const AllOf& n) { return n.operands; }
Parts parts(const AnyOf& n) { return n.operands; }
Parts parts(const Not& n) { return {n.operand}; }
Parts parts(const Negate& n) { return {n.operand}; }
Parts parts(const Binary& n) { return {n.left, n.right}; }
Parts parts(const Has& n) { return {n.target}; }
Parts parts(const GetAttribute& n) { return {n.target}; }
Parts parts(const Like& n) { return {n.target}; }
Parts parts(const Is& n) { return n.container ? Parts{n.target, n.container} : Parts{n.target}; }
Parts parts(const SetLiteral& n) { return n.elements; }
Parts parts(const RecordLiteral& n) {
  Parts out;
  for (const auto& [name, value] : n.fields) out.push_back(value);
  return out;
}
Parts parts(const Call& n) { return n.arguments; }

}  // namespace

std::vector<ExprPtr> operands_of(const Expr& expr) {
  return std::visit([](const auto& n) { return parts(n); }, expr.node);
}

}  // namespace ambit::cedar
