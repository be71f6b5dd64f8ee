#include "tool_schema/schema_generator.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <utility>

#include "tool_schema/internal/generated_schema.h"
#include "tool_schema/internal/shared_types.h"
#include "tool_schema/internal/type_maker.h"

namespace ambit::tool_schema {
namespace {

using cedar::TypeExpression;

tl::unexpected<Error> bad_stub(const std::string& why) {
  return fail(Code::kInvalid, "tool_schema.stub", "the stub " + why);
}

// What the annotations of a stub say.
struct Roles {
  std::vector<cedar::TypeReference> principals;
  std::vector<cedar::TypeReference> resources;
  std::map<std::string, std::string> contexts;  // attribute to type
  std::optional<std::vector<cedar::ActionReference>> parents;
};

Result<Roles> roles_of(const cedar::NamespaceDeclaration& stub) {
  Roles out;
  const auto note_context = [&](const auto& type) {
    const auto name = type.annotations.find("mcp_context");
    if (name != type.annotations.end() && !name->second.empty()) {
      out.contexts[name->second] = type.name;
    }
  };
  for (const auto& type : stub.entity_types) {
    if (type.annotations.contains("mcp_principal")) out.principals.push_back({type.name, {}});
    if (type.annotations.contains("mcp_resource")) out.resources.push_back({type.name, {}});
    note_context(type);
  }
  for (const auto& type : stub.common_types) note_context(type);
  for (const auto& action : stub.actions) {
    if (!action.annotations.contains("mcp_action")) continue;
    if (!out.parents) out.parents.emplace();
    out.parents->push_back({std::nullopt, action.name, {}});
  }
  if (out.principals.empty()) return bad_stub("has no entity type with `@mcp_principal`");
  if (out.resources.empty()) return bad_stub("has no entity type with `@mcp_resource`");
  return out;
}

void erase(cedar::Annotations& annotations, std::initializer_list<const char*> names) {
  for (const char* name : names) annotations.erase(name);
}

void erase_annotations(cedar::NamespaceDeclaration& stub) {
  for (auto& type : stub.common_types) erase(type.annotations, {"mcp_context"});
  for (auto& type : stub.entity_types) {
    erase(type.annotations, {"mcp_context", "mcp_principal", "mcp_resource"});
  }
  for (auto& action : stub.actions) erase(action.annotations, {"mcp_action"});
}

cedar::AttributeDeclaration context_attribute(std::string name, TypeExpression::Kind kind,
                                              std::string type, bool required = true) {
  cedar::AttributeDeclaration out;
  out.name = std::move(name);
  out.type.kind = kind;
  out.type.name = std::move(type);
  out.required = required;
  return out;
}

class Generator {
 public:
  Generator(cedar::SchemaFragment stub, Roles roles, const GeneratorOptions& options)
      : schema_(std::move(stub), options.flatten_namespaces),
        roles_(std::move(roles)),
        options_(options),
        types_(schema_, options_) {}

  Result<cedar::SchemaFragment> run(const ToolListing& listing) {
    DefinitionNames names;
    AMBIT_CHECK_OK(types_.define(listing.definitions, schema_.root(), names));
    for (const ListedTool& tool : listing.tools) AMBIT_CHECK_OK(check_type_name(tool.name));
    if (options_.deduplicate) {
      AMBIT_CHECK_OK(types_.declare_shared(shared_types(listing, options_, schema_)));
    }
    for (const ListedTool& tool : listing.tools) AMBIT_CHECK_OK(add(tool, names));
    return schema_.take();
  }

 private:
  Result<> add(const ListedTool& tool, DefinitionNames names) {
    const std::string space = schema_.root() + "::" + tool.name;
    AMBIT_CHECK_OK(types_.define(tool.definitions, space, names));
    std::map<std::string, cedar::AttributeDeclaration> context;
    for (const auto& [name, type] : roles_.contexts) {
      context[name] = context_attribute(name, TypeExpression::Kind::kEntityOrCommon, type);
    }
    AMBIT_TRY(TypeExpression inputs, types_.record_of(tool.inputs, space + "::Input", names));
    AMBIT_CHECK_OK(add_to_context("input", tool.name + "Input", std::move(inputs), true, context));
    if (options_.include_outputs) {
      AMBIT_TRY(TypeExpression outputs, types_.record_of(tool.outputs, space + "::Output", names));
      AMBIT_CHECK_OK(
          add_to_context("output", tool.name + "Output", std::move(outputs), false, context));
    }
    add_action(tool.name, std::move(context));
    return {};
  }

  Result<> add_to_context(const std::string& attribute, const std::string& type_name,
                          TypeExpression type, bool required,
                          std::map<std::string, cedar::AttributeDeclaration>& context) {
    AMBIT_CHECK_OK(schema_.add({schema_.root(), type_name}, std::move(type)));
    context[attribute] =
        context_attribute(attribute, TypeExpression::Kind::kCommon, type_name, required);
    return {};
  }

  void add_action(const std::string& name,
                  std::map<std::string, cedar::AttributeDeclaration> context) {
    cedar::ActionDeclaration action;
    action.name = name;
    action.parents = roles_.parents;
    cedar::AppliesTo applies_to;
    applies_to.principals = roles_.principals;
    applies_to.resources = roles_.resources;
    applies_to.context.emplace();
    for (auto& [key, attribute] : context) {
      applies_to.context->attributes.push_back(std::move(attribute));
    }
    action.applies_to = std::move(applies_to);
    auto& actions = schema_.root_namespace().actions;
    std::erase_if(actions, [&](const auto& one) { return one.name == name; });
    actions.push_back(std::move(action));
  }

  GeneratedSchema schema_;
  Roles roles_;
  GeneratorOptions options_;
  TypeMaker types_;
};

}  // namespace

Result<cedar::SchemaFragment> generate_schema(const cedar::SchemaFragment& stub,
                                              const ToolListing& listing,
                                              const GeneratorOptions& options) {
  if (stub.namespaces.size() != 1) return bad_stub("must have exactly one namespace");
  if (stub.namespaces.front().name.empty()) return bad_stub("must stand in a namespace of its own");
  AMBIT_TRY(Roles roles, roles_of(stub.namespaces.front()));
  cedar::SchemaFragment kept = stub;
  if (!options.keep_annotations) erase_annotations(kept.namespaces.front());
  return Generator(std::move(kept), std::move(roles), options).run(listing);
}

}  // namespace ambit::tool_schema
