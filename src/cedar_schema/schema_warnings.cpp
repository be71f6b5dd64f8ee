#include "cedar_schema/schema_warnings.h"

#include <algorithm>
#include <utility>

#include "cedar_schema/internal/schema_names.h"

namespace ambit::cedar {
namespace {

Diagnostic warning(SourceSpan span, std::string message, std::string hint, std::string_view text) {
  Diagnostic out;
  out.span = span;
  out.message = std::move(message);
  out.hint = std::move(hint);
  if (!text.empty()) locate(out, text);
  return out;
}

}  // namespace

std::vector<Diagnostic> schema_warnings(const SchemaFragment& fragment, std::string_view text) {
  std::vector<Diagnostic> out;
  for (const NamespaceDeclaration& space : fragment.namespaces) {
    const auto check_builtin = [&](const auto& type) {
      if (!builtin_type(type.name)) return;
      out.push_back(warning(type.span,
                            "`" + full_name(space.name, type.name) + "` hides a type of Cedar",
                            "that is now written `__cedar::" + type.name + "`", text));
    };
    for (const EntityTypeDeclaration& type : space.entity_types) check_builtin(type);
    for (const CommonTypeDeclaration& type : space.common_types) {
      check_builtin(type);
      const auto entity = std::lower_bound(
          space.entity_types.begin(), space.entity_types.end(), type.name,
          [](const EntityTypeDeclaration& e, const std::string& n) { return e.name < n; });
      if (entity == space.entity_types.end() || entity->name != type.name) continue;
      out.push_back(warning(type.span,
                            "the common type `" + full_name(space.name, type.name) +
                                "` hides the entity type of the same name",
                            "as the type of an attribute, the name means the common type", text));
    }
  }
  return out;
}

}  // namespace ambit::cedar
