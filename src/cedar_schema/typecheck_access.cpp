// Attributes and tags: whether they are there, and what they are.
#include <algorithm>
#include <utility>

#include "cedar_schema/internal/typecheck.h"

namespace ambit::cedar {
namespace {

using Kind = CheckedExpr::Kind;

constexpr std::size_t kMaxHintExpression = 60;

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

// `["odd name"]` or `.name`
std::string access_text(const std::string& name) {
  const Expr target{VariableRef{Variable::kContext}, {}, 1};
  const std::string whole =
      to_cedar_text(Expr{GetAttribute{std::make_shared<const Expr>(target), name}, {}, 2});
  return whole.substr(std::string_view("context").size());
}

// `name`, or in quotes where it is not an identifier
std::string attribute_text(const std::string& name) {
  const std::string access = access_text(name);
  return access.front() == '.' ? access.substr(1) : access.substr(1, access.size() - 2);
}

// The expression as it would be written; `e` when that is long or not to be had.
std::string short_text(const CheckedExpr& e) {
  if (e.kind == Kind::kVariable) return std::string(name_of(e.variable));
  if (e.literal) return to_cedar_text(*e.literal);
  if (e.source == nullptr) return "e";
  std::string text = to_cedar_text(*e.source);
  return text.size() > kMaxHintExpression ? "e" : text;
}

std::string types_text(const Type& type) {
  std::string out;
  for (const std::string& name : type.entity_types()) {
    if (!out.empty()) out += ", ";
    out += quoted(name);
  }
  return out;
}

// Some of the names that would have been right.
std::string hint_of_names(const std::vector<std::string>& known) {
  constexpr std::size_t kShown = 8;
  std::string out;
  for (std::size_t i = 0; i < std::min(known.size(), kShown); ++i) {
    out += (i == 0 ? "there is `" : ", `") + attribute_text(known[i]) + "`";
  }
  return known.size() > kShown ? out + " and others" : out;
}

std::string hint_for_has(const Type& found) {
  if (found.kind() == Type::Kind::kSet) return "`contains` looks into a set";
  if (found.kind() == Type::Kind::kString) return "`like` looks into a string";
  return {};
}

}  // namespace

Answer Typechecker::variable(Node e) const {
  const bool is_slot = e.kind == Kind::kSlot;
  switch (e.variable) {
    case Variable::kPrincipal:
      return {true,
              Type::entity(is_slot ? *environment_->principal_slot : *environment_->principal)};
    case Variable::kResource:
      return {true, Type::entity(is_slot ? *environment_->resource_slot : *environment_->resource)};
    case Variable::kAction: return {true, Type::entity(environment_->action->uid.type)};
    case Variable::kContext: break;
  }
  return {true, types_.of(environment_->action->context)};
}

// Of one that the schema does not know nothing can be said; validate_policy.cpp reports it.
Answer Typechecker::entity_literal(const EntityUid& uid) const {
  const bool known = is_action_type(uid.type) ? schema_.find_action(uid) != nullptr
                                              : schema_.find_entity_type(uid.type) != nullptr;
  if (!known) return {false, std::nullopt};
  return {true, Type::entity(uid.type)};
}

Capability Typechecker::attribute_capability(Node owner, const std::string& name) {
  const auto next = static_cast<std::uint32_t>(attribute_numbers_.size());
  return {owner.shape, false, attribute_numbers_.emplace(name, next).first->second};
}

Answer Typechecker::get_attribute(const Capabilities& prior, Node e) {
  Node owner = *e.children[0];
  const Answer target = expect(prior, owner, Wanted::kEntityOrRecord);
  return attribute_of(prior, e, owner, target, e.names[0]);
}

Answer Typechecker::attribute_of(const Capabilities& prior, Node access, Node owner,
                                 const Answer& target, const std::string& name) {
  if (!target.type) return {false, std::nullopt};
  const auto attribute = find_attribute(*target.type, name);
  if (!attribute) {
    const bool maybe = may_have(*target.type, name);
    const std::vector<std::string> known = attribute_names(*target.type);
    std::string hint = did_you_mean(suggester_.among(name, known));
    if (hint.empty() && maybe) hint = "not all types that are possible here have it";
    if (hint.empty()) hint = hint_of_names(known);
    report(access, "attribute_not_found", "there is no attribute " + describe_access(owner, name),
           std::move(hint));
    return {false, std::nullopt};
  }
  if (!attribute->required && !prior.contains(attribute_capability(owner, name))) {
    report(
        access, "unsafe_optional_attribute",
        "attribute " + describe_access(owner, name) + " is optional and may not be there",
        "test for it first: `" + short_text(owner) + " has " + attribute_text(name) + " && ...`");
    return {false, attribute->type};
  }
  return {target.ok, attribute->type};
}

// `e has a.b.c` is `e has a && e.a has b && e.a.b has c`, without checking `e` three times.
Answer Typechecker::has(const Capabilities& prior, Node e) {
  Answer target = expect(prior, *e.children[0], Wanted::kEntityOrRecord, hint_for_has);
  Capabilities known = prior;
  Answer all{target.ok, Type::boolean(true)};
  std::uint32_t step = 0;
  while (true) {
    const Answer found = has_step(known, *e.children[step], target, e.names[step]);
    const Type::Kind kind = found.type->kind();
    all.ok = all.ok && found.ok;
    if (kind != Type::Kind::kTrue) all.type = found.type;
    ++step;
    if (kind == Type::Kind::kFalse) {
      all.shown = {};
      break;
    }
    all.shown.add(found.shown);
    if (!target.type || step == e.names.size()) break;
    known.add(found.shown);
    Node next = *e.children[step];
    target = attribute_of(known, next, *e.children[step - 1], target, e.names[step - 1]);
    note(next).type = target.type;
    if (target.type && !accepts(Wanted::kEntityOrRecord, *target.type)) {
      unexpected(next, "an entity or a record", *target.type, hint_for_has(*target.type));
      target = {false, std::nullopt};
    }
  }
  note(e).reached = step;
  return all;
}

Answer Typechecker::has_step(const Capabilities& prior, Node owner, const Answer& target,
                             const std::string& name) {
  if (!target.type) return {false, Type::boolean()};
  const auto attribute = find_attribute(*target.type, name);
  if (!attribute) {
    if (may_have(*target.type, name)) return {target.ok, Type::boolean()};
    return {target.ok, Type::boolean(false)};
  }
  const Capability there = attribute_capability(owner, name);
  // An entity may not exist, and then it has nothing.
  const bool always = attribute->required && target.type->kind() == Type::Kind::kRecord;
  if (always || prior.contains(there)) {
    return {target.ok, Type::boolean(true), Capabilities(there)};
  }
  return {target.ok, Type::boolean(), Capabilities(there)};
}

std::optional<TypeAttribute> Typechecker::find_attribute(const Type& owner,
                                                         const std::string& name) {
  if (owner.kind() == Type::Kind::kEntity) return find_common_attribute(owner, name);
  if (owner.kind() != Type::Kind::kRecord) return std::nullopt;
  const TypeAttribute* found = owner.find(name);
  if (found == nullptr) return std::nullopt;
  return *found;
}

// What all of the types have, of the type that covers them all.
std::optional<TypeAttribute> Typechecker::find_common_attribute(const Type& entity,
                                                                const std::string& name) {
  std::optional<TypeAttribute> common;
  for (const std::string& type_name : entity.entity_types()) {
    const SchemaEntityType* type = schema_.find_entity_type(type_name);
    const SchemaAttribute* found = type == nullptr ? nullptr : type->attributes.find(name);
    if (found == nullptr) return std::nullopt;
    const Type& next = types_.of(found->type);
    if (!common) {
      common = TypeAttribute{name, next, found->required};
      continue;
    }
    auto both = common_type(common->type, next, ValidationMode::kPermissive);
    if (!both) return std::nullopt;
    common = TypeAttribute{name, *std::move(both), common->required && found->required};
  }
  return common;
}

bool Typechecker::may_have(const Type& owner, const std::string& name) const {
  if (owner.kind() == Type::Kind::kNever) return true;
  if (owner.kind() == Type::Kind::kRecord) return owner.is_open() || owner.find(name) != nullptr;
  if (owner.kind() != Type::Kind::kEntity) return false;
  const auto& names = owner.entity_types();
  return std::any_of(names.begin(), names.end(), [&](const std::string& type_name) {
    const SchemaEntityType* type = schema_.find_entity_type(type_name);
    return type != nullptr && type->attributes.find(name) != nullptr;
  });
}

std::vector<std::string> Typechecker::attribute_names(const Type& owner) const {
  std::vector<std::string> names;
  if (owner.kind() == Type::Kind::kRecord) {
    for (const TypeAttribute& attribute : owner.attributes()) names.push_back(attribute.name);
  } else if (owner.kind() == Type::Kind::kEntity) {
    for (const std::string& type_name : owner.entity_types()) {
      const SchemaEntityType* type = schema_.find_entity_type(type_name);
      if (type == nullptr) continue;
      for (const auto& attribute : type->attributes.attributes()) names.push_back(attribute.name);
    }
  }
  return names;
}

// "`a.b` on `User`", "`a.b` in the context of `Action::"view"`", or "`a.b`"
std::string Typechecker::describe_access(Node owner, const std::string& name) const {
  const auto is_entity = [this](const CheckedExpr& e) {
    return notes_[e.id].type && notes_[e.id].type->kind() == Type::Kind::kEntity;
  };
  std::string path = attribute_text(name);
  const CheckedExpr* at = &owner;
  while (!is_entity(*at) && at->kind == Kind::kGetAttribute) {
    path = attribute_text(at->names[0]) + (path.front() == '"' ? "[" + path + "]" : "." + path);
    at = at->children[0];
  }
  if (is_entity(*at)) return quoted(path) + " on " + types_text(*notes_[at->id].type);
  if (at->kind == Kind::kVariable && at->variable == Variable::kContext) {
    const std::string action = to_cedar_text(environment_->action->uid);
    return quoted(path) + " in the context of " + quoted(action);
  }
  return quoted(path);
}

std::vector<Type> Typechecker::tag_types(const Type& entity) {
  std::vector<Type> types;
  for (const std::string& name : entity.entity_types()) {
    const SchemaEntityType* type = schema_.find_entity_type(name);
    if (type != nullptr && type->tags) types.push_back(types_.of(*type->tags));
  }
  return types;
}

Answer Typechecker::has_tag(const Capabilities& prior, Node e) {
  const Answer owner = expect(prior, *e.children[0], Wanted::kEntity);
  const Answer name = expect(prior, *e.children[1], Wanted::kString);
  const bool ok = owner.ok && name.ok;
  if (!owner.type) return {false, std::nullopt};
  const Capability there{e.children[0]->shape, true, e.children[1]->shape};
  Type type = Type::boolean();
  if (tag_types(*owner.type).empty()) {
    type = Type::boolean(false);
  } else if (prior.contains(there)) {
    type = Type::boolean(true);
  }
  return {ok, type, Capabilities(there)};
}

Answer Typechecker::get_tag(const Capabilities& prior, Node e) {
  const Answer owner = expect(prior, *e.children[0], Wanted::kEntity);
  const Answer name = expect(prior, *e.children[1], Wanted::kString);
  if (!owner.type) return {false, std::nullopt};
  if (!prior.contains({e.children[0]->shape, true, e.children[1]->shape})) {
    report(e, "unsafe_tag", "tag " + quoted(short_text(*e.children[1])) + " may not be there",
           "test for it first: `" + short_text(*e.children[0]) + ".hasTag(" +
               short_text(*e.children[1]) + ") && ...`");
    return {false, std::nullopt};
  }
  const std::vector<Type> types = tag_types(*owner.type);
  if (types.empty()) {
    report(e, "no_tags", types_text(*owner.type) + " has no tags",
           "an entity type has tags when its schema says `tags`");
    return {false, std::nullopt};
  }
  Type type = types.front();
  for (const Type& next : types) {
    auto both = common_type(type, next, mode_);
    if (!both) {
      incompatible(e, "the tags that `getTag` may give", type, next, both.error());
      return {false, std::nullopt};
    }
    type = *std::move(both);
  }
  return {owner.ok && name.ok, type};
}

}  // namespace ambit::cedar
