#include "cedar_schema/internal/schema_names.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ambit::cedar {
namespace {

constexpr std::string_view kOwnNamespace = "__cedar::";
// A suggestion is a courtesy: it must not take long.
constexpr std::size_t kMaxSuggestionLength = 64;
constexpr std::size_t kMaxNames = 10'000;

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

bool is_qualified(std::string_view name) { return name.find("::") != std::string_view::npos; }

std::string_view last_part(std::string_view name) {
  const std::size_t separator = name.rfind("::");
  return separator == std::string_view::npos ? name : name.substr(separator + 2);
}

// How many characters to add, drop or change to come from one to the other; Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
    }
  }
  return row.back();
}

// Remembers the name that is nearest to a misspelt one.
class Nearest {
 public:
  explicit Nearest(std::string_view wanted)
      : wanted_(wanted), best_(std::min<std::size_t>(3, wanted.size() / 3 + 1)) {}

  void consider(std::string_view name) {
    const std::string_view part = last_part(name);
    const std::size_t longer = std::max(part.size(), wanted_.size());
    const std::size_t shorter = std::min(part.size(), wanted_.size());
    if (longer > kMaxSuggestionLength || longer - shorter >= best_ || ++considered_ > kMaxNames) {
      return;
    }
    const std::size_t cost = distance(wanted_, part);
    if (cost >= best_) return;
    best_ = cost;
    name_ = name;
  }

  const std::string& name() const { return name_; }

 private:
  std::string_view wanted_;
  std::size_t best_;  // fewer changes than this, or it is another word
  std::string name_;
  std::size_t considered_ = 0;
};

constexpr std::array<std::string_view, 7> kBuiltins = {"Bool",   "Long",     "String",  "decimal",
                                                       "ipaddr", "datetime", "duration"};

template <class T>
tl::unexpected<SchemaProblem> twice(std::string_view kind, const std::string& name,
                                    const T& declaration) {
  return problem(declaration.span, std::string(kind) + " " + quoted(name) + " is declared twice");
}

tl::unexpected<SchemaProblem> shadows(SourceSpan span, std::string_view name,
                                      std::string_view shadowed) {
  return problem(span, quoted(name) + " would hide " + quoted(shadowed) + " of the empty namespace",
                 "rename one of them, or move " + quoted(shadowed) + " into a namespace");
}

}  // namespace

std::string SchemaProblem::summary() const {
  std::string out = where.empty() ? message : where + ": " + message;
  if (!hint.empty()) out += " (" + hint + ")";
  return out;
}

tl::unexpected<SchemaProblem> problem(SourceSpan span, std::string message, std::string hint) {
  return tl::unexpected<SchemaProblem>({span, "", std::move(message), std::move(hint)});
}

bool is_kind_of_type(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kKinds = {
      "Bool", "Boolean", "Entity", "Extension", "Long", "Record", "Set", "String"};
  return std::find(kKinds.begin(), kKinds.end(), name) != kKinds.end();
}

std::string full_name(std::string_view space, std::string_view name) {
  return space.empty() ? std::string(name) : std::string(space) + "::" + std::string(name);
}

std::optional<SchemaType> builtin_type(std::string_view name) {
  if (name == "Bool") return SchemaType::boolean();
  if (name == "Long") return SchemaType::integer();
  if (name == "String") return SchemaType::string();
  for (const auto type : {ExtensionType::kDecimal, ExtensionType::kIp, ExtensionType::kDatetime,
                          ExtensionType::kDuration}) {
    if (name == name_of(type)) return SchemaType::extension(type);
  }
  return std::nullopt;
}

tl::expected<SchemaNames, SchemaProblem> SchemaNames::collect(
    const std::vector<SchemaFragment>& fragments) {
  SchemaNames out;
  for (const SchemaFragment& fragment : fragments) {
    for (const NamespaceDeclaration& space : fragment.namespaces) {
      if (auto added = out.add(space); !added) {
        return tl::unexpected<SchemaProblem>(std::move(added).error());
      }
    }
  }
  if (auto checked = out.check_shadowing(); !checked) {
    return tl::unexpected<SchemaProblem>(std::move(checked).error());
  }
  return out;
}

tl::expected<void, SchemaProblem> SchemaNames::add(const NamespaceDeclaration& space) {
  for (const CommonTypeDeclaration& type : space.common_types) {
    const std::string name = full_name(space.name, type.name);
    if (!common_types_.emplace(name, Declared<CommonTypeDeclaration>{&type, space.name}).second) {
      return twice("common type", name, type);
    }
  }
  for (const EntityTypeDeclaration& type : space.entity_types) {
    const std::string name = full_name(space.name, type.name);
    if (!entity_types_.emplace(name, Declared<EntityTypeDeclaration>{&type, space.name}).second) {
      return twice("entity type", name, type);
    }
  }
  const std::string action_type = full_name(space.name, "Action");
  for (const ActionDeclaration& action : space.actions) {
    EntityUid uid{action_type, action.name};
    const std::string name = to_cedar_text(uid);
    if (!actions_.emplace(std::move(uid), Declared<ActionDeclaration>{&action, space.name})
             .second) {
      return twice("action", name, action);
    }
  }
  if (!space.actions.empty()) action_types_.insert(action_type);
  return {};
}

tl::expected<void, SchemaProblem> SchemaNames::check_shadowing() const {
  const auto check = [&](const auto& index) -> tl::expected<void, SchemaProblem> {
    for (const auto& [name, declared] : index) {
      if (!is_qualified(name)) continue;
      const std::string_view base = last_part(name);
      if (common_types_.contains(base) || entity_types_.contains(base)) {
        return shadows(declared.declaration->span, name, base);
      }
    }
    return {};
  };
  if (auto checked = check(common_types_); !checked) return checked;
  if (auto checked = check(entity_types_); !checked) return checked;
  for (const auto& [uid, declared] : actions_) {
    const EntityUid unqualified{"Action", uid.id};
    if (is_qualified(uid.type) && actions_.contains(unqualified)) {
      return shadows(declared.declaration->span, to_cedar_text(uid), to_cedar_text(unqualified));
    }
  }
  return {};
}

std::optional<Meaning> SchemaNames::exactly(const std::string& name, NameUse use) const {
  if (use != NameUse::kEntity) {
    if (common_types_.contains(name)) return Meaning{Meaning::Kind::kCommon, name};
    if (name.starts_with(kOwnNamespace)) {
      std::string base = name.substr(kOwnNamespace.size());
      if (builtin_type(base)) return Meaning{Meaning::Kind::kBuiltin, std::move(base)};
    } else if (builtin_type(name) && !entity_types_.contains(name)) {
      return Meaning{Meaning::Kind::kBuiltin, name};
    }
  }
  const bool is_entity = entity_types_.contains(name) || action_types_.contains(name);
  if (use == NameUse::kCommon || !is_entity) return std::nullopt;
  return Meaning{Meaning::Kind::kEntity, name};
}

std::optional<Meaning> SchemaNames::meaning(std::string_view space, std::string_view name,
                                            NameUse use) const {
  if (!space.empty() && !is_qualified(name)) {
    if (auto found = exactly(full_name(space, name), use)) return found;
  }
  return exactly(std::string(name), use);
}

std::optional<EntityUid> SchemaNames::action(std::string_view space,
                                             const ActionReference& reference) const {
  const std::string type = reference.type.value_or("Action");
  if (!space.empty() && !is_qualified(type)) {
    EntityUid own{full_name(space, type), reference.id};
    if (actions_.contains(own)) return own;
  }
  EntityUid uid{type, reference.id};
  if (!actions_.contains(uid)) return std::nullopt;
  return uid;
}

SchemaProblem SchemaNames::undeclared(std::string_view space, const TypeReference& name,
                                      NameUse use) const {
  const std::string wanted = use == NameUse::kEntity   ? "an entity type"
                             : use == NameUse::kCommon ? "a common type"
                                                       : "a type";
  SchemaProblem out{name.span, "", quoted(name.name) + " is not declared as " + wanted, ""};
  if (const auto other = meaning(space, name.name, NameUse::kEither)) {
    out.hint = other->kind == Meaning::Kind::kEntity
                   ? "it is an entity type"
                   : "it is not an entity type but a type of values";
    return out;
  }
  Nearest nearest(last_part(name.name));
  if (use != NameUse::kEntity) {
    for (const std::string_view builtin : kBuiltins) nearest.consider(builtin);
    for (const auto& [known, declared] : common_types_) nearest.consider(known);
  }
  if (use != NameUse::kCommon) {
    for (const auto& [known, declared] : entity_types_) nearest.consider(known);
  }
  if (!nearest.name().empty()) {
    out.hint = "did you mean " + quoted(nearest.name()) + "?";
  } else if (!space.empty() && !is_qualified(name.name)) {
    out.hint =
        "neither " + quoted(full_name(space, name.name)) + " nor " + quoted(name.name) + " is";
  }
  return out;
}

}  // namespace ambit::cedar
