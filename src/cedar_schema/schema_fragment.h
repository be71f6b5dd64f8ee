// A schema as it is written, in Cedar or in JSON, before its names mean anything.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cedar/diagnostic.h"
#include "cedar/policy.h"

namespace ambit::cedar {

struct AttributeDeclaration;

// A type as it is written. Spans (here and below) are empty where JSON was the source and do not
// count when two are compared.
struct TypeExpression {
  enum class Kind {
    kBool,
    kLong,
    kString,
    kSet,
    kRecord,
    kEntity,         // certainly an entity type (JSON only)
    kExtension,      // certainly an extension type (JSON only)
    kCommon,         // certainly a common type: `{"type": "Name"}` in JSON, `context: Name` in text
    kEntityOrCommon  // what any other name in text says: whichever it turns out to be
  };

  Kind kind = Kind::kRecord;
  std::string name;                              // of the last four kinds, as written: `A::B`
  std::vector<TypeExpression> element;           // of kSet: exactly one
  std::vector<AttributeDeclaration> attributes;  // of kRecord, sorted by name, each once
  SourceSpan span;

  bool is_empty_record() const;

  friend bool operator==(const TypeExpression& a, const TypeExpression& b);
};

// `name?: Type`
struct AttributeDeclaration {
  std::string name;
  TypeExpression type;
  bool required = true;
  Annotations annotations;
  SourceSpan span;  // of the name

  friend bool operator==(const AttributeDeclaration& a, const AttributeDeclaration& b);
};

// `type Name = Type;`
struct CommonTypeDeclaration {
  std::string name;  // an identifier
  TypeExpression type;
  Annotations annotations;
  SourceSpan span;  // of the name

  friend bool operator==(const CommonTypeDeclaration& a, const CommonTypeDeclaration& b);
};

// A name as it is written where only an entity type can be meant.
struct TypeReference {
  std::string name;
  SourceSpan span;

  friend bool operator==(const TypeReference& a, const TypeReference& b);
};

// `entity Name in [A, B] = { ... } tags T;` or `entity Name enum ["a"];`
struct EntityTypeDeclaration {
  std::string name;  // an identifier
  std::vector<TypeReference> parents;
  std::optional<TypeExpression> shape;  // never the empty record: none says the same
  std::optional<TypeExpression> tags;
  std::optional<std::vector<std::string>> enum_ids;  // then the three above are empty
  Annotations annotations;
  SourceSpan span;  // of the name

  friend bool operator==(const EntityTypeDeclaration& a, const EntityTypeDeclaration& b);
};

// A parent of an action. Without a type, `Action` is meant, and so the two are equal.
struct ActionReference {
  std::optional<std::string> type;
  std::string id;
  SourceSpan span;

  friend bool operator==(const ActionReference& a, const ActionReference& b);
};

// Whom and what an action is for, and what is known when it is asked for.
struct AppliesTo {
  std::vector<TypeReference> principals;
  std::vector<TypeReference> resources;
  std::optional<TypeExpression> context;  // never the empty record: none says the same

  friend bool operator==(const AppliesTo& a, const AppliesTo& b);
};

// `action "name" in [...] appliesTo { ... };`
struct ActionDeclaration {
  std::string name;
  std::optional<std::vector<ActionReference>> parents;  // none and empty mean the same
  std::optional<AppliesTo> applies_to;                  // none: applies to nothing, a group only
  Annotations annotations;
  SourceSpan span;  // of the name

  friend bool operator==(const ActionDeclaration& a, const ActionDeclaration& b);
};

// Everything declared under one name. Each list is sorted by name and has each name once.
struct NamespaceDeclaration {
  std::string name;  // `A::B`, or empty for what stands outside of any
  std::vector<CommonTypeDeclaration> common_types;
  std::vector<EntityTypeDeclaration> entity_types;
  std::vector<ActionDeclaration> actions;
  Annotations annotations;
  SourceSpan span;  // of the name

  friend bool operator==(const NamespaceDeclaration& a, const NamespaceDeclaration& b);
};

// One schema text or JSON document. Namespaces are sorted by name, each once.
struct SchemaFragment {
  std::vector<NamespaceDeclaration> namespaces;

  const NamespaceDeclaration* find(std::string_view name) const;

  friend bool operator==(const SchemaFragment& a, const SchemaFragment& b);
};

}  // namespace ambit::cedar
