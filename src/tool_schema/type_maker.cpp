#include "tool_schema/internal/type_maker.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tool_schema/type_names.h"

namespace ambit::tool_schema {
namespace {

using cedar::TypeExpression;
using Kind = ListedType::Kind;

TypeExpression named(TypeExpression::Kind kind, std::string name) {
  TypeExpression out;
  out.kind = kind;
  out.name = std::move(name);
  return out;
}

TypeExpression builtin(std::string name) {
  return named(TypeExpression::Kind::kEntityOrCommon, std::move(name));
}

TypeExpression entity(std::string full_name) {
  return named(TypeExpression::Kind::kEntity, std::move(full_name));
}

// Names of the namespace that a type is used in stand without it.
TypeExpression seen_from(const std::string& name_space, TypeExpression type) {
  const std::string prefix = name_space + "::";
  if (type.name.starts_with(prefix) && type.name.find("::", prefix.size()) == std::string::npos) {
    type.name.erase(0, prefix.size());
  }
  for (TypeExpression& element : type.element) element = seen_from(name_space, std::move(element));
  for (auto& attribute : type.attributes) {
    attribute.type = seen_from(name_space, std::move(attribute.type));
  }
  return type;
}

cedar::AttributeDeclaration attribute(std::string name, TypeExpression type, bool required) {
  cedar::AttributeDeclaration out;
  out.name = std::move(name);
  out.type = std::move(type);
  out.required = required;
  return out;
}

void sort_attributes(TypeExpression& record) {
  std::sort(record.attributes.begin(), record.attributes.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
}

cedar::EntityTypeDeclaration entity_type(TypeExpression shape) {
  cedar::EntityTypeDeclaration out;
  if (!shape.attributes.empty()) out.shape = std::move(shape);
  return out;
}

// Cedar's own words for types, which no common type can be called.
Result<> check_common_name(const std::string& name) {
  constexpr std::array<std::string_view, 8> kTaken = {"Bool", "Boolean", "Entity", "Extension",
                                                      "Long", "Record",  "Set",    "String"};
  if (std::find(kTaken.begin(), kTaken.end(), name) == kTaken.end()) return {};
  return fail(Code::kInvalid, "tool_schema.name", "no type can be called `" + name + "`");
}

}  // namespace

Result<> check_type_name(const std::string& name) {
  if (is_type_name(name)) return {};
  return fail(Code::kInvalid, "tool_schema.name", "`" + name + "` is not a name in Cedar");
}

Result<> TypeMaker::declare_shared(SharedTypes shared) {
  for (const auto& [key, one] : shared) {
    const TypePlace place{one.name_space, one.name};
    if (schema_.find_entity(place) != nullptr) continue;  // the stub's own, which says the same
    if (one.type.kind == Kind::kEnum) {
      cedar::EntityTypeDeclaration type;
      type.enum_ids = one.type.variants;
      AMBIT_CHECK_OK(schema_.add(place, std::move(type)));
      continue;
    }
    TypeExpression shape;
    for (const ListedMember& member : one.type.members) {
      AMBIT_CHECK_OK(check_type_name(member.name));
      AMBIT_TRY(TypeExpression type, make({one.name_space, member.name}, member.type, {}));
      shape.attributes.push_back(attribute(member.name, std::move(type), member.required));
    }
    sort_attributes(shape);
    AMBIT_CHECK_OK(schema_.add(place, entity_type(std::move(shape))));
  }
  shared_ = std::move(shared);
  return {};
}

Result<> TypeMaker::define(const ListedDefinitions& definitions, const std::string& name_space,
                           DefinitionNames& names) {
  for (const auto& [name, type] : definitions) {
    AMBIT_CHECK_OK(check_type_name(name));
    AMBIT_CHECK_OK(check_common_name(name));
    names[name] = name_space + "::" + name;
  }
  for (const auto& [name, type] : definitions) {
    const TypePlace place{name_space, name};
    AMBIT_TRY(TypeExpression made, make(place, type, names));
    AMBIT_CHECK_OK(schema_.add(place, std::move(made)));
  }
  return {};
}

Result<TypeExpression> TypeMaker::make_number(const std::string& opaque) {
  if (options_.numbers_as_decimal) return builtin("decimal");
  return entity(schema_.shared_entity(opaque));
}

Result<TypeExpression> TypeMaker::make(const TypePlace& place, const ListedType& type,
                                       const DefinitionNames& names) {
  switch (type.kind) {
    case Kind::kBool: return builtin("Bool");
    case Kind::kInteger: return builtin("Long");
    case Kind::kFloat: return make_number("Float");
    case Kind::kNumber: return make_number("Number");
    case Kind::kString: return builtin("String");
    case Kind::kDecimal: return builtin("decimal");
    case Kind::kDatetime: return builtin("datetime");
    case Kind::kDuration: return builtin("duration");
    case Kind::kIp: return builtin("ipaddr");
    case Kind::kNull: return entity(schema_.shared_entity("Null"));
    case Kind::kUnknown: return entity(schema_.shared_entity("Unknown"));
    case Kind::kEnum: return make_enum(place, type);
    case Kind::kArray: {
      TypeExpression out;
      out.kind = TypeExpression::Kind::kSet;
      AMBIT_TRY(TypeExpression element, make(place, type.parts.front(), names));
      out.element.push_back(std::move(element));
      return out;
    }
    case Kind::kTuple:
    case Kind::kUnion: return make_parts(place, type, names);
    case Kind::kObject: return make_object(place, type, names);
    case Kind::kReference: break;
  }
  const auto found = names.find(type.reference);
  if (found == names.end()) {
    return fail(Code::kInvalid, "tool_schema.reference",
                "`" + place.full() + "` refers to `" + type.reference + "`, which is not defined");
  }
  const std::size_t split = found->second.rfind("::");
  return builtin(
      schema_.full_name({found->second.substr(0, split), found->second.substr(split + 2)}));
}

Result<TypeExpression> TypeMaker::make_enum(const TypePlace& place, const ListedType& type) {
  if (const auto shared = shared_.find(key_of(place.name, type)); shared != shared_.end()) {
    return entity(schema_.full_name({shared->second.name_space, place.name}));
  }
  cedar::EntityTypeDeclaration declared;
  declared.enum_ids = type.variants;
  AMBIT_CHECK_OK(schema_.add(place, std::move(declared)));
  return entity(schema_.full_name(place));
}

Result<TypeExpression> TypeMaker::make_parts(const TypePlace& place, const ListedType& type,
                                             const DefinitionNames& names) {
  const bool is_union = type.kind == Kind::kUnion;
  TypeExpression out;
  for (std::size_t i = 0; i < type.parts.size(); ++i) {
    const std::string number = std::to_string(i);
    AMBIT_TRY(TypeExpression part,
              make(place.below((is_union ? "TypeChoice" : "Proj") + number), type.parts[i], names));
    out.attributes.push_back(attribute((is_union ? "typeChoice" : "proj") + number,
                                       seen_from(place.name_space, std::move(part)), !is_union));
  }
  sort_attributes(out);
  return out;
}

Result<TypeExpression> TypeMaker::make_object(const TypePlace& place, const ListedType& type,
                                              const DefinitionNames& names) {
  if (const auto shared = shared_.find(key_of(place.name, type));
      type.parts.empty() && shared != shared_.end() && shared->second.type.kind == Kind::kObject) {
    return entity(schema_.full_name({shared->second.name_space, place.name}));
  }
  std::optional<TypeExpression> tags;
  if (!type.parts.empty()) {
    AMBIT_TRY(tags, make(place.below(place.name + "Tag"), type.parts.front(), names));
  }
  TypeExpression shape;
  for (const ListedMember& member : type.members) {
    AMBIT_CHECK_OK(check_type_name(member.name));
    AMBIT_TRY(TypeExpression made, make(place.below(member.name), member.type, names));
    shape.attributes.push_back(
        attribute(member.name, seen_from(place.name_space, std::move(made)), member.required));
  }
  sort_attributes(shape);
  if (options_.objects_as_records && !tags) {
    AMBIT_CHECK_OK(check_common_name(place.name));
    AMBIT_CHECK_OK(schema_.add(place, std::move(shape)));
    return builtin(schema_.full_name(place));
  }
  cedar::EntityTypeDeclaration declared = entity_type(std::move(shape));
  declared.tags = std::move(tags);
  AMBIT_CHECK_OK(schema_.add(place, std::move(declared)));
  return entity(schema_.full_name(place));
}

Result<TypeExpression> TypeMaker::record_of(const ListedParameters& parameters,
                                            const std::string& name_space, DefinitionNames names) {
  AMBIT_CHECK_OK(define(parameters.definitions, name_space, names));
  TypeExpression out;
  for (const ListedMember& member : parameters.members) {
    AMBIT_CHECK_OK(check_type_name(member.name));
    AMBIT_TRY(TypeExpression made, make({name_space, member.name}, member.type, names));
    out.attributes.push_back(attribute(member.name, std::move(made), member.required));
  }
  sort_attributes(out);
  return out;
}

}  // namespace ambit::tool_schema
