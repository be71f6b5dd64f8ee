// The grammar of schema texts, one function a rule.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cedar/syntax.h"
#include "cedar_schema/schema_fragment.h"

namespace ambit::cedar {

// A name that is being declared, and where.
struct DeclaredName {
  std::string text;
  SourceSpan span;
};

// Recursive descent. Every function gives false (or nothing) after recording an error in the
// reader.
class SchemaParser {
 public:
  explicit SchemaParser(std::string_view text) : in_(text) {}

  // Schema := {Annotations (Namespace | Declaration)}
  tl::expected<SchemaFragment, Diagnostic> parse();

 private:
  using Names = std::map<std::string, SourceSpan, std::less<>>;

  // What one namespace has declared so far. An entity type may have the name of a common type.
  struct Open {
    NamespaceDeclaration declaration;
    Names common_types, entity_types, actions;
  };

  bool item();
  // Namespace := 'namespace' Path '{' {Annotations Declaration} '}'
  bool namespace_item(Annotations annotations);
  // Declaration := Entity | Action | Type
  bool declaration(Open& open, Annotations annotations);
  bool annotations(Annotations& out);

  // Entity := 'entity' Idents (['in' Types] [['='] Record] ['tags' Type] | 'enum' '[' Strings ']')
  // ';'
  bool entity(Open& open, Annotations annotations);
  bool entity_body(EntityTypeDeclaration& out);
  bool enum_ids(EntityTypeDeclaration& out);
  // Action := 'action' Names ['in' Actions] ['appliesTo' '{' AppliesTo '}'] ['attributes' '{' '}']
  // ';'
  bool action(Open& open, Annotations annotations);
  bool action_body(ActionDeclaration& out, const DeclaredName& first);
  bool action_parents(std::vector<ActionReference>& out);
  std::optional<ActionReference> action_reference();
  bool applies_to(AppliesTo& out, const DeclaredName& action);
  bool applies_to_entry(AppliesTo& out, const DeclaredName& action, Names& seen);
  bool applies_to_types(std::vector<TypeReference>& out, const DeclaredName& action,
                        std::string_view what);
  // Type := 'type' Ident '=' Type ';'
  bool common_type(Open& open, Annotations annotations);

  // TypeExpression := Path | 'Set' '<' Type '>' | Record
  std::optional<TypeExpression> type(std::size_t depth);
  // Record := '{' {Annotations Name ['?'] ':' Type [',']} '}'
  std::optional<TypeExpression> record(std::size_t depth);
  bool attribute(TypeExpression& record, std::size_t depth);

  // Types := Path | '[' [Path {',' Path}] ']'
  bool type_references(std::vector<TypeReference>& out);
  std::optional<TypeReference> path();
  std::optional<DeclaredName> identifier(std::string_view wanted);
  // An identifier that does not contain `__cedar`.
  std::optional<DeclaredName> declared_identifier(std::string_view wanted);
  // Name := Ident | String
  std::optional<DeclaredName> name(std::string_view wanted);
  std::optional<DeclaredName> string();

  // Records that this is declared; an error when it was already.
  bool declare(Names& names, const DeclaredName& name, const std::string& namespace_name);
  bool already(const SourceSpan& first, const SourceSpan& span, std::string message);
  // Counts a declaration that began at `begin` and has been read for each of its names.
  bool spend(std::size_t begin, const std::vector<DeclaredName>& names);
  std::size_t line_of(const SourceSpan& span) const;

  TokenReader in_;
  std::map<std::string, Open, std::less<>> namespaces_;
  std::size_t spent_ = 0;
};

}  // namespace ambit::cedar
