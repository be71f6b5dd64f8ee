#include "service/internal/hypothetical.h"

#include <algorithm>

#include "decision/decide.h"
#include "service/internal/assemble.h"

namespace ambit::service {
namespace {

// Rules of one task that are tried in the place of its targets, each with and without a probe's
// find.
constexpr std::size_t kMaxRules = kMaxDecisionsEach / 2;

Attempt attempt_of(const Caller& caller, const SearchQuery& query, const Candidate& candidate) {
  Attempt attempt;
  attempt.caller = caller;
  attempt.agent = candidate.agent;
  attempt.task = candidate.task;
  attempt.instance = candidate.instance;
  attempt.channel = "authzen";
  const std::size_t slash = candidate.tool.find('/');
  attempt.server = candidate.tool.substr(0, slash);
  attempt.tool = slash == std::string::npos ? std::string() : candidate.tool.substr(slash + 1);
  attempt.intent = query.intent;
  attempt.justification = query.justification;
  return attempt;
}

// Puts `value` where the pointer leads, making what is not there; `*` becomes one element.
void put_at(text::Json& json, std::string_view pointer, const std::string& value) {
  if (pointer.empty()) {
    json = value;
    return;
  }
  pointer.remove_prefix(1);
  const std::size_t end = std::min(pointer.find('/'), pointer.size());
  const std::string_view name = pointer.substr(0, end);
  const std::string_view rest = pointer.substr(end);
  if (name == "*") {
    if (!json.is_array()) json = text::Json::array({text::Json()});
    return put_at(json.as_array().front(), rest, value);
  }
  std::string key;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool escaped = name[i] == '~' && i + 1 < name.size();
    key += !escaped ? name[i] : name[++i] == '1' ? '/' : '~';
  }
  if (!json.is_object()) json = text::Json::object();
  if (json.find(key) == nullptr) json.set(key, text::Json());
  put_at(*json.find(key), rest, value);
}

// Asks for hypothetical decisions and counts them.
struct Asking {
  Context& context;
  bool held_too;
  std::size_t& decisions;
};

bool is_allowed(const Asking& asking, const domain::Action& action) {
  Context& context = asking.context;
  ++asking.decisions;
  auto snapshot = snapshot_to_decide(context, action);
  if (decision::recheck(snapshot, action)) return false;
  // Taken and given back at once: what the counters would say, without a call being counted.
  const Reserved reserved = reserve(context, action);
  if (reserved.taken) unreserve(context, action, true);
  snapshot.reservation = reserved.reservation;
  const domain::Verdict verdict = decision::decide(snapshot, action).verdict;
  return verdict == domain::Verdict::kAllow ||
         (asking.held_too && verdict == domain::Verdict::kHold);
}

// What a probe would find is not known here: it must be permitted either way.
bool is_allowed_either_way(const Asking& asking, const domain::Tool& tool, domain::Action action) {
  if (!tool.binding || !tool.binding->probe) return is_allowed(asking, action);
  action.probe.emplace().present = false;
  if (!is_allowed(asking, action)) return false;
  action.probe->present = true;
  action.effect = tool.binding->probe->present;
  action.tier = domain::tier_of(tool, action.effect);
  return is_allowed(asking, action);
}

bool bears(const domain::Binding& binding, domain::TargetKind kind) {
  return std::any_of(binding.targets.begin(), binding.targets.end(),
                     [&](const domain::TargetBinding& bound) { return bound.kind == kind; });
}

// A call on the targets that the rules name, one rule for each kind; nothing when a path among them
// cannot be resolved. What else the schema wants is left open.
std::optional<domain::Action> call_on(const Context& context, Attempt attempt,
                                      const domain::Binding& binding,
                                      const std::vector<const domain::TargetRule*>& rules) {
  attempt.arguments = text::Json::object();
  std::vector<domain::Target> targets;
  const auto server = context.world.server(attempt.server);
  for (const auto& bound : binding.targets) {
    const auto rule = std::find_if(rules.begin(), rules.end(),
                                   [&](const auto* one) { return one->kind == bound.kind; });
    if (rule == rules.end() || !server) return std::nullopt;
    put_at(attempt.arguments, bound.argument, (*rule)->pattern);
    domain::Target target{bound.kind, (*rule)->pattern};
    if (bound.kind == domain::TargetKind::kPath) {
      auto real = context.ports.paths->resolve(target.value, server->working_directory);
      if (!real) return std::nullopt;
      target.value = *std::move(real);
    }
    if (std::find(targets.begin(), targets.end(), target) == targets.end()) {
      targets.push_back(std::move(target));
    }
  }
  auto action = assemble_action(context, attempt);
  if (action.problem_code == "arguments.invalid") {
    action.problem_code.clear();
    action.problem.clear();
    action.targets = std::move(targets);
  }
  return action;
}

// The rules on which some call may be permitted: all of them, or the first when one suffices. Tries
// every rule with the first of each other kind.
std::vector<domain::TargetRule> permitted_rules(const Asking& asking, const Attempt& attempt,
                                                const domain::Tool& tool,
                                                const domain::Scope& scope, bool one_suffices) {
  std::vector<domain::TargetRule> out;
  std::vector<const domain::TargetRule*> rules;
  for (const auto& rule : scope.targets) {
    if (bears(*tool.binding, rule.kind) && rules.size() < kMaxRules) rules.push_back(&rule);
  }
  for (const auto* rule : rules) {
    std::vector<const domain::TargetRule*> tried{rule};
    tried.insert(tried.end(), rules.begin(), rules.end());
    auto action = call_on(asking.context, attempt, *tool.binding, tried);
    if (!action || !is_allowed_either_way(asking, tool, *std::move(action))) continue;
    out.push_back(*rule);
    if (one_suffices) break;
  }
  return out;
}

}  // namespace

std::optional<Way> find_way(Context& context, const Caller& caller, const SearchQuery& query,
                            const Candidate& candidate, std::size_t& decisions) {
  const ToolEntry* entry = context.world.tool(candidate.tool);
  const TaskEntry* task = context.world.task(candidate.task);
  if (!entry || !task || !entry->tool->binding) return std::nullopt;
  const auto tool = entry->tool;
  const Asking asking{context, query.capabilities, decisions};
  Attempt attempt = attempt_of(caller, query, candidate);
  Way way{candidate.task, candidate.instance, {}};
  if (!query.arguments && !tool->binding->targets.empty()) {
    way.targets = permitted_rules(asking, attempt, *tool, task->task->scope, query.capabilities);
    if (way.targets.empty()) return std::nullopt;
    return way;
  }
  std::optional<domain::Action> action;
  if (query.arguments) {
    attempt.arguments = *query.arguments;
    action = assemble_action(context, attempt);
  } else {
    action = call_on(context, std::move(attempt), *tool->binding, {});
  }
  if (!is_allowed_either_way(asking, *tool, *std::move(action))) return std::nullopt;
  return way;
}

decision::ToolProspect tool_prospect(const Context& context, const std::string& task,
                                     const std::string& tool, decision::Moment moment) {
  const TaskEntry* entry = context.world.task(task);
  if (!entry) return {};
  domain::Action action;
  action.agent = entry->task->agent;
  action.task = task;
  const std::size_t slash = tool.find('/');
  action.server = tool.substr(0, slash);
  action.tool = slash == std::string::npos ? std::string() : tool.substr(slash + 1);
  return decision::prospect_of(snapshot_to_decide(context, action), moment);
}

}  // namespace ambit::service
