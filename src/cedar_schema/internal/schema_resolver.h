// From names to meanings: makes a Schema of fragments.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cedar_schema/internal/schema_names.h"
#include "cedar_schema/schema.h"

namespace ambit::cedar {

class SchemaResolver {
 public:
  static tl::expected<Schema, SchemaProblem> resolve(const std::vector<SchemaFragment>& fragments);

 private:
  template <class T>
  using Checked = tl::expected<T, SchemaProblem>;

  // A type and how many levels were followed to it, common types included.
  struct Resolved {
    SchemaType type;
    std::size_t levels = 1;
  };

  explicit SchemaResolver(SchemaNames names) : names_(std::move(names)) {}

  Checked<void> run();
  Checked<void> all_common_types();
  Checked<void> all_entity_types();
  Checked<void> all_actions();
  Checked<void> close_entity_types();
  Checked<void> close_actions();

  // `level` counts what was followed to here.
  Checked<Resolved> type(const TypeExpression& written, std::string_view space, std::size_t level);
  Checked<Resolved> record(const TypeExpression& written, std::string_view space,
                           std::size_t level);
  Checked<Resolved> named(const TypeExpression& written, std::string_view space, std::size_t level);
  Checked<Resolved> common_type(const std::string& name, SourceSpan span, std::size_t level);
  Checked<SchemaType> record_type(const std::optional<TypeExpression>& written,
                                  std::string_view space, std::string_view what);

  Checked<SchemaEntityType> entity_type(const std::string& name,
                                        const EntityTypeDeclaration& declaration,
                                        std::string_view space);
  Checked<SchemaAction> action(const EntityUid& uid, const ActionDeclaration& declaration,
                               std::string_view space);
  Checked<std::vector<std::string>> entity_type_names(const std::vector<TypeReference>& written,
                                                      std::string_view space);

  SchemaNames names_;
  std::map<std::string, Resolved, std::less<>> common_types_;
  std::vector<std::string> in_progress_;  // common types, each named by the one before it
  Schema::Data data_;
};

}  // namespace ambit::cedar
