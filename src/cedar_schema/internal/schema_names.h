// What a schema declares, by full name, and what a name in it means.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cedar/diagnostic.h"
#include "cedar_schema/schema.h"
#include "cedar_schema/schema_fragment.h"

namespace ambit::cedar {

// What is wrong with a schema whose form is right.
struct SchemaProblem {
  SourceSpan span;    // empty where JSON was the source
  std::string where;  // "entity type `N::A`"
  std::string message;
  std::string hint;  // may be empty

  // All of it in a line, for those who have no text to point into.
  std::string summary() const;
};

tl::unexpected<SchemaProblem> problem(SourceSpan span, std::string message, std::string hint = {});

// `Set`, `Record`, `Boolean` and the like, which no common type may be called.
bool is_kind_of_type(std::string_view name);

// `Bool`, `Long`, `String` and the four extension types, as they are called without `__cedar`.
std::optional<SchemaType> builtin_type(std::string_view name);

// `N::name`, or `name` when there is no namespace.
std::string full_name(std::string_view space, std::string_view name);

// A declaration and the namespace it stands in. Both live as long as the fragments.
template <class T>
struct Declared {
  const T* declaration = nullptr;
  std::string_view space;
};

// Which kinds of declaration a name may mean where it stands.
enum class NameUse { kEntity, kCommon, kEither };

// What a name means.
struct Meaning {
  enum class Kind { kBuiltin, kCommon, kEntity };
  Kind kind;
  std::string name;  // full; without `__cedar` of kBuiltin
};

class SchemaNames {
 public:
  // Indexes the fragments, which must outlive the index. Refuses what is declared twice or shadows
  // a name of the empty namespace (RFC 70).
  static tl::expected<SchemaNames, SchemaProblem> collect(
      const std::vector<SchemaFragment>& fragments);

  const auto& common_types() const { return common_types_; }
  const auto& entity_types() const { return entity_types_; }
  const auto& actions() const { return actions_; }
  const auto& action_types() const { return action_types_; }

  // A name without a namespace means one of `space` first, then one of none. Where a common and an
  // entity type have the same name, it means the common type.
  std::optional<Meaning> meaning(std::string_view space, std::string_view name, NameUse use) const;

  // The action that is meant, without a type by `Action`.
  std::optional<EntityUid> action(std::string_view space, const ActionReference& reference) const;

  // That a name means nothing where it stands, with what may have been meant.
  SchemaProblem undeclared(std::string_view space, const TypeReference& name, NameUse use) const;

 private:
  tl::expected<void, SchemaProblem> add(const NamespaceDeclaration& space);
  tl::expected<void, SchemaProblem> check_shadowing() const;
  std::optional<Meaning> exactly(const std::string& name, NameUse use) const;

  template <class T>
  using Index = std::map<std::string, Declared<T>, std::less<>>;

  Index<CommonTypeDeclaration> common_types_;
  Index<EntityTypeDeclaration> entity_types_;
  std::map<EntityUid, Declared<ActionDeclaration>> actions_;
  std::set<std::string, std::less<>> action_types_;
};

}  // namespace ambit::cedar
