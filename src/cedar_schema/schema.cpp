#include "cedar_schema/schema.h"

#include <algorithm>
#include <utility>

#include "cedar_schema/internal/schema_resolver.h"
#include "cedar_schema/schema_json.h"
#include "cedar_schema/schema_text.h"

namespace ambit::cedar {
namespace {

bool has(const std::vector<std::string>& sorted, std::string_view name) {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

tl::expected<Schema, SchemaProblem> resolve_one(SchemaFragment fragment) {
  std::vector<SchemaFragment> fragments;
  fragments.push_back(std::move(fragment));
  return SchemaResolver::resolve(fragments);
}

Result<Schema> or_error(tl::expected<Schema, SchemaProblem> schema) {
  if (!schema) return fail(Code::kInvalid, "cedar.schema", schema.error().summary());
  return *std::move(schema);
}

}  // namespace

bool SchemaAction::applies_to_principal(std::string_view type) const {
  return has(principal_types, type);
}

bool SchemaAction::applies_to_resource(std::string_view type) const {
  return has(resource_types, type);
}

bool is_action_type(std::string_view type) {
  return type == "Action" || type.ends_with("::Action");
}

Schema::Schema() : data_(std::make_shared<const Data>()) {}

Result<Schema> Schema::parse(std::string_view text) {
  auto schema = parse_schema(text);
  if (!schema) return fail(Code::kInvalid, "cedar.schema", schema.error().summary());
  return *std::move(schema);
}

Result<Schema> Schema::from_json(const text::Json& json) {
  AMBIT_TRY(SchemaFragment fragment, schema_fragment_from_json(json));
  return or_error(resolve_one(std::move(fragment)));
}

Result<Schema> Schema::resolve(const std::vector<SchemaFragment>& fragments) {
  return or_error(SchemaResolver::resolve(fragments));
}

const SchemaEntityType* Schema::find_entity_type(std::string_view full_name) const {
  const auto& list = data_->entity_types;
  const auto at =
      std::lower_bound(list.begin(), list.end(), full_name,
                       [](const SchemaEntityType& t, std::string_view n) { return t.name < n; });
  return at != list.end() && at->name == full_name ? &*at : nullptr;
}

const SchemaAction* Schema::find_action(const EntityUid& uid) const {
  const auto& list = data_->actions;
  const auto at =
      std::lower_bound(list.begin(), list.end(), uid,
                       [](const SchemaAction& a, const EntityUid& u) { return a.uid < u; });
  return at != list.end() && at->uid == uid ? &*at : nullptr;
}

bool Schema::has_action_type(std::string_view full_name) const {
  return has(data_->action_types, full_name);
}

bool Schema::may_be_in(std::string_view type, std::string_view ancestor) const {
  if (type == ancestor) return true;
  if (const SchemaEntityType* entity = find_entity_type(type)) {
    return has(entity->ancestors, ancestor);
  }
  return std::any_of(actions().begin(), actions().end(), [&](const SchemaAction& action) {
    return action.uid.type == type &&
           std::any_of(action.ancestors.begin(), action.ancestors.end(),
                       [&](const EntityUid& uid) { return uid.type == ancestor; });
  });
}

tl::expected<Schema, Diagnostic> parse_schema(std::string_view text) {
  auto fragment = parse_schema_fragment(text);
  if (!fragment) return tl::unexpected<Diagnostic>(std::move(fragment).error());
  auto schema = resolve_one(*std::move(fragment));
  if (schema) return *std::move(schema);
  SchemaProblem& problem = schema.error();
  Diagnostic out;
  out.span = problem.span;
  out.message = std::move(problem.message);
  out.hint = std::move(problem.hint);
  locate(out, text);
  return tl::unexpected<Diagnostic>(std::move(out));
}

}  // namespace ambit::cedar
