#include "cedar_schema/internal/schema_resolver.h"

#include <algorithm>
#include <utility>

#include "cedar_schema/internal/schema_hierarchy.h"
#include "cedar_schema/schema_limits.h"

// Like AMBIT_TRY, for problems.
#define TRY_CHECKED(tmp, lhs, expr)                                       \
  auto tmp = (expr);                                                      \
  if (!tmp) return tl::unexpected<SchemaProblem>(std::move(tmp).error()); \
  lhs = *std::move(tmp)

namespace ambit::cedar {
namespace {

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

tl::unexpected<SchemaProblem> within(std::string where, SchemaProblem inner) {
  if (inner.where.empty()) inner.where = std::move(where);
  return tl::unexpected<SchemaProblem>(std::move(inner));
}

template <class T>
void sort_unique(std::vector<T>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

// The index of each parent in `list`, which is sorted by `key`. Precondition: all are in it.
template <class T, class Key, class Parents>
std::vector<std::vector<std::size_t>> parent_indices(const std::vector<T>& list, Key key,
                                                     Parents parents) {
  std::vector<std::vector<std::size_t>> out(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (const auto& parent : parents(list[i])) {
      const auto at =
          std::lower_bound(list.begin(), list.end(), parent,
                           [&](const T& item, const auto& name) { return key(item) < name; });
      out[i].push_back(static_cast<std::size_t>(at - list.begin()));
    }
  }
  return out;
}

// Fills ancestors and descendants from their indices.
template <class T, class Key>
void fill_relatives(std::vector<T>& list, const std::vector<std::vector<std::size_t>>& ancestors,
                    Key key) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (const std::size_t above : ancestors[i]) {
      list[i].ancestors.push_back(key(list[above]));
      list[above].descendants.push_back(key(list[i]));
    }
  }
}

}  // namespace

tl::expected<Schema, SchemaProblem> SchemaResolver::resolve(
    const std::vector<SchemaFragment>& fragments) {
  TRY_CHECKED(collected, SchemaNames names, SchemaNames::collect(fragments));
  SchemaResolver resolver(std::move(names));
  if (auto done = resolver.run(); !done) {
    return tl::unexpected<SchemaProblem>(std::move(done).error());
  }
  return Schema(std::move(resolver.data_));
}

tl::expected<void, SchemaProblem> SchemaResolver::run() {
  data_.action_types.assign(names_.action_types().begin(), names_.action_types().end());
  if (auto done = all_common_types(); !done) return done;
  if (auto done = all_entity_types(); !done) return done;
  if (auto done = all_actions(); !done) return done;
  if (auto done = close_entity_types(); !done) return done;
  return close_actions();
}

tl::expected<void, SchemaProblem> SchemaResolver::all_common_types() {
  for (const auto& [name, declared] : names_.common_types()) {
    auto type = common_type(name, declared.declaration->span, 0);
    if (!type) return within("common type " + quoted(name), std::move(type).error());
  }
  return {};
}

tl::expected<void, SchemaProblem> SchemaResolver::all_entity_types() {
  for (const auto& [name, declared] : names_.entity_types()) {
    auto type = entity_type(name, *declared.declaration, declared.space);
    if (!type) return within("entity type " + quoted(name), std::move(type).error());
    data_.entity_types.push_back(*std::move(type));
  }
  return {};
}

tl::expected<void, SchemaProblem> SchemaResolver::all_actions() {
  for (const auto& [uid, declared] : names_.actions()) {
    auto resolved = action(uid, *declared.declaration, declared.space);
    if (!resolved) {
      return within("action " + quoted(to_cedar_text(uid)), std::move(resolved).error());
    }
    data_.actions.push_back(*std::move(resolved));
  }
  return {};
}

tl::expected<SchemaEntityType, SchemaProblem> SchemaResolver::entity_type(
    const std::string& name, const EntityTypeDeclaration& declaration, std::string_view space) {
  SchemaEntityType out;
  out.name = name;
  out.annotations = declaration.annotations;
  if (declaration.enum_ids) {
    out.enum_ids = *declaration.enum_ids;
    return out;
  }
  TRY_CHECKED(parents, out.parents, entity_type_names(declaration.parents, space));
  TRY_CHECKED(shape, out.attributes,
              record_type(declaration.shape, space, "the attributes of an entity type"));
  if (declaration.tags) {
    TRY_CHECKED(tags, const Resolved resolved, type(*declaration.tags, space, 1));
    out.tags = resolved.type;
  }
  return out;
}

tl::expected<SchemaAction, SchemaProblem> SchemaResolver::action(
    const EntityUid& uid, const ActionDeclaration& declaration, std::string_view space) {
  SchemaAction out;
  out.uid = uid;
  out.annotations = declaration.annotations;
  if (declaration.parents) {
    for (const ActionReference& parent : *declaration.parents) {
      auto parent_uid = names_.action(space, parent);
      if (!parent_uid) {
        const EntityUid meant{parent.type.value_or("Action"), parent.id};
        return problem(parent.span,
                       "the action " + quoted(to_cedar_text(meant)) + " is not declared");
      }
      out.parents.push_back(*std::move(parent_uid));
    }
    sort_unique(out.parents);
  }
  if (!declaration.applies_to) return out;
  const AppliesTo& applies_to = *declaration.applies_to;
  TRY_CHECKED(principals, out.principal_types, entity_type_names(applies_to.principals, space));
  TRY_CHECKED(resources, out.resource_types, entity_type_names(applies_to.resources, space));
  TRY_CHECKED(context, out.context, record_type(applies_to.context, space, "a context"));
  return out;
}

tl::expected<std::vector<std::string>, SchemaProblem> SchemaResolver::entity_type_names(
    const std::vector<TypeReference>& written, std::string_view space) {
  std::vector<std::string> out;
  for (const TypeReference& name : written) {
    const auto meaning = names_.meaning(space, name.name, NameUse::kEntity);
    if (!meaning) {
      return tl::unexpected<SchemaProblem>(names_.undeclared(space, name, NameUse::kEntity));
    }
    if (!names_.entity_types().contains(meaning->name)) {
      return problem(name.span, quoted(name.name) + " cannot stand here",
                     "an action is neither principal, resource nor parent of an entity");
    }
    out.push_back(meaning->name);
  }
  sort_unique(out);
  return out;
}

tl::expected<SchemaType, SchemaProblem> SchemaResolver::record_type(
    const std::optional<TypeExpression>& written, std::string_view space, std::string_view what) {
  if (!written) return SchemaType::record();
  TRY_CHECKED(tried, const Resolved resolved, type(*written, space, 1));
  if (resolved.type.kind() == SchemaType::Kind::kRecord) return resolved.type;
  return problem(written->span, std::string(what) + " must be a record",
                 quoted(written->name) + " is " + resolved.type.to_text());
}

tl::expected<void, SchemaProblem> SchemaResolver::close_entity_types() {
  const auto name = [](const SchemaEntityType& type) -> const std::string& { return type.name; };
  const auto ancestors = all_ancestors(
      parent_indices(data_.entity_types, name,
                     [](const SchemaEntityType& type) -> const auto& { return type.parents; }),
      kMaxSchemaLinks);
  if (!ancestors) return problem({}, "the hierarchy of entity types is too large");
  fill_relatives(data_.entity_types, *ancestors, name);
  return {};
}

tl::expected<void, SchemaProblem> SchemaResolver::close_actions() {
  auto& actions = data_.actions;
  const auto uid = [](const SchemaAction& action) -> const EntityUid& { return action.uid; };
  const auto ancestors = all_ancestors(
      parent_indices(actions, uid,
                     [](const SchemaAction& action) -> const auto& { return action.parents; }),
      kMaxSchemaLinks);
  if (!ancestors) return problem({}, "the hierarchy of actions is too large");
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const auto& above = (*ancestors)[i];
    if (!std::binary_search(above.begin(), above.end(), i)) continue;
    const auto* declaration = names_.actions().at(actions[i].uid).declaration;
    return problem(declaration->span,
                   "the action " + quoted(to_cedar_text(actions[i].uid)) + " is in itself",
                   "by its `in`, or that of a group it is in");
  }
  fill_relatives(actions, *ancestors, uid);
  std::vector<Entity> entities;
  for (const SchemaAction& action : actions) {
    entities.push_back({action.uid, Value::record(), action.parents, Value::record()});
  }
  auto made = Entities::make(std::move(entities));
  if (!made) return problem({}, made.error().message);
  data_.action_entities = *std::move(made);
  return {};
}

}  // namespace ambit::cedar
