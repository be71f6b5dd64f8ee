#include "cedar_schema/internal/validate_policy.h"

#include <algorithm>
#include <set>
#include <utility>

namespace ambit::cedar {
namespace {

using Kind = CheckedExpr::Kind;

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

constexpr std::size_t kMaxIdsInHint = 10;

std::string ids_text(const std::vector<std::string>& ids) {
  std::string out;
  for (std::size_t i = 0; i < ids.size() && i < kMaxIdsInHint; ++i) {
    out += (i == 0 ? "`" : ", `") + to_cedar_text(Value::string(ids[i])) + "`";
  }
  return ids.size() > kMaxIdsInHint ? out + ", ..." : out;
}

void check_type_name(const std::string& name, SourceSpan span, const Schema& schema,
                     NameSuggester& suggester, IssueList& issues) {
  if (is_action_type(name) || schema.find_entity_type(name) != nullptr) return;
  issues.add(span, "unknown_entity_type", "there is no entity type " + quoted(name),
             did_you_mean(suggester.entity_type(name)));
}

bool is_word(char c) {
  return c == '_' || c == ':' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z');
}

// Where a name stands in a text, not as a part of another.
std::size_t find_name(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool begins = at == 0 || !is_word(text[at - 1]);
    if (begins && (end == text.size() || !is_word(text[end]))) return at;
  }
  return std::string_view::npos;
}

// Where the type of an `is` stands, which is after what is asked for its type.
SourceSpan type_span(const CheckedExpr& is, const IssueList& issues) {
  const SourceSpan target = is.children[0]->span;
  const std::size_t begin = target == is.span ? is.span.offset : target.offset + target.length;
  const SourceSpan rest{begin, is.span.offset + is.span.length - begin};
  const std::size_t at = find_name(issues.text_at(rest), is.names[0]);
  if (at == std::string_view::npos) return is.span;
  return {begin + at, is.names[0].size()};
}

void check_entity(const EntityUid& uid, SourceSpan span, const Schema& schema,
                  NameSuggester& suggester, IssueList& issues) {
  const bool begins_with_type = issues.text_at(span).starts_with(uid.type);
  const SourceSpan type_span = begins_with_type ? SourceSpan{span.offset, uid.type.size()} : span;
  check_type_name(uid.type, type_span, schema, suggester, issues);
  if (is_action_type(uid.type)) {
    if (schema.find_action(uid) != nullptr) return;
    issues.add(span, "unknown_action", "there is no action " + quoted(to_cedar_text(uid)),
               did_you_mean(suggester.action(uid)));
    return;
  }
  const SchemaEntityType* type = schema.find_entity_type(uid.type);
  if (type == nullptr || !type->is_enum()) return;
  const auto& ids = type->enum_ids;
  if (std::find(ids.begin(), ids.end(), uid.id) != ids.end()) return;
  issues.add(span, "unknown_enum_id", "there is no entity " + quoted(to_cedar_text(uid)),
             "the ids of `" + uid.type + "` are " + ids_text(ids));
}

// Whether an entity of `type`, which some action applies to, can fit a part of a head.
bool may_fit(const EntityScope& scope, bool open, const std::string& type, const Schema& schema) {
  if (schema.find_entity_type(type) == nullptr) return false;
  const auto is_below = [&] {
    const SchemaEntityType* above = schema.find_entity_type(scope.entity.type);
    return scope.entity.type == type ||
           (above != nullptr &&
            std::binary_search(above->descendants.begin(), above->descendants.end(), type));
  };
  switch (scope.kind) {
    case EntityScope::Kind::kAny: return true;
    case EntityScope::Kind::kEqual: return open || scope.entity.type == type;
    case EntityScope::Kind::kIn: return open || is_below();
    case EntityScope::Kind::kIs: return scope.type == type;
    case EntityScope::Kind::kIsIn: break;
  }
  return scope.type == type && (open || is_below());
}

bool any_fits(const EntityScope& scope, bool open, const std::vector<std::string>& types,
              const Schema& schema) {
  return std::any_of(types.begin(), types.end(),
                     [&](const auto& type) { return may_fit(scope, open, type, schema); });
}

// Whether `in` in place of `==` would make a head fit.
bool in_would_fit(const EntityScope& scope, bool open,
                  const std::vector<const SchemaAction*>& actions,
                  std::vector<std::string> SchemaAction::* types, const Schema& schema) {
  if (scope.kind != EntityScope::Kind::kEqual || open) return false;
  EntityScope wider = scope;
  wider.kind = EntityScope::Kind::kIn;
  bool fits = false;
  for (const SchemaAction* action : actions) {
    if (any_fits(scope, false, action->*types, schema)) return false;
    fits = fits || any_fits(wider, false, action->*types, schema);
  }
  return fits;
}

std::string hint_for_in(bool principal, bool resource) {
  if (!principal && !resource) return {};
  std::string where = principal ? "`principal`" : "`resource`";
  if (principal && resource) where += " and `resource`";
  return "`in` in place of `==` for " + where + " would make it apply";
}

}  // namespace

void check_names(const CheckedProgram& program, const Schema& schema, NameSuggester& suggester,
                 IssueList& issues) {
  for (const CheckedExpr& node : program.nodes()) {
    if (node.kind == Kind::kIs) {
      check_type_name(node.names[0], type_span(node, issues), schema, suggester, issues);
    } else if (node.literal && node.literal->kind() == Value::Kind::kEntity) {
      check_entity(node.literal->as_entity(), node.span, schema, suggester, issues);
    }
  }
}

void check_link_names(const Policy& link, OpenSlots slots, const Schema& schema,
                      NameSuggester& suggester, IssueList& issues) {
  if (slots.principal) {
    check_type_name(link.principal.entity.type, {}, schema, suggester, issues);
  }
  if (slots.resource) {
    check_type_name(link.resource.entity.type, {}, schema, suggester, issues);
  }
}

void check_application(const Policy& policy, OpenSlots slots, const Schema& schema,
                       IssueList& issues) {
  const auto actions = actions_in_scope(policy.action, schema);
  const bool applies = std::any_of(actions.begin(), actions.end(), [&](const SchemaAction* action) {
    return any_fits(policy.principal, slots.principal, action->principal_types, schema) &&
           any_fits(policy.resource, slots.resource, action->resource_types, schema);
  });
  if (applies) return;
  const bool principal = in_would_fit(policy.principal, slots.principal, actions,
                                      &SchemaAction::principal_types, schema);
  const bool resource =
      in_would_fit(policy.resource, slots.resource, actions, &SchemaAction::resource_types, schema);
  issues.add(
      policy.span, "no_applicable_action",
      "no action in the schema applies to a principal and a resource that this policy is for",
      hint_for_in(principal, resource));
}

std::vector<const SchemaAction*> actions_in_scope(const ActionScope& scope, const Schema& schema) {
  std::vector<const SchemaAction*> actions;
  if (scope.kind == ActionScope::Kind::kAny) {
    for (const SchemaAction& action : schema.actions()) actions.push_back(&action);
    return actions;
  }
  std::set<const SchemaAction*> found;
  for (const EntityUid& uid : scope.entities) {
    const SchemaAction* action = schema.find_action(uid);
    if (action == nullptr) return {};
    found.insert(action);
    if (scope.kind == ActionScope::Kind::kEqual) continue;
    for (const EntityUid& below : action->descendants) found.insert(schema.find_action(below));
  }
  actions.assign(found.begin(), found.end());
  return actions;
}

std::vector<const std::string*> slot_types(const EntityScope& scope, bool open,
                                           const std::string& variable_type, const Schema& schema) {
  if (!open) return {};
  std::vector<const std::string*> types = {&variable_type};
  if (scope.kind == EntityScope::Kind::kEqual) return types;
  const SchemaEntityType* variable = schema.find_entity_type(variable_type);
  if (variable == nullptr) return types;
  for (const std::string& above : variable->ancestors) {
    if (above != variable_type) types.push_back(&above);
  }
  return types;
}

}  // namespace ambit::cedar
