// A schema while tools are added to it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cedar_schema/schema_fragment.h"
#include "tool_schema/schema_generator.h"

namespace ambit::tool_schema {

// Where a type stands: in a namespace, under a name. `Ambit::tool::Input` and `path`.
struct TypePlace {
  std::string name_space;
  std::string name;

  std::string full() const { return name_space + "::" + name; }
  TypePlace below(std::string member) const { return {full(), std::move(member)}; }
};

// Knows where things go, with namespaces and without, and that nothing is declared twice.
class GeneratedSchema {
 public:
  GeneratedSchema(cedar::SchemaFragment stub, bool flatten);

  const std::string& root() const { return root_; }
  cedar::NamespaceDeclaration& root_namespace() { return spaces_.at(root_); }

  // As it is called in the schema that is made: `Ambit::tool::Input::path` or
  // `Ambit::tool_Input_path`.
  std::string full_name(const TypePlace& place) const;

  // Error reason `tool_schema.conflict`.
  Result<> add(const TypePlace& place, cedar::EntityTypeDeclaration type);
  Result<> add(const TypePlace& place, cedar::TypeExpression common_type);

  // One that tools share (`Null`): declared once, however often it is asked for. Its full name.
  std::string shared_entity(const std::string& name);

  // nullptr when there is none at that place itself.
  const cedar::EntityTypeDeclaration* find_entity(const TypePlace& place) const;
  bool has_common_type(const TypePlace& place) const;

  cedar::SchemaFragment take();

 private:
  TypePlace written(const TypePlace& place) const;
  cedar::NamespaceDeclaration& at(const std::string& name);

  std::map<std::string, cedar::NamespaceDeclaration> spaces_;
  std::string root_;
  bool flatten_;
};

}  // namespace ambit::tool_schema
