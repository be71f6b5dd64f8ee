#include "cedar_engine/internal/machine.h"

#include "cedar_engine/internal/functions.h"

namespace ambit::cedar::engine {

using Kind = Datum::Kind;

Datum Machine::wrap(const Value& value) {
  switch (value.kind()) {
    case Kind::kString: return Datum::string(value.as_string());
    case Kind::kEntity: return Datum::entity(symbols_.entity(value.as_entity()));
    case Kind::kIp: return Datum::ip(value.as_ip());
    case Kind::kSet:
    case Kind::kRecord: return Datum::foreign(value);
    default: return import(value, symbols_, arena_);
  }
}

Datum Machine::convert(const Datum& foreign) {
  return foreign.is_lazy() ? native(foreign.as_lazy().all())
                           : import(foreign.as_foreign(), symbols_, arena_);
}

Datum Machine::no_entity(EntityId id) {
  Fault out;
  out.kind = Fault::Kind::kNoEntity;
  out.entity = id;
  return fault(out);
}

template <class Apply>
Datum Machine::binary(const Node& node, Apply apply) {
  const Datum left = eval(node.a);
  if (left.is_error()) return left;
  const Datum right = eval(node.b);
  if (right.is_error()) return right;
  return apply(left, right);
}

Datum Machine::compute(const Node& node) {
  switch (node.op()) {
    case Op::kConstant: return constants_[node.a];
    case Op::kVariable: return variables_[node.a];
    case Op::kIf: {
      const Datum condition = boolean(node.a);
      if (condition.is_error()) return condition;
      return eval(condition.as_bool() ? node.b : node.c);
    }
    case Op::kAll: return all(node, true);
    case Op::kAny: return all(node, false);
    case Op::kNot: {
      const Datum operand = boolean(node.a);
      return operand.is_error() ? operand : Datum::boolean(!operand.as_bool());
    }
    case Op::kNegate: {
      const Datum operand = eval(node.a);
      if (operand.is_error()) return operand;
      return arithmetic(BinaryOp::kSubtract, Datum::integer(0), operand, arena_);
    }
    case Op::kEqual: return equal(node, true);
    case Op::kNotEqual: return equal(node, false);
    case Op::kCompare:
      return binary(node, [&](const Datum& a, const Datum& b) {
        return compare(static_cast<BinaryOp>(node.c), a, b, arena_);
      });
    case Op::kArithmetic:
      return binary(node, [&](const Datum& a, const Datum& b) {
        return arithmetic(static_cast<BinaryOp>(node.c), a, b, arena_);
      });
    case Op::kIn: return in(node);
    case Op::kHas: return has(node);
    case Op::kAttribute: {
      const Datum owner = eval(node.a);
      return owner.is_error() ? owner : attribute(owner, NameId{node.b});
    }
    case Op::kLike: return like(node);
    case Op::kIs:
    case Op::kIsIn: return is(node);
    case Op::kSet: return set(node);
    case Op::kRecord: return record(node);
    case Op::kTag: return tag(node);
    case Op::kCall: return call(node);
    case Op::kWrongArity: return wrong_arity(node);
  }
  return Datum();
}

Datum Machine::boolean(std::uint32_t position) {
  const Datum value = eval(position);
  if (value.kind() == Kind::kBool || value.is_error()) return value;
  return type_fault(arena_, "bool", value);
}

// `&&` with true as the neutral element, `||` with false.
Datum Machine::all(const Node& node, bool neutral) {
  Datum value = Datum::boolean(neutral);
  for (const std::uint32_t operand : list(node)) {
    value = boolean(operand);
    if (value.is_error() || value.as_bool() != neutral) break;
  }
  return value;
}

Datum Machine::equal(const Node& node, bool wanted) {
  return binary(node, [&](const Datum& a, const Datum& b) {
    if (a.kind() != b.kind()) return Datum::boolean(!wanted);
    return Datum::boolean(same(native(a), native(b)) == wanted);
  });
}

// --- entities

bool Machine::belongs(EntityId member, EntityId ancestor) {
  if (member == ancestor) return true;
  const EntityData* data = entities_.find(member);
  return data != nullptr && data->has_ancestor(ancestor);
}

Datum Machine::in(const Node& node) {
  return binary(node, [&](const Datum& a, const Datum& b) {
    if (a.kind() == Kind::kEntity && b.kind() == Kind::kEntity) {
      return Datum::boolean(belongs(a.as_entity(), b.as_entity()));
    }
    return in(a, b);
  });
}

Datum Machine::in(const Datum& member, const Datum& container) {
  if (member.kind() != Kind::kEntity) return type_fault(arena_, "entity", member);
  if (container.kind() == Kind::kEntity) {
    return Datum::boolean(belongs(member.as_entity(), container.as_entity()));
  }
  if (container.kind() != Kind::kSet) {
    return type_fault(arena_, "entity or set of entities", container);
  }
  // Elements stand in the order of their kinds, so the first that is no entity is the one that the
  // reference evaluator meets first.
  const Datum elements = native(container);
  bool found = false;
  for (std::uint32_t i = 0; i < elements.size(); ++i) {
    const Datum& element = elements.elements()[i];
    if (element.kind() != Kind::kEntity) return type_fault(arena_, "entity", element);
    found = found || belongs(member.as_entity(), element.as_entity());
  }
  return Datum::boolean(found);
}

Datum Machine::is(const Node& node) {
  const Datum entity = eval(node.a);
  if (entity.is_error()) return entity;
  if (entity.kind() != Kind::kEntity) return type_fault(arena_, "entity", entity);
  const bool is_type = type_of(entity.as_entity()) == NameId{node.b};
  if (!is_type || node.op() == Op::kIs) return Datum::boolean(is_type);
  const Datum container = eval(node.c);
  return container.is_error() ? container : in(entity, container);
}

bool Machine::find(const Datum& record, NameId name, Datum& out) {
  if (!record.is_foreign()) {
    const Datum* found = find_field(record, name);
    if (found != nullptr) out = *found;
    return found != nullptr;
  }
  const std::string_view text = symbols_.text_of(name);
  if (record.is_lazy()) return record.as_lazy().find(name, text, out);
  const Value* found = record.as_foreign().find(text);
  if (found != nullptr) out = wrap(*found);
  return found != nullptr;
}

Datum Machine::attribute(const Datum& owner, NameId name) {
  Datum out;
  if (owner.kind() == Kind::kEntity) {
    const EntityData* data = entities_.find(owner.as_entity());
    if (data != nullptr && find(data->attributes, name, out)) return out;
  } else if (owner.kind() == Kind::kRecord) {
    if (find(owner, name, out)) return out;
  }
  return no_attribute(owner, name);
}

Datum Machine::no_attribute(const Datum& owner, NameId name) {
  Fault why;
  why.name = name;
  if (owner.kind() == Kind::kRecord) {
    why.kind = Fault::Kind::kRecordAttribute;
    return fault(why);
  }
  if (owner.kind() != Kind::kEntity) return type_fault(arena_, "record or entity", owner);
  if (entities_.find(owner.as_entity()) == nullptr) return no_entity(owner.as_entity());
  why.kind = Fault::Kind::kEntityAttribute;
  why.entity = owner.as_entity();
  return fault(why);
}

Datum Machine::has(const Node& node) {
  Datum owner = eval(node.a);
  if (owner.is_error()) return owner;
  for (const std::uint32_t name : list(node)) {
    Datum fields = owner;
    if (owner.kind() == Kind::kEntity) {
      const EntityData* data = entities_.find(owner.as_entity());
      if (data == nullptr) return Datum::boolean(false);
      fields = data->attributes;
    } else if (owner.kind() != Kind::kRecord) {
      return type_fault(arena_, "record or entity", owner);
    }
    if (!find(fields, NameId{name}, owner)) return Datum::boolean(false);
  }
  return Datum::boolean(true);
}

bool Machine::find_tag(const EntityData* data, std::string_view name, Datum& out) {
  if (data == nullptr) return false;
  if (data->tags.is_foreign() && !data->tags.is_lazy()) {
    const Value* found = data->tags.as_foreign().find(name);
    if (found != nullptr) out = wrap(*found);
    return found != nullptr;
  }
  const NameId id = symbols_.find_name(name);
  return raw(id) != kNone && find(data->tags, id, out);
}

Datum Machine::tag(const Node& node) {
  return binary(node, [&](const Datum& entity, const Datum& name) {
    if (entity.kind() != Kind::kEntity) return type_fault(arena_, "entity", entity);
    if (name.kind() != Kind::kString) return type_fault(arena_, "string", name);
    const EntityData* data = entities_.find(entity.as_entity());
    Datum out;
    const bool found = find_tag(data, name.as_string(), out);
    if (static_cast<Function>(node.c) == Function::kHasTag) return Datum::boolean(found);
    if (found) return out;
    if (data == nullptr) return no_entity(entity.as_entity());
    Fault why;
    why.kind = Fault::Kind::kTag;
    why.entity = entity.as_entity();
    why.text = name;
    return fault(why);
  });
}

// --- the rest

Datum Machine::like(const Node& node) {
  const Datum text = eval(node.a);
  if (text.is_error()) return text;
  if (text.kind() != Kind::kString) return type_fault(arena_, "string", text);
  return Datum::boolean(patterns_[node.b].matches(text.as_string()));
}

Datum Machine::set(const Node& node) {
  Datum* elements = arena_.array<Datum>(node.c);
  for (std::uint32_t i = 0; i < node.c; ++i) {
    const Datum value = eval(lists_[node.b + i]);
    if (value.is_error()) return value;
    elements[i] = native(value);
  }
  return make_set(elements, node.c);
}

Datum Machine::record(const Node& node) {
  const std::uint32_t count = node.c / 2;
  DatumField* fields = arena_.array<DatumField>(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const Datum value = eval(lists_[node.b + 2 * i + 1]);
    if (value.is_error()) return value;
    fields[i] = {NameId{lists_[node.b + 2 * i]}, native(value)};
  }
  return make_record(fields, count, arena_);
}

Datum Machine::call(const Node& node) {
  Datum arguments[kMaxArity];
  for (std::uint32_t i = 0; i < node.c; ++i) {
    const Datum value = eval(lists_[node.b + i]);
    if (value.is_error()) return value;
    arguments[i] = native(value);
  }
  return engine::call(static_cast<Function>(node.a), arguments, arena_);
}

Datum Machine::wrong_arity(const Node& node) {
  for (const std::uint32_t argument : list(node)) {
    const Datum value = eval(argument);
    if (value.is_error()) return value;
  }
  Fault why;
  why.kind = Fault::Kind::kArity;
  why.function = static_cast<Function>(node.a);
  why.x = node.c;
  return fault(why);
}

}  // namespace ambit::cedar::engine
