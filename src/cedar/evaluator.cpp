#include "cedar/internal/evaluator.h"

#include <algorithm>

namespace ambit::cedar {
namespace {

using Kind = Value::Kind;

tl::unexpected<EvalError> forward(EvalResult& failed) {
  return tl::unexpected<EvalError>(std::move(failed).error());
}

tl::unexpected<EvalError> no_entity(const EntityUid& uid) {
  return eval_error("entity `" + to_cedar_text(uid) + "` does not exist");
}

EvalResult arithmetic(BinaryOp op, const Value& a, const Value& b) {
  if (a.kind() != Kind::kLong) return type_error("long", a);
  if (b.kind() != Kind::kLong) return type_error("long", b);
  std::int64_t out = 0;
  const auto x = a.as_integer();
  const auto y = b.as_integer();
  const bool overflow = op == BinaryOp::kAdd        ? __builtin_add_overflow(x, y, &out)
                        : op == BinaryOp::kSubtract ? __builtin_sub_overflow(x, y, &out)
                                                    : __builtin_mul_overflow(x, y, &out);
  if (!overflow) return Value::integer(out);
  return eval_error("`" + std::to_string(x) + " " + std::string(symbol_of(op)) + " " +
                    std::to_string(y) + "` leaves the range of 64 bits");
}

// `<` and its kin, on two longs, two datetimes or two durations.
EvalResult order(BinaryOp op, const Value& a, const Value& b) {
  const Kind kind = a.kind();
  if (kind != Kind::kLong && kind != Kind::kDatetime && kind != Kind::kDuration) {
    return type_error("long, datetime or duration", a);
  }
  if (b.kind() != kind) return type_error(name_of(kind), b);
  const auto order = a <=> b;
  switch (op) {
    case BinaryOp::kLess: return Value::boolean(order < 0);
    case BinaryOp::kLessEqual: return Value::boolean(order <= 0);
    case BinaryOp::kGreater: return Value::boolean(order > 0);
    default: return Value::boolean(order >= 0);
  }
}

}  // namespace

Evaluator::Evaluator(const Request& request, const Entities& entities)
    : request_(request),
      entities_(entities),
      principal_{request.principal, entities.find(request.principal), {}},
      action_{request.action, entities.find(request.action), {}},
      resource_{request.resource, entities.find(request.resource), {}} {}

// --- the head of a policy

bool Evaluator::fits(const EntityScope& scope, const Known& known) {
  const auto belongs = [&] {
    return known.uid == scope.entity ||
           (known.stored != nullptr && known.stored->has_ancestor(scope.entity));
  };
  switch (scope.kind) {
    case EntityScope::Kind::kAny: return true;
    case EntityScope::Kind::kEqual: return known.uid == scope.entity;
    case EntityScope::Kind::kIn: return belongs();
    case EntityScope::Kind::kIs: return known.uid.type == scope.type;
    case EntityScope::Kind::kIsIn: return known.uid.type == scope.type && belongs();
  }
  return false;
}

bool Evaluator::fits(const ActionScope& scope, const Known& known) {
  switch (scope.kind) {
    case ActionScope::Kind::kAny: return true;
    case ActionScope::Kind::kEqual: return known.uid == scope.entities.front();
    case ActionScope::Kind::kIn:
    case ActionScope::Kind::kInSet:
      return std::any_of(scope.entities.begin(), scope.entities.end(), [&](const EntityUid& uid) {
        return known.uid == uid || (known.stored != nullptr && known.stored->has_ancestor(uid));
      });
  }
  return false;
}

bool Evaluator::in_scope(const Policy& policy) const {
  // The action tells most policies apart, so it goes first.
  return fits(policy.action, action_) && fits(policy.principal, principal_) &&
         fits(policy.resource, resource_);
}

tl::expected<bool, EvalError> Evaluator::satisfies(const Policy& policy) {
  for (const Condition& condition : policy.conditions) {
    auto holds = boolean(*condition.body);
    if (!holds) return holds;
    if (*holds == condition.is_unless) return false;
  }
  return true;
}

// --- expressions

EvalResult Evaluator::evaluate(const Expr& expr) {
  return std::visit([&](const auto& n) { return node(n); }, expr.node);
}

tl::expected<bool, EvalError> Evaluator::boolean(const Expr& expr) {
  EvalResult value = evaluate(expr);
  if (!value) return forward(value);
  if (value->kind() != Kind::kBool) return type_error("bool", *value);
  return value->as_bool();
}

Value Evaluator::value_of(Known& known) {
  if (!known.value) known.value = Value::entity(known.uid);
  return *known.value;
}

EvalResult Evaluator::node(const VariableRef& n) {
  switch (n.variable) {
    case Variable::kPrincipal: return value_of(principal_);
    case Variable::kAction: return value_of(action_);
    case Variable::kResource: return value_of(resource_);
    case Variable::kContext: break;
  }
  return request_.context;
}

EvalResult Evaluator::node(const IfThenElse& n) {
  const auto condition = boolean(*n.condition);
  if (!condition) return tl::unexpected<EvalError>(condition.error());
  return evaluate(*condition ? *n.then : *n.otherwise);
}

EvalResult Evaluator::node(const AllOf& n) {
  for (const ExprPtr& operand : n.operands) {
    const auto holds = boolean(*operand);
    if (!holds) return tl::unexpected<EvalError>(holds.error());
    if (!*holds) return Value::boolean(false);
  }
  return Value::boolean(true);
}

EvalResult Evaluator::node(const AnyOf& n) {
  for (const ExprPtr& operand : n.operands) {
    const auto holds = boolean(*operand);
    if (!holds) return tl::unexpected<EvalError>(holds.error());
    if (*holds) return Value::boolean(true);
  }
  return Value::boolean(false);
}

EvalResult Evaluator::node(const Not& n) {
  const auto value = boolean(*n.operand);
  if (!value) return tl::unexpected<EvalError>(value.error());
  return Value::boolean(!*value);
}

EvalResult Evaluator::node(const Negate& n) {
  EvalResult value = evaluate(*n.operand);
  if (!value) return value;
  return arithmetic(BinaryOp::kSubtract, Value::integer(0), *value);
}

EvalResult Evaluator::node(const Binary& n) {
  EvalResult left = evaluate(*n.left);
  if (!left) return left;
  EvalResult right = evaluate(*n.right);
  if (!right) return right;
  switch (n.op) {
    case BinaryOp::kEqual: return Value::boolean(*left == *right);
    case BinaryOp::kNotEqual: return Value::boolean(*left != *right);
    case BinaryOp::kIn: return in(*left, *right);
    case BinaryOp::kAdd:
    case BinaryOp::kSubtract:
    case BinaryOp::kMultiply: return arithmetic(n.op, *left, *right);
    default: return order(n.op, *left, *right);
  }
}

EvalResult Evaluator::node(const Has& n) {
  EvalResult owner = evaluate(*n.target);
  if (!owner) return owner;
  for (const std::string& name : n.path) {
    const Value* fields = &*owner;
    if (owner->kind() == Kind::kEntity) {
      const StoredEntity* stored = find(owner->as_entity());
      if (stored == nullptr) return Value::boolean(false);
      fields = &stored->entity().attributes;
    } else if (owner->kind() != Kind::kRecord) {
      return type_error("record or entity", *owner);
    }
    const Value* found = fields->find(name);
    if (found == nullptr) return Value::boolean(false);
    owner = Value(*found);
  }
  return Value::boolean(true);
}

EvalResult Evaluator::attribute(const Value& owner, const std::string& name) const {
  if (owner.kind() == Kind::kRecord) {
    if (const Value* found = owner.find(name)) return *found;
    return eval_error("the record does not have the attribute `" + name + "`");
  }
  if (owner.kind() != Kind::kEntity) return type_error("record or entity", owner);
  const StoredEntity* stored = find(owner.as_entity());
  if (stored == nullptr) return no_entity(owner.as_entity());
  if (const Value* found = stored->entity().attributes.find(name)) return *found;
  return eval_error("`" + to_cedar_text(owner.as_entity()) + "` does not have the attribute `" +
                    name + "`");
}

EvalResult Evaluator::node(const GetAttribute& n) {
  EvalResult owner = evaluate(*n.target);
  if (!owner) return owner;
  return attribute(*owner, n.name);
}

EvalResult Evaluator::node(const Like& n) {
  EvalResult text = evaluate(*n.target);
  if (!text) return text;
  if (text->kind() != Kind::kString) return type_error("string", *text);
  return Value::boolean(n.pattern.matches(text->as_string()));
}

EvalResult Evaluator::node(const Is& n) {
  EvalResult entity = evaluate(*n.target);
  if (!entity) return entity;
  if (entity->kind() != Kind::kEntity) return type_error("entity", *entity);
  const bool is_type = entity->as_entity().type == n.type;
  if (!is_type || n.container == nullptr) return Value::boolean(is_type);
  EvalResult container = evaluate(*n.container);
  if (!container) return container;
  return in(*entity, *container);
}

EvalResult Evaluator::in(const Value& member, const Value& container) const {
  if (member.kind() != Kind::kEntity) return type_error("entity", member);
  const EntityUid& uid = member.as_entity();
  if (container.kind() == Kind::kEntity) {
    return Value::boolean(belongs_to(uid, container.as_entity()));
  }
  if (container.kind() != Kind::kSet) return type_error("entity or set of entities", container);
  bool found = false;
  for (const Value& element : container.as_set()) {
    if (element.kind() != Kind::kEntity) return type_error("entity", element);
    found = found || belongs_to(uid, element.as_entity());
  }
  return Value::boolean(found);
}

EvalResult Evaluator::node(const SetLiteral& n) {
  std::vector<Value> elements;
  elements.reserve(n.elements.size());
  for (const ExprPtr& element : n.elements) {
    EvalResult value = evaluate(*element);
    if (!value) return value;
    elements.push_back(*std::move(value));
  }
  return Value::set(std::move(elements));
}

EvalResult Evaluator::node(const RecordLiteral& n) {
  std::vector<Value::Field> fields;
  fields.reserve(n.fields.size());
  for (const auto& [name, expr] : n.fields) {
    EvalResult value = evaluate(*expr);
    if (!value) return value;
    fields.emplace_back(name, *std::move(value));
  }
  return Value::record(std::move(fields));
}

EvalResult Evaluator::node(const Call& n) {
  if (n.constant) return *n.constant;
  std::vector<Value> arguments;
  arguments.reserve(n.arguments.size());
  for (const ExprPtr& argument : n.arguments) {
    EvalResult value = evaluate(*argument);
    if (!value) return value;
    arguments.push_back(*std::move(value));
  }
  const bool reads_store = n.function == Function::kGetTag || n.function == Function::kHasTag;
  return reads_store ? tag(n.function, arguments) : call_function(n.function, arguments);
}

EvalResult Evaluator::tag(Function function, const std::vector<Value>& arguments) const {
  if (arguments[0].kind() != Kind::kEntity) return type_error("entity", arguments[0]);
  if (arguments[1].kind() != Kind::kString) return type_error("string", arguments[1]);
  const EntityUid& uid = arguments[0].as_entity();
  const std::string& name = arguments[1].as_string();
  const StoredEntity* stored = find(uid);
  const Value* found = stored == nullptr ? nullptr : stored->entity().tags.find(name);
  if (function == Function::kHasTag) return Value::boolean(found != nullptr);
  if (found != nullptr) return *found;
  if (stored == nullptr) return no_entity(uid);
  return eval_error("`" + to_cedar_text(uid) + "` does not have the tag `" + name + "`");
}

const StoredEntity* Evaluator::find(const EntityUid& uid) const {
  for (const Known* known : {&principal_, &resource_, &action_}) {
    if (known->uid == uid) return known->stored;
  }
  return entities_.find(uid);
}

bool Evaluator::belongs_to(const EntityUid& uid, const EntityUid& ancestor) const {
  if (uid == ancestor) return true;
  const StoredEntity* stored = find(uid);
  return stored != nullptr && stored->has_ancestor(ancestor);
}

}  // namespace ambit::cedar
