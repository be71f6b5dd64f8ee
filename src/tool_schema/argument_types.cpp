#include "tool_schema/argument_types.h"

#include <algorithm>

#include "tool_schema/internal/argument_reader.h"
#include "tool_schema/type_names.h"

namespace ambit::tool_schema {
namespace {

using cedar::TypeExpression;
using Kind = ArgumentNode::Kind;

TypeExpression named(TypeExpression::Kind kind, std::string name) {
  TypeExpression out;
  out.kind = kind;
  out.name = std::move(name);
  return out;
}

cedar::NamespaceDeclaration& namespace_of(cedar::SchemaFragment& fragment,
                                          const std::string& name) {
  auto at = std::lower_bound(fragment.namespaces.begin(), fragment.namespaces.end(), name,
                             [](const auto& one, const auto& wanted) { return one.name < wanted; });
  if (at == fragment.namespaces.end() || at->name != name) {
    cedar::NamespaceDeclaration declared;
    declared.name = name;
    at = fragment.namespaces.insert(at, std::move(declared));
  }
  return *at;
}

class Declarer {
 public:
  Declarer(cedar::SchemaFragment& fragment, const std::string& schema_namespace)
      : fragment_(fragment), namespace_(schema_namespace) {}

  TypeExpression type_of(const ArgumentNode& node) {
    TypeExpression out;
    switch (node.kind) {
      case Kind::kBool: out.kind = TypeExpression::Kind::kBool; return out;
      case Kind::kLong: out.kind = TypeExpression::Kind::kLong; return out;
      case Kind::kString: out.kind = TypeExpression::Kind::kString; return out;
      case Kind::kDecimal:
      case Kind::kDecimalText: return named(TypeExpression::Kind::kExtension, "decimal");
      case Kind::kDatetime: return named(TypeExpression::Kind::kExtension, "datetime");
      case Kind::kDuration: return named(TypeExpression::Kind::kExtension, "duration");
      case Kind::kIp: return named(TypeExpression::Kind::kExtension, "ipaddr");
      case Kind::kNull: return named(TypeExpression::Kind::kEntity, namespace_ + "::Null");
      case Kind::kUnknown: return named(TypeExpression::Kind::kEntity, namespace_ + "::Unknown");
      case Kind::kSet:
        out.kind = TypeExpression::Kind::kSet;
        out.element.push_back(type_of(*node.element));
        return out;
      case Kind::kTuple:
      case Kind::kUnion:
      case Kind::kRecord: return record(node);
      case Kind::kMap: return map(node);
    }
    return out;
  }

 private:
  TypeExpression record(const ArgumentNode& node) {
    TypeExpression out;
    for (const ArgumentMember& member : node.members) {
      cedar::AttributeDeclaration attribute;
      attribute.name = member.name;
      attribute.type = type_of(*member.type);
      attribute.required = member.required;
      out.attributes.push_back(std::move(attribute));
    }
    std::sort(out.attributes.begin(), out.attributes.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return out;
  }

  TypeExpression map(const ArgumentNode& node) {
    cedar::EntityTypeDeclaration type;
    type.name = node.type_name;
    TypeExpression shape = record(node);
    if (!shape.attributes.empty()) type.shape = std::move(shape);
    type.tags = type_of(*node.element);
    auto& types = namespace_of(fragment_, node.name_space).entity_types;
    types.insert(
        std::lower_bound(types.begin(), types.end(), type.name,
                         [](const auto& one, const auto& name) { return one.name < name; }),
        std::move(type));
    return named(TypeExpression::Kind::kEntity, node.name_space + "::" + node.type_name);
  }

  cedar::SchemaFragment& fragment_;
  const std::string& namespace_;
};

}  // namespace

ArgumentTypes ArgumentTypes::compile(const text::Json* input_schema,
                                     std::string_view schema_namespace, std::string_view tool) {
  const text::Json none = text::Json::object();
  ArgumentReader reader(input_schema ? *input_schema : none,
                        std::string(schema_namespace) + "::" + type_name_of(tool));
  return ArgumentTypes(reader.read(), std::string(schema_namespace));
}

TypeExpression ArgumentTypes::declare(cedar::SchemaFragment& fragment) const {
  return Declarer(fragment, namespace_).type_of(*root_);
}

}  // namespace ambit::tool_schema
