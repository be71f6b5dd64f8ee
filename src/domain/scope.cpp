#include "domain/scope.h"

#include <algorithm>

#include "domain/fields.h"

namespace ambit::domain {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool path_within(std::string_view folder, std::string_view path) {
  if (folder == "/") return path.starts_with('/');
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool host_within(std::string_view pattern, std::string_view host) {
  if (!pattern.starts_with("*.")) return pattern == host;
  const std::string_view suffix = pattern.substr(1);
  return host.size() > suffix.size() && host.ends_with(suffix);
}

bool text_within(std::string_view pattern, std::string_view value) {
  if (!pattern.ends_with('*')) return pattern == value;
  return value.starts_with(pattern.substr(0, pattern.size() - 1));
}

// A pattern is inside another when the other covers it read as a value: `/a/b` in `/a`, `*.x` only
// in `*.x` or a shorter suffix, `ab*` in `a*`.
bool within(TargetKind kind, std::string_view pattern, std::string_view value) {
  switch (kind) {
    case TargetKind::kPath: return path_within(pattern, value);
    case TargetKind::kHost: return host_within(pattern, value);
    default: return text_within(pattern, value);
  }
}

std::string tidy_pattern(TargetKind kind, std::string pattern) {
  if (kind == TargetKind::kPath) {
    while (pattern.size() > 1 && pattern.back() == '/') pattern.pop_back();
  }
  return pattern;
}

Result<TargetRule> rule_from_json(const text::Json& json, const std::string& path) {
  Fields fields(json, path);
  TargetRule rule;
  rule.kind = fields.name<TargetKind>("kind");
  rule.pattern = tidy_pattern(rule.kind, fields.text("within"));
  AMBIT_CHECK_OK(fields.finish());
  const bool plain_path = rule.pattern.starts_with('/') &&
                          rule.pattern.find("/../") == std::string::npos &&
                          !rule.pattern.ends_with("/..");
  if (rule.kind == TargetKind::kPath && !plain_path) {
    return fail(Code::kInvalid, "scope.target",
                "`" + path + ".within` must be an absolute path without `..`");
  }
  if (rule.pattern.empty()) {
    return fail(Code::kInvalid, "scope.target", "`" + path + ".within` must not be empty");
  }
  return rule;
}

}  // namespace

bool covers(const TargetRule& rule, const Target& target) {
  return rule.kind == target.kind && within(rule.kind, rule.pattern, target.value);
}

bool covers(const TargetRule& outer, const TargetRule& inner) {
  if (outer.kind != inner.kind) return false;
  return outer.pattern == inner.pattern || within(outer.kind, outer.pattern, inner.pattern);
}

bool has_tool(const Scope& scope, std::string_view tool) { return contains(scope.tools, tool); }
bool has_outcome(const Scope& scope, std::string_view outcome) {
  return contains(scope.outcomes, outcome);
}
bool has_data_domain(const Scope& scope, std::string_view domain) {
  return contains(scope.data_domains, domain);
}
bool covers_target(const Scope& scope, const Target& target) {
  return std::any_of(scope.targets.begin(), scope.targets.end(),
                     [&](const TargetRule& rule) { return covers(rule, target); });
}

std::optional<std::string> widening(const Scope& outer, const Scope& inner) {
  for (const auto& tool : inner.tools) {
    if (!has_tool(outer, tool)) return "tool " + tool;
  }
  for (const auto& outcome : inner.outcomes) {
    if (!has_outcome(outer, outcome)) return "outcome " + outcome;
  }
  for (const auto& domain : inner.data_domains) {
    if (!has_data_domain(outer, domain)) return "data domain " + domain;
  }
  for (const auto& rule : inner.targets) {
    const bool covered = std::any_of(outer.targets.begin(), outer.targets.end(),
                                     [&](const TargetRule& other) { return covers(other, rule); });
    if (!covered) return "target " + std::string(name_of(rule.kind)) + " " + rule.pattern;
  }
  return std::nullopt;
}

text::Json to_json(const Target& target) {
  return text::Json::object({{"kind", name_of(target.kind)}, {"value", target.value}});
}

text::Json to_json(const Scope& scope) {
  text::JsonArray targets;
  for (const auto& rule : scope.targets) {
    targets.push_back(text::Json::object({{"kind", name_of(rule.kind)}, {"within", rule.pattern}}));
  }
  return text::Json::object({{"tools", to_json(scope.tools)},
                             {"targets", text::Json(std::move(targets))},
                             {"data_domains", to_json(scope.data_domains)},
                             {"outcomes", to_json(scope.outcomes)}});
}

Result<Scope> scope_from_json(const text::Json& json, const std::string& path) {
  Fields fields(json, path);
  Scope scope;
  scope.tools = fields.texts("tools");
  std::size_t i = 0;
  for (const auto& item : fields.items("targets")) {
    scope.targets.push_back(
        fields.nested(rule_from_json(item, path + ".targets[" + std::to_string(i++) + "]")));
  }
  scope.data_domains = fields.texts("data_domains");
  scope.outcomes = fields.texts("outcomes");
  AMBIT_CHECK_OK(fields.finish());
  return scope;
}

Result<Target> target_from_json(const text::Json& json, const std::string& path) {
  Fields fields(json, path);
  Target target;
  target.kind = fields.name<TargetKind>("kind");
  target.value = fields.text("value");
  AMBIT_CHECK_OK(fields.finish());
  return target;
}

}  // namespace ambit::domain
