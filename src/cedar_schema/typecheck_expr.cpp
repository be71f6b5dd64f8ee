#include "cedar_schema/internal/typecheck_expr.h"

#include <algorithm>
#include <utility>

namespace ambit::cedar {
namespace {

using Kind = CheckedExpr::Kind;

// What makes two nodes with the same children different.
std::string key_of(const CheckedExpr& node) {
  std::string out;
  const auto number = [&out](std::size_t value) { out += std::to_string(value) + ' '; };
  const auto text = [&](const std::string& value) {
    number(value.size());
    out += value;
  };
  number(static_cast<std::size_t>(node.kind));
  number(static_cast<std::size_t>(node.variable));
  number(static_cast<std::size_t>(node.function));
  for (const std::string& name : node.names) text(name);
  if (node.literal) {
    number(static_cast<std::size_t>(node.literal->kind()));
    text(to_cedar_text(*node.literal));
  }
  if (node.pattern != nullptr) {
    for (const std::string& piece : node.pattern->pieces) text(piece);
  }
  out += '/';
  for (const CheckedExpr* child : node.children) number(child->shape);
  return out;
}

bool is_bool_literal(const CheckedExpr& node) {
  return node.kind == Kind::kLiteral && node.literal->kind() == Value::Kind::kBool;
}

Kind kind_of(Function function) {
  switch (function) {
    case Function::kContains: return Kind::kContains;
    case Function::kContainsAll: return Kind::kContainsAll;
    case Function::kContainsAny: return Kind::kContainsAny;
    case Function::kIsEmpty: return Kind::kIsEmpty;
    case Function::kGetTag: return Kind::kGetTag;
    case Function::kHasTag: return Kind::kHasTag;
    default: return Kind::kCall;
  }
}

}  // namespace

CheckedProgram::CheckedProgram(const Policy& policy, OpenSlots slots)
    : policy_(policy), slots_(slots) {
  const ScopeSpans spans = locate_scope(policy);
  CheckedExpr all;
  all.kind = Kind::kAnd;
  all.from_right = true;
  all.span = policy.span;
  all.children.push_back(scope(Variable::kPrincipal, policy.principal, spans.principal));
  all.children.push_back(scope(policy.action, spans.action));
  all.children.push_back(scope(Variable::kResource, policy.resource, spans.resource));
  for (const Condition& c : policy.conditions) all.children.push_back(condition(c));
  root_ = add(std::move(all));
}

// Where `text` stands within a part of the head; the whole part when it is written in another way.
SourceSpan CheckedProgram::narrow(SourceSpan part, const std::string& text) const {
  if (part.length == 0) return part;
  const std::string_view whole =
      std::string_view(policy_.text).substr(part.offset - policy_.span.offset, part.length);
  const std::size_t at = whole.find(text);
  return at == std::string_view::npos ? part : SourceSpan{part.offset + at, text.size()};
}

CheckedProgram::Node CheckedProgram::condition(const Condition& condition) {
  const Node body = lower(*condition.body);
  return condition.is_unless ? make(Kind::kNot, {body}, condition.body->span) : body;
}

CheckedProgram::Node CheckedProgram::scope(Variable variable_name, const EntityScope& scope,
                                           SourceSpan span) {
  if (scope.kind == EntityScope::Kind::kAny) return literal(Value::boolean(true), span);
  const Node subject = variable(variable_name, span);
  if (scope.kind == EntityScope::Kind::kEqual || scope.kind == EntityScope::Kind::kIn) {
    const Kind kind = scope.kind == EntityScope::Kind::kEqual ? Kind::kEqual : Kind::kIn;
    return make(kind, {subject, scope_entity(variable_name, scope, span)}, span);
  }
  CheckedExpr is;
  is.kind = Kind::kIs;
  is.span = span;
  is.names = {scope.type};
  is.children = {subject};
  if (scope.kind == EntityScope::Kind::kIsIn) {
    is.children.push_back(scope_entity(variable_name, scope, span));
  }
  return add(std::move(is));
}

CheckedProgram::Node CheckedProgram::scope_entity(Variable variable_name, const EntityScope& scope,
                                                  SourceSpan span) {
  const bool open = variable_name == Variable::kPrincipal ? slots_.principal : slots_.resource;
  if (!open) {
    return literal(Value::entity(scope.entity), narrow(span, to_cedar_text(scope.entity)));
  }
  CheckedExpr slot;
  slot.kind = Kind::kSlot;
  slot.variable = variable_name;
  slot.span = span;
  return add(std::move(slot));
}

CheckedProgram::Node CheckedProgram::scope(const ActionScope& scope, SourceSpan span) {
  if (scope.kind == ActionScope::Kind::kAny) return literal(Value::boolean(true), span);
  const Node subject = variable(Variable::kAction, span);
  std::vector<Node> actions;
  for (const EntityUid& uid : scope.entities) {
    actions.push_back(literal(Value::entity(uid), narrow(span, to_cedar_text(uid))));
  }
  if (scope.kind == ActionScope::Kind::kEqual) {
    return make(Kind::kEqual, {subject, actions.front()}, span);
  }
  return make(Kind::kIn, {subject, make(Kind::kSet, std::move(actions), span)}, span);
}

CheckedProgram::Node CheckedProgram::lower(const Expr& expr) {
  return std::visit([&](const auto& node) { return lower(expr, node); }, expr.node);
}

CheckedProgram::Node CheckedProgram::lower(const Expr& expr, const Literal& n) {
  return literal(n.value, expr.span);
}

CheckedProgram::Node CheckedProgram::lower(const Expr& expr, const VariableRef& n) {
  return variable(n.variable, expr.span);
}

CheckedProgram::Node CheckedProgram::lower(const Expr& expr, const IfThenElse& n) {
  return make(Kind::kIf, {lower(*n.condition), lower(*n.then), lower(*n.otherwise)}, expr.span);
}

CheckedProgram::Node CheckedProgram::lower(const Expr& expr, const AllOf& n) {
  std::vector<Node> operands;
  for (const ExprPtr& operand : n.operands) operands.push_back(lower(*operand));
  return list(Kind::kAnd, std::move(operands), expr.span);
}

CheckedProgram::Node CheckedProgram::lower(const Expr& expr, const AnyOf& n) {
  std::vector<Node> operands;
  for (const ExprPtr& operand : n.operands) operands.push_back(lower(*operand));
  return list(Kind::kOr, std::move(operands), expr.span);
}

CheckedProgram::Node CheckedProgram::lower(const Expr& expr, const Not& n) {
  return make(Kind::kNot, {lower(*n.operand)}, expr.span);
}

CheckedProgram::Node CheckedProgram::lower(const Expr& expr, const Negate& n) {
  return make(Kind::kNegate, {lower(*n.operand)}, expr.span);
}

CheckedProgram::Node CheckedProgram::lower(const Expr& expr, const Binary& n) {
  const auto both = [&](Kind kind) {
    const Node left = lower(*n.left);
    return make(kind, {left, lower(*n.right)}, expr.span);
  };
  const auto neither = [&](Kind kind) { return make(Kind::kNot, {both(kind)}, expr.span); };
  switch (n.op) {
    case BinaryOp::kEqual: return both(Kind::kEqual);
    case BinaryOp::kNotEqual: return neither(Kind::kEqual);
    case BinaryOp::kLess: return both(Kind::kLess);
    case BinaryOp::kLessEqual: return both(Kind::kLessEqual);
    case BinaryOp::kGreater: return neither(Kind::kLessEqual);
    case BinaryOp::kGreaterEqual: return neither(Kind::kLess);
    case BinaryOp::kIn: return both(Kind::kIn);
    case BinaryOp::kAdd: return both(Kind::kAdd);
    case BinaryOp::kSubtract: return both(Kind::kSubtract);
    case BinaryOp::kMultiply: break;
  }
  return both(Kind::kMultiply);
}

CheckedProgram::Node CheckedProgram::lower(const Expr& expr, const Has& n) {
  CheckedExpr has;
  has.kind = Kind::kHas;
  has.span = expr.span;
  has.names = n.path;
  has.source = &expr;
  has.children.push_back(lower(*n.target));
  for (std::size_t i = 0; i + 1 < n.path.size(); ++i) {
    CheckedExpr step;
    step.kind = Kind::kGetAttribute;
    step.span = expr.span;
    step.names = {n.path[i]};
    step.children = {has.children.back()};
    has.children.push_back(add(std::move(step)));
  }
  return add(std::move(has));
}

CheckedProgram::Node CheckedProgram::lower(const Expr& expr, const GetAttribute& n) {
  CheckedExpr get;
  get.kind = Kind::kGetAttribute;
  get.span = expr.span;
  get.names = {n.name};
  get.children = {lower(*n.target)};
  get.source = &expr;
  return add(std::move(get));
}

CheckedProgram::Node CheckedProgram::lower(const Expr& expr, const Like& n) {
  CheckedExpr like;
  like.kind = Kind::kLike;
  like.span = expr.span;
  like.pattern = &n.pattern;
  like.children = {lower(*n.target)};
  return add(std::move(like));
}

CheckedProgram::Node CheckedProgram::lower(const Expr& expr, const Is& n) {
  CheckedExpr is;
  is.kind = Kind::kIs;
  is.span = expr.span;
  is.names = {n.type};
  is.children = {lower(*n.target)};
  if (n.container) is.children.push_back(lower(*n.container));
  return add(std::move(is));
}

CheckedProgram::Node CheckedProgram::lower(const Expr& expr, const SetLiteral& n) {
  std::vector<Node> elements;
  for (const ExprPtr& element : n.elements) elements.push_back(lower(*element));
  return make(Kind::kSet, std::move(elements), expr.span);
}

CheckedProgram::Node CheckedProgram::lower(const Expr& expr, const RecordLiteral& n) {
  std::vector<const std::pair<std::string, ExprPtr>*> fields;
  for (const auto& field : n.fields) fields.push_back(&field);
  std::sort(fields.begin(), fields.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  CheckedExpr record;
  record.kind = Kind::kRecord;
  record.span = expr.span;
  for (const auto* field : fields) {
    record.names.push_back(field->first);
    record.children.push_back(lower(*field->second));
  }
  return add(std::move(record));
}

CheckedProgram::Node CheckedProgram::lower(const Expr& expr, const Call& n) {
  CheckedExpr call;
  call.kind = kind_of(n.function);
  call.function = n.function;
  call.span = expr.span;
  call.source = &expr;
  for (const ExprPtr& argument : n.arguments) call.children.push_back(lower(*argument));
  return add(std::move(call));
}

CheckedProgram::Node CheckedProgram::literal(Value value, SourceSpan span) {
  CheckedExpr node;
  node.span = span;
  node.literal = std::move(value);
  return add(std::move(node));
}

CheckedProgram::Node CheckedProgram::variable(Variable variable, SourceSpan span) {
  CheckedExpr node;
  node.kind = Kind::kVariable;
  node.variable = variable;
  node.span = span;
  return add(std::move(node));
}

// Cedar takes two literals joined by `&&` or `||` for one, and joins from the left. Both can be
// seen in the result of checking: two literals can be compared, and equal trees share what is known
// about them.
CheckedProgram::Node CheckedProgram::list(Kind kind, std::vector<Node> operands, SourceSpan span) {
  std::vector<Node> rest;
  for (const Node operand : operands) {
    const bool folds =
        rest.size() == 1 && is_bool_literal(*rest.front()) && is_bool_literal(*operand);
    if (!folds) {
      rest.push_back(operand);
      continue;
    }
    const bool a = rest.front()->literal->as_bool();
    const bool b = operand->literal->as_bool();
    rest.front() = literal(Value::boolean(kind == Kind::kAnd ? a && b : a || b), span);
  }
  if (rest.size() == 1) return rest.front();
  if (rest.front()->kind == kind) {
    const std::vector<Node> first = rest.front()->children;
    rest.erase(rest.begin());
    rest.insert(rest.begin(), first.begin(), first.end());
  }
  return make(kind, std::move(rest), span);
}

CheckedProgram::Node CheckedProgram::make(Kind kind, std::vector<Node> children, SourceSpan span) {
  CheckedExpr node;
  node.kind = kind;
  node.span = span;
  node.children = std::move(children);
  return add(std::move(node));
}

CheckedProgram::Node CheckedProgram::add(CheckedExpr node) {
  node.id = static_cast<std::uint32_t>(nodes_.size());
  const auto next = static_cast<std::uint32_t>(shapes_.size());
  node.shape = shapes_.emplace(key_of(node), next).first->second;
  nodes_.push_back(std::move(node));
  return &nodes_.back();
}

}  // namespace ambit::cedar
