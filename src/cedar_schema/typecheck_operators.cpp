// Equality, order, arithmetic, membership and sets.
#include <algorithm>
#include <utility>

#include "cedar_schema/internal/typecheck.h"

namespace ambit::cedar {
namespace {

using Kind = CheckedExpr::Kind;

bool has_order(const Type& type) {
  if (type.kind() == Type::Kind::kLong) return true;
  return type.kind() == Type::Kind::kExtension &&
         (type.extension_type() == ExtensionType::kDatetime ||
          type.extension_type() == ExtensionType::kDuration);
}

std::string hint_for_operand(const Type& found) {
  if (found.kind() == Type::Kind::kSet) {
    return "union, intersection and difference of sets cannot be computed";
  }
  return {};
}

std::string hint_for_addend(const Type& found) {
  if (found.kind() == Type::Kind::kString) return "strings cannot be joined";
  return hint_for_operand(found);
}

bool is_extension(const Type& type, ExtensionType extension) {
  return type.kind() == Type::Kind::kExtension && type.extension_type() == extension;
}

bool is_text(const CheckedExpr& e) {
  return e.kind == Kind::kLiteral && e.literal->kind() == Value::Kind::kString;
}

// How a value is written that can stand beside one of type `other`.
std::string hint_to_write(const Type& other, const CheckedExpr& e) {
  if (is_extension(other, ExtensionType::kDatetime)) {
    return "a point in time is written `datetime(\"2024-01-31T12:00:00Z\")`";
  }
  if (is_extension(other, ExtensionType::kDuration)) {
    return "a span of time is written `duration(\"1h30m\")`";
  }
  if (is_extension(other, ExtensionType::kDecimal)) {
    return "a decimal is written `decimal(\"0.5\")`";
  }
  if (is_extension(other, ExtensionType::kIp)) return "an address is written `ip(\"10.0.0.1\")`";
  if (other.kind() == Type::Kind::kLong && is_text(e)) return "a number stands without quotes";
  if (other.kind() == Type::Kind::kString && e.kind == Kind::kLiteral) {
    return "text stands in double quotes";
  }
  return {};
}

std::string hint_for_equality(const CheckedExpr& left, const Type& a, const CheckedExpr& right,
                              const Type& b) {
  if ((a.kind() == Type::Kind::kSet) != (b.kind() == Type::Kind::kSet)) {
    return "`contains` tests for an element of a set";
  }
  std::string hint = hint_to_write(a, right);
  return hint.empty() ? hint_to_write(b, left) : hint;
}

// `found` is the operand `e` of `<` and its like that does not fit the other one.
std::string hint_for_order(const Type& found, const CheckedExpr& e, const Type& other) {
  if (is_extension(found, ExtensionType::kDecimal)) {
    return "decimals are compared by `lessThan`, `lessThanOrEqual`, `greaterThan` and "
           "`greaterThanOrEqual`";
  }
  std::string hint = hint_to_write(other, e);
  if (hint.empty() && found.kind() == Type::Kind::kString) {
    return "text has no order; `==` compares it and `like` looks into it";
  }
  return hint;
}

std::string hint_for_set(const Type& found) {
  switch (found.kind()) {
    case Type::Kind::kEntity: return "`in` tests what an entity belongs to";
    case Type::Kind::kRecord: return "`has` tests for an attribute";
    case Type::Kind::kString: return "`like` looks into a string";
    default: return {};
  }
}

std::string hint_for_is_empty(const Type& found) {
  if (found.kind() != Type::Kind::kString) return {};
  return "`== \"\"` tests for an empty string";
}

std::string hint_for_other_set(const Type&) { return "`contains` tests for one element"; }

std::string hint_for_is(const Type&) { return "only entities can be asked for their type"; }

std::string hint_for_member(const Type&) { return "`contains` tests for an element of a set"; }

std::string hint_for_container(const Type& found) {
  if (found.kind() == Type::Kind::kSet) return "`contains` tests for an element of a set";
  if (found.kind() == Type::Kind::kString) return "`like` looks into a string";
  return {};
}

}  // namespace

// The literal that an expression is, where the action counts as the literal that it stands for.
const Value* Typechecker::literal_of(Node e) const {
  if (e.kind == Kind::kLiteral) return &*e.literal;
  if (e.kind == Kind::kVariable && e.variable == Variable::kAction) return &action_;
  return nullptr;
}

Answer Typechecker::equality(const Capabilities& prior, Node e) {
  const Answer left = check(prior, *e.children[0]);
  const Answer right = check(prior, *e.children[1]);
  const bool ok = left.ok && right.ok;
  if (left.type && right.type && are_disjoint(*left.type, *right.type)) {
    return {ok, Type::boolean(false)};
  }
  const Value* a = literal_of(*e.children[0]);
  const Value* b = literal_of(*e.children[1]);
  if (a != nullptr && b != nullptr) return {ok, Type::boolean(*a == *b)};
  const bool same = require_common_type(e, left.type, right.type, "both sides of `==`");
  return {ok && same, Type::boolean()};
}

// What only strict checking asks for.
bool Typechecker::require_common_type(Node e, const std::optional<Type>& a,
                                      const std::optional<Type>& b, std::string_view what) {
  if (mode_ != ValidationMode::kStrict || !a || !b) return true;
  const auto common = common_type(*a, *b, mode_);
  if (!common) {
    const bool is_equality = e.kind == Kind::kEqual;
    incompatible(e, what, *a, *b, common.error(),
                 is_equality ? hint_for_equality(*e.children[0], *a, *e.children[1], *b) : "");
  }
  return common.has_value();
}

Answer Typechecker::comparison(const Capabilities& prior, Node e) {
  const Answer left = check(prior, *e.children[0]);
  const Answer right = check(prior, *e.children[1]);
  if (!left.type || !right.type) return {false, Type::boolean()};
  const Type& a = *left.type;
  const Type& b = *right.type;
  if (a == b && has_order(a)) return {left.ok && right.ok, Type::boolean()};
  if (a.kind() == Type::Kind::kLong || (b.kind() != Type::Kind::kLong && has_order(a))) {
    unexpected(*e.children[1], "`" + a.to_text() + "`", b, hint_for_order(b, *e.children[1], a));
  } else if (has_order(b)) {
    unexpected(*e.children[0], "`" + b.to_text() + "`", a, hint_for_order(a, *e.children[0], b));
  } else {
    constexpr std::string_view kOrdered = "`Long`, `datetime` or `duration`";
    unexpected(*e.children[0], kOrdered, a, hint_for_order(a, *e.children[0], b));
    unexpected(*e.children[1], kOrdered, b, hint_for_order(b, *e.children[1], a));
  }
  return {false, Type::boolean()};
}

Answer Typechecker::arithmetic(const Capabilities& prior, Node e) {
  const HintFor hint = e.kind == Kind::kAdd ? hint_for_addend : hint_for_operand;
  const Answer left = expect(prior, *e.children[0], Wanted::kLong, hint);
  const Answer right = expect(prior, *e.children[1], Wanted::kLong, hint);
  return {left.ok && right.ok, Type::integer()};
}

Answer Typechecker::contains(const Capabilities& prior, Node e) {
  if (e.kind == Kind::kContainsAll || e.kind == Kind::kContainsAny) return contains_many(prior, e);
  if (e.kind == Kind::kIsEmpty) {
    return {expect(prior, *e.children[0], Wanted::kSet, hint_for_is_empty).ok, Type::boolean()};
  }
  const Answer container = expect(prior, *e.children[0], Wanted::kSet, hint_for_set);
  const Answer element = check(prior, *e.children[1]);
  std::optional<Type> elements;
  if (container.type && container.type->kind() == Type::Kind::kSet) {
    elements = container.type->element();
  }
  const bool same =
      require_common_type(e, elements, element.type, "the elements of a set and what it contains");
  return {container.ok && element.ok && same, Type::boolean()};
}

Answer Typechecker::contains_many(const Capabilities& prior, Node e) {
  const Answer left = expect(prior, *e.children[0], Wanted::kSet, hint_for_set);
  const Answer right = expect(prior, *e.children[1], Wanted::kSet, hint_for_other_set);
  const bool same = require_common_type(e, left.type, right.type, "both sets");
  return {left.ok && right.ok && same, Type::boolean()};
}

// `e is T in c` is `e is T && e in c`, without checking `e` twice.
Answer Typechecker::is(const Capabilities& prior, Node e) {
  const Answer subject = expect(prior, *e.children[0], Wanted::kEntity, hint_for_is);
  Answer is{subject.ok, Type::boolean()};
  note(e).reached = 1;
  if (!subject.type || subject.type->kind() != Type::Kind::kEntity) {
    is.ok = false;
  } else {
    const auto& names = subject.type->entity_types();
    if (!std::binary_search(names.begin(), names.end(), e.names[0])) {
      is.type = Type::boolean(false);
    } else if (names.size() == 1) {
      is.type = Type::boolean(true);
    }
  }
  if (e.children.size() == 1 || is.type->kind() == Type::Kind::kFalse) return is;
  note(e).reached = 2;
  const Answer container =
      expect(prior, *e.children[1], Wanted::kEntityOrEntities, hint_for_container);
  Answer in = in_of(*e.children[0], subject, *e.children[1], container);
  in.ok = in.ok && is.ok;
  return in;
}

Answer Typechecker::in(const Capabilities& prior, Node e) {
  const Answer left = expect(prior, *e.children[0], Wanted::kEntity, hint_for_member);
  const Answer right = expect(prior, *e.children[1], Wanted::kEntityOrEntities, hint_for_container);
  return in_of(*e.children[0], left, *e.children[1], right);
}

Answer Typechecker::in_of(Node left_node, const Answer& left, Node right_node,
                          const Answer& right) {
  if (!left.ok || !right.ok) return {false, Type::boolean()};
  const Value* member = literal_of(left_node);
  const auto groups = entities_of(right_node);
  if (member != nullptr && groups && is_action_type(member->as_entity().type)) {
    return action_in(member->as_entity(), *groups);
  }
  if (!may_be_in_any(*left.type, *right.type)) return {true, Type::boolean(false)};
  return {true, Type::boolean()};
}

// The entities that an expression names, one or several; nothing when it is anything else.
std::optional<std::vector<EntityUid>> Typechecker::entities_of(Node e) const {
  std::vector<EntityUid> uids;
  const auto add = [&](Node one) {
    const Value* literal = literal_of(one);
    if (literal == nullptr || literal->kind() != Value::Kind::kEntity) return false;
    uids.push_back(literal->as_entity());
    return true;
  };
  if (add(e)) return uids;
  if (e.kind != Kind::kSet) return std::nullopt;
  for (const CheckedExpr* child : e.children) {
    if (!add(*child)) return std::nullopt;
  }
  return uids;
}

// The schema says which actions belong to which. They belong to nothing else.
Answer Typechecker::action_in(const EntityUid& action, const std::vector<EntityUid>& groups) const {
  bool found = false;
  for (const EntityUid& uid : groups) {
    if (!is_action_type(uid.type)) continue;
    const SchemaAction* group = schema_.find_action(uid);
    if (group == nullptr) return {false, Type::boolean()};
    found = found || uid == action ||
            std::binary_search(group->descendants.begin(), group->descendants.end(), action);
  }
  return {true, Type::boolean(found)};
}

bool Typechecker::may_be_in_any(const Type& entity, const Type& container) const {
  const Type& containers = container.kind() == Type::Kind::kSet ? container.element() : container;
  if (entity.kind() != Type::Kind::kEntity || containers.kind() != Type::Kind::kEntity) return true;
  return std::any_of(
      entity.entity_types().begin(), entity.entity_types().end(), [&](const std::string& type) {
        return std::any_of(
            containers.entity_types().begin(), containers.entity_types().end(),
            [&](const std::string& above) { return schema_.may_be_in(type, above); });
      });
}

std::optional<Type> Typechecker::common_type_of(Node e, const std::vector<Answer>& parts,
                                                std::string_view what) {
  Type common = Type::never();
  for (const Answer& part : parts) {
    if (!part.type) return std::nullopt;
  }
  for (const Answer& part : parts) {
    auto next = common_type(common, *part.type, mode_);
    if (!next) {
      incompatible(e, what, common, *part.type, next.error());
      return std::nullopt;
    }
    common = *std::move(next);
  }
  return common;
}

Answer Typechecker::set(const Capabilities& prior, Node e) {
  std::vector<Answer> elements;
  bool ok = true;
  for (const CheckedExpr* child : e.children) {
    elements.push_back(check(prior, *child));
    ok = ok && elements.back().ok;
  }
  if (mode_ == ValidationMode::kStrict && elements.empty()) {
    report(e, "empty_set", "`[]` may not be used in a policy",
           "nothing says what its elements would be; `isEmpty()` tests for an empty set");
    return {false, std::nullopt};
  }
  auto common = common_type_of(e, elements, "the elements of a set");
  if (!common) return {false, std::nullopt};
  return {ok, Type::set(*std::move(common))};
}

Answer Typechecker::record(const Capabilities& prior, Node e) {
  std::vector<TypeAttribute> attributes;
  bool ok = true;
  for (std::size_t i = 0; i < e.children.size(); ++i) {
    Answer field = check(prior, *e.children[i]);
    ok = ok && field.ok;
    if (field.type) attributes.push_back({e.names[i], *std::move(field.type)});
  }
  if (attributes.size() != e.children.size()) return {false, std::nullopt};
  return {ok, Type::record(std::move(attributes))};
}

}  // namespace ambit::cedar
