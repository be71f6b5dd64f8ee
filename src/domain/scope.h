// What authority is bounded by: tools, targets, data domains and outcomes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/vocabulary.h"
#include "text/json.h"

namespace ambit::domain {

// One thing an action would touch, resolved: for a path, absolute with `..` and links followed.
struct Target {
  TargetKind kind = TargetKind::kResource;
  std::string value;

  friend auto operator<=>(const Target&, const Target&) = default;
};

// Which targets are inside. A path rule covers the path and all below it; a host rule covers the
// host, and with a leading `*.` its subdomains; every other kind is compared whole, or up to a
// trailing `*`.
struct TargetRule {
  TargetKind kind = TargetKind::kResource;
  std::string pattern;

  friend bool operator==(const TargetRule&, const TargetRule&) = default;
};

bool covers(const TargetRule& rule, const Target& target);
// True when every target that `inner` covers is covered by `outer`.
bool covers(const TargetRule& outer, const TargetRule& inner);

// The bounds of a task, or of what a human may hand on. Empty lists allow nothing.
struct Scope {
  std::vector<std::string> tools;  // `server/tool`
  std::vector<TargetRule> targets;
  std::vector<std::string> data_domains;
  std::vector<std::string> outcomes;  // such as `read`, `create`, `overwrite`, `move`

  friend bool operator==(const Scope&, const Scope&) = default;
};

bool has_tool(const Scope& scope, std::string_view tool);
bool has_outcome(const Scope& scope, std::string_view outcome);
bool has_data_domain(const Scope& scope, std::string_view domain);
bool covers_target(const Scope& scope, const Target& target);

// Names what `inner` has that `outer` lacks (`tool files/move_file`); nothing when it is within.
std::optional<std::string> widening(const Scope& outer, const Scope& inner);

text::Json to_json(const Target& target);
text::Json to_json(const Scope& scope);
Result<Scope> scope_from_json(const text::Json& json, const std::string& path);
Result<Target> target_from_json(const text::Json& json, const std::string& path);

}  // namespace ambit::domain
