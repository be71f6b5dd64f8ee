#include "cedar_schema/internal/type.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace ambit::cedar {

// Holds what the kind of its type says.
struct Type::Node {
  std::vector<std::string> names;         // of an entity
  std::vector<Type> element;              // of a set: exactly one
  std::vector<TypeAttribute> attributes;  // of a record
  bool open = false;
};

namespace {

using Kind = Type::Kind;

std::string join(const std::vector<std::string>& names, std::string_view separator) {
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out += separator;
    out += name;
  }
  return out;
}

bool is_plain_name(std::string_view name) {
  const auto fits = [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
         std::all_of(name.begin(), name.end(), fits);
}

std::string record_text(const Type& type) {
  std::string out = "{";
  for (const TypeAttribute& attribute : type.attributes()) {
    if (out.size() > 1) out += ", ";
    out += is_plain_name(attribute.name) ? attribute.name
                                         : to_cedar_text(Value::string(attribute.name));
    out += (attribute.required ? ": " : "?: ") + attribute.type.to_text();
  }
  if (type.is_open()) out += out.size() > 1 ? ", .." : "..";
  return out + "}";
}

bool attribute_is_subtype(const TypeAttribute& a, const TypeAttribute& b, ValidationMode mode) {
  const bool presence =
      mode == ValidationMode::kStrict ? a.required == b.required : a.required || !b.required;
  return presence && is_subtype(a.type, b.type, mode);
}

bool same_names(const Type& a, const Type& b) {
  return std::equal(a.attributes().begin(), a.attributes().end(), b.attributes().begin(),
                    b.attributes().end(),
                    [](const auto& x, const auto& y) { return x.name == y.name; });
}

// A record with unlisted attributes is never one without. Wider records are subtypes only of open
// ones, and only permissively.
bool record_is_subtype(const Type& a, const Type& b, ValidationMode mode) {
  if (a.is_open() && !b.is_open()) return false;
  const bool may_be_wider = b.is_open() && mode == ValidationMode::kPermissive;
  if (!may_be_wider && !same_names(a, b)) return false;
  return std::all_of(b.attributes().begin(), b.attributes().end(),
                     [&](const TypeAttribute& wanted) {
                       const TypeAttribute* found = a.find(wanted.name);
                       return found != nullptr && attribute_is_subtype(*found, wanted, mode);
                     });
}

tl::expected<TypeAttribute, Incompatibility> common_attribute(const TypeAttribute& a,
                                                              const TypeAttribute& b,
                                                              ValidationMode mode) {
  auto type = common_type(a.type, b.type, mode);
  if (!type) return tl::unexpected(type.error());
  if (mode == ValidationMode::kStrict && a.required != b.required) {
    return tl::unexpected(Incompatibility::kOptionality);
  }
  return TypeAttribute{a.name, *std::move(type), a.required && b.required};
}

// Permissively, an attribute that has no common type is left out, and the record is open then.
tl::expected<Type, Incompatibility> common_record(const Type& a, const Type& b,
                                                  ValidationMode mode) {
  const bool strict = mode == ValidationMode::kStrict;
  if (strict && !same_names(a, b)) return tl::unexpected(Incompatibility::kOtherAttributes);
  std::vector<TypeAttribute> attributes;
  for (const TypeAttribute& attribute : a.attributes()) {
    const TypeAttribute* other = b.find(attribute.name);
    if (other == nullptr) continue;
    auto common = common_attribute(attribute, *other, mode);
    if (common) {
      attributes.push_back(*std::move(common));
    } else if (strict) {
      return tl::unexpected(common.error());
    }
  }
  const bool open = a.is_open() || b.is_open() || attributes.size() != a.attributes().size() ||
                    attributes.size() != b.attributes().size();
  return Type::record(std::move(attributes), open);
}

tl::expected<Type, Incompatibility> common_entity(const Type& a, const Type& b,
                                                  ValidationMode mode) {
  if (mode == ValidationMode::kStrict) return tl::unexpected(Incompatibility::kOtherEntityTypes);
  std::vector<std::string> names;
  std::set_union(a.entity_types().begin(), a.entity_types().end(), b.entity_types().begin(),
                 b.entity_types().end(), std::back_inserter(names));
  return Type::entities(std::move(names));
}

}  // namespace

Type::Type(Kind kind, Node node)
    : kind_(kind), node_(std::make_shared<const Node>(std::move(node))) {}

Type Type::extension(ExtensionType type) {
  Type out(Kind::kExtension);
  out.extension_ = type;
  return out;
}

Type Type::entities(std::vector<std::string> names) {
  Node node;
  node.names = std::move(names);
  return Type(Kind::kEntity, std::move(node));
}

Type Type::entity(std::string name) {
  std::vector<std::string> names;
  names.push_back(std::move(name));
  return entities(std::move(names));
}

Type Type::set(Type element) {
  Node node;
  node.element.push_back(std::move(element));
  return Type(Kind::kSet, std::move(node));
}

Type Type::record(std::vector<TypeAttribute> attributes, bool open) {
  Node node;
  node.attributes = std::move(attributes);
  node.open = open;
  return Type(Kind::kRecord, std::move(node));
}

Type Type::of(const SchemaType& type) {
  switch (type.kind()) {
    case SchemaType::Kind::kBool: return boolean();
    case SchemaType::Kind::kLong: return integer();
    case SchemaType::Kind::kString: return string();
    case SchemaType::Kind::kSet: return set(of(type.element()));
    case SchemaType::Kind::kEntity: return entity(type.entity_type());
    case SchemaType::Kind::kExtension: return extension(type.extension_type());
    case SchemaType::Kind::kRecord: break;
  }
  std::vector<TypeAttribute> attributes;
  for (const SchemaAttribute& attribute : type.attributes()) {
    attributes.push_back({attribute.name, of(attribute.type), attribute.required});
  }
  return record(std::move(attributes));
}

const std::vector<std::string>& Type::entity_types() const { return node_->names; }
const Type& Type::element() const { return node_->element.front(); }
const std::vector<TypeAttribute>& Type::attributes() const { return node_->attributes; }
bool Type::is_open() const { return node_->open; }

const TypeAttribute* Type::find(std::string_view name) const {
  const auto& all = node_->attributes;
  const auto at =
      std::lower_bound(all.begin(), all.end(), name,
                       [](const TypeAttribute& a, std::string_view key) { return a.name < key; });
  return at != all.end() && at->name == name ? &*at : nullptr;
}

std::string Type::to_text() const {
  switch (kind_) {
    case Kind::kNever: return "nothing";
    case Kind::kTrue: return "true";
    case Kind::kFalse: return "false";
    case Kind::kBool: return "Bool";
    case Kind::kLong: return "Long";
    case Kind::kString: return "String";
    case Kind::kEntity: return join(entity_types(), " | ");
    case Kind::kSet:
      return element().kind() == Kind::kNever ? "Set" : "Set<" + element().to_text() + ">";
    case Kind::kRecord: return record_text(*this);
    case Kind::kExtension: return std::string(name_of(extension_));
  }
  return {};
}

bool operator==(const Type& a, const Type& b) {
  if (a.kind_ != b.kind_) return false;
  if (a.node_ == b.node_) return a.extension_ == b.extension_;
  return a.node_->names == b.node_->names && a.node_->element == b.node_->element &&
         a.node_->attributes == b.node_->attributes && a.node_->open == b.node_->open;
}

bool is_subtype(const Type& a, const Type& b, ValidationMode mode) {
  if (a.kind() == Kind::kNever) return true;
  if (a.is_boolean() && b.kind() == Kind::kBool) return true;
  if (a.kind() != b.kind()) return false;
  if (a.is_copy_of(b)) return true;
  switch (a.kind()) {
    case Kind::kSet: return is_subtype(a.element(), b.element(), mode);
    case Kind::kRecord: return record_is_subtype(a, b, mode);
    case Kind::kExtension: return a.extension_type() == b.extension_type();
    case Kind::kEntity: break;
    default: return true;
  }
  if (mode == ValidationMode::kStrict) return a.entity_types() == b.entity_types();
  return std::includes(b.entity_types().begin(), b.entity_types().end(), a.entity_types().begin(),
                       a.entity_types().end());
}

tl::expected<Type, Incompatibility> common_type(const Type& a, const Type& b, ValidationMode mode) {
  if (is_subtype(a, b, mode)) return b;
  if (is_subtype(b, a, mode)) return a;
  if (a.is_boolean() && b.is_boolean()) return Type::boolean();
  if (a.kind() == Kind::kSet && b.kind() == Kind::kSet) {
    auto element = common_type(a.element(), b.element(), mode);
    if (!element) return element;
    return Type::set(*std::move(element));
  }
  if (a.kind() == Kind::kRecord && b.kind() == Kind::kRecord) return common_record(a, b, mode);
  if (a.kind() == Kind::kEntity && b.kind() == Kind::kEntity) return common_entity(a, b, mode);
  const bool entity_and_record = (a.kind() == Kind::kEntity && b.kind() == Kind::kRecord) ||
                                 (a.kind() == Kind::kRecord && b.kind() == Kind::kEntity);
  return tl::unexpected(entity_and_record ? Incompatibility::kEntityAndRecord
                                          : Incompatibility::kDifferent);
}

bool are_disjoint(const Type& a, const Type& b) {
  if (a.kind() != Kind::kEntity || b.kind() != Kind::kEntity) return false;
  const auto& names = b.entity_types();
  return std::none_of(a.entity_types().begin(), a.entity_types().end(), [&](const auto& name) {
    return std::binary_search(names.begin(), names.end(), name);
  });
}

}  // namespace ambit::cedar
