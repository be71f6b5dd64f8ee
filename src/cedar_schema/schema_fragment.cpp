#include "cedar_schema/schema_fragment.h"

#include <algorithm>
#include <tuple>

namespace ambit::cedar {

bool TypeExpression::is_empty_record() const { return kind == Kind::kRecord && attributes.empty(); }

bool operator==(const TypeExpression& a, const TypeExpression& b) {
  return std::tie(a.kind, a.name, a.element, a.attributes) ==
         std::tie(b.kind, b.name, b.element, b.attributes);
}

bool operator==(const AttributeDeclaration& a, const AttributeDeclaration& b) {
  return std::tie(a.name, a.type, a.required, a.annotations) ==
         std::tie(b.name, b.type, b.required, b.annotations);
}

bool operator==(const CommonTypeDeclaration& a, const CommonTypeDeclaration& b) {
  return std::tie(a.name, a.type, a.annotations) == std::tie(b.name, b.type, b.annotations);
}

bool operator==(const TypeReference& a, const TypeReference& b) { return a.name == b.name; }

bool operator==(const EntityTypeDeclaration& a, const EntityTypeDeclaration& b) {
  return std::tie(a.name, a.parents, a.shape, a.tags, a.enum_ids, a.annotations) ==
         std::tie(b.name, b.parents, b.shape, b.tags, b.enum_ids, b.annotations);
}

bool operator==(const ActionReference& a, const ActionReference& b) {
  return a.type.value_or("Action") == b.type.value_or("Action") && a.id == b.id;
}

bool operator==(const AppliesTo& a, const AppliesTo& b) {
  return std::tie(a.principals, a.resources, a.context) ==
         std::tie(b.principals, b.resources, b.context);
}

bool operator==(const ActionDeclaration& a, const ActionDeclaration& b) {
  return std::tie(a.name, a.parents, a.applies_to, a.annotations) ==
         std::tie(b.name, b.parents, b.applies_to, b.annotations);
}

bool operator==(const NamespaceDeclaration& a, const NamespaceDeclaration& b) {
  return std::tie(a.name, a.common_types, a.entity_types, a.actions, a.annotations) ==
         std::tie(b.name, b.common_types, b.entity_types, b.actions, b.annotations);
}

bool operator==(const SchemaFragment& a, const SchemaFragment& b) {
  return a.namespaces == b.namespaces;
}

const NamespaceDeclaration* SchemaFragment::find(std::string_view name) const {
  const auto at = std::find_if(namespaces.begin(), namespaces.end(),
                               [&](const NamespaceDeclaration& n) { return n.name == name; });
  return at == namespaces.end() ? nullptr : &*at;
}

}  // namespace ambit::cedar
