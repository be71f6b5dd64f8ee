#include "service/internal/assemble.h"

#include <algorithm>

#include "crypto/random.h"
#include "service/internal/recall.h"
#include "text/utf8.h"

namespace ambit::service {
namespace {

// Only so much of a call's own words is carried into policies and evidence.
constexpr std::size_t kMaxWords = 1024;
constexpr std::size_t kMaxTargets = 64;

void problem(domain::Action& action, std::string code, std::string message) {
  if (!action.problem_code.empty()) return;
  action.problem_code = std::move(code);
  action.problem = std::move(message);
}

Result<domain::Target> resolve_target(const Context& context, const domain::Server& server,
                                      domain::TargetKind kind, const std::string& value) {
  if (kind == domain::TargetKind::kPath) {
    AMBIT_TRY(std::string real, context.ports.paths->resolve(value, server.working_directory));
    return domain::Target{kind, std::move(real)};
  }
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
  });
  if (value.empty() || value.size() > 4096 || !plain) {
    return fail(Code::kInvalid, "target.ambiguous",
                "a " + std::string(domain::name_of(kind)) +
                    " target must be 1 to 4096 characters without white space");
  }
  return domain::Target{kind, value};
}

void bind_targets(const Context& context, const domain::Server& server,
                  const domain::Binding& binding, domain::Action& action) {
  for (const auto& bound : binding.targets) {
    for (const text::Json* value : text::resolve_pointer(action.arguments, bound.argument)) {
      if (!value->is_string() || action.targets.size() >= kMaxTargets) {
        return problem(action, "target.unbound",
                       "argument `" + bound.argument + "` must be text that names a target, and " +
                           "there may be at most " + std::to_string(kMaxTargets));
      }
      auto target = resolve_target(context, server, bound.kind, value->as_string());
      if (!target) return problem(action, target.error().reason, target.error().message);
      if (std::find(action.targets.begin(), action.targets.end(), *target) ==
          action.targets.end()) {
        action.targets.push_back(*std::move(target));
      }
    }
  }
}

void check_arguments(const ToolEntry& entry, domain::Action& action) {
  if (!action.arguments.is_object()) {
    return problem(action, "arguments.type", "the arguments must be an object");
  }
  if (!entry.schema) {
    return problem(action, "tool.schema",
                   "the schema of tool `" + action.full_tool() +
                       "` cannot be enforced: " + entry.schema_problem);
  }
  if (auto valid = entry.schema->validate(action.arguments); !valid) {
    problem(action, "arguments.invalid", valid.error().message);
  }
}

}  // namespace

domain::Action assemble_action(const Context& context, Attempt attempt) {
  Caller& caller = attempt.caller;
  const bool own = caller.kind == CallerKind::kTask;
  domain::Action action;
  action.id = crypto::random_id("dec_", context.now());
  action.agent = std::move(own ? caller.identity : attempt.agent);
  action.task = std::move(own ? caller.task : attempt.task);
  action.instance = std::move(own ? caller.instance : attempt.instance);
  action.credential = std::move(caller.credential);
  // An enforcement point has authenticated the agent itself and vouches for it.
  action.key_bound = own ? caller.key_bound : true;
  action.loopback = caller.loopback;
  action.channel = std::move(attempt.channel);
  if (!own) action.requested_by = std::move(caller.identity);
  action.server = std::move(attempt.server);
  action.tool = std::move(attempt.tool);
  action.arguments = std::move(attempt.arguments);
  if (action.arguments.is_null()) action.arguments = text::Json::object();
  action.canonical_arguments = text::to_canonical_json(action.arguments);
  action.intent = std::string(text::truncate_utf8(attempt.intent, kMaxWords));
  action.justification = std::string(text::truncate_utf8(attempt.justification, kMaxWords));
  const TaskEntry* task = context.world.task(action.task);
  if (!own && action.instance.empty() && task && task->instances.size() == 1) {
    action.instance = task->instances.front()->id;
  }
  if (const auto instance = context.world.instances.find(action.instance);
      instance != context.world.instances.end()) {
    action.session = instance->second->session;
  }
  const ToolEntry* entry = context.world.tool(action.full_tool());
  const auto server = context.world.server(action.server);
  if (!entry || !server || !entry->tool->binding) return action;
  action.effect = entry->tool->binding->effect;
  action.tier = domain::tier_of(*entry->tool, action.effect);
  check_arguments(*entry, action);
  if (action.problem_code.empty()) bind_targets(context, *server, *entry->tool->binding, action);
  return action;
}

text::Json fill_template(const text::Json& pattern, const text::Json& arguments) {
  if (pattern.is_string() && pattern.as_string().starts_with("$/")) {
    const auto found = text::resolve_pointer(arguments, pattern.as_string().substr(1));
    return found.size() == 1 ? *found.front() : text::Json(nullptr);
  }
  if (pattern.is_array()) {
    text::JsonArray out;
    for (const auto& item : pattern.as_array()) out.push_back(fill_template(item, arguments));
    return text::Json(std::move(out));
  }
  if (pattern.is_object()) {
    text::JsonObject out;
    for (const auto& [key, value] : pattern.as_object()) {
      out.emplace_back(key, fill_template(value, arguments));
    }
    return text::Json(std::move(out));
  }
  return pattern;
}

namespace {

constexpr std::size_t kMaxKnown = 4096;

// Null when something is missing that decide() will refuse for.
std::shared_ptr<const decision::KnownEntities> find_known(const World& world,
                                                          const decision::Snapshot& snapshot,
                                                          const domain::Action& action) {
  if (!snapshot.agent || !snapshot.agent->agent || !snapshot.server || !snapshot.tool) {
    return nullptr;
  }
  std::string key;
  key.reserve(3 * sizeof(crypto::Digest) + 1);
  key.append(snapshot.agent->digest.view())
      .append(snapshot.server->digest.view())
      .append(snapshot.tool->record_digest.view())
      .append(1, static_cast<char>(action.effect.action_class));
  if (const auto found = world.known.find(key); found != world.known.end()) return found->second;
  if (!domain::missing_for_activation(*snapshot.agent).empty()) return nullptr;
  auto made = decision::known_entities(*snapshot.agent, *snapshot.server, *snapshot.tool,
                                       action.effect.action_class);
  if (!made) return nullptr;
  if (world.known.size() >= kMaxKnown) world.known.clear();
  return world.known[std::move(key)] = *std::move(made);
}

}  // namespace

decision::Snapshot take_snapshot(const Context& context, const domain::Action& action) {
  const World& world = context.world;
  decision::Snapshot snapshot;
  snapshot.now = context.now();
  snapshot.epoch = world.epoch;
  snapshot.node_isolated = context.settings.isolated;
  snapshot.agent = world.identity(action.agent);
  if (snapshot.agent && snapshot.agent->agent) {
    const domain::Owners& owners = snapshot.agent->agent->owners;
    snapshot.accountable.reserve(4);
    for (const auto* owner :
         {&owners.business, &owners.control, &owners.scope_approver, &owners.lifecycle}) {
      snapshot.accountable.push_back(world.identity(*owner));
    }
  }
  if (!action.task.empty()) snapshot.chain = world.chain(action.task);
  if (!snapshot.chain.empty() && !snapshot.chain.front()) {
    // One that ended long ago is refused as ended.
    const auto task = recall_task(context, action.task);
    const bool ended = task && *task && (*task)->state == domain::TaskState::kEnded;
    if (ended) snapshot.chain.front() = *task;
  }
  if (const TaskEntry* task = world.task(action.task)) {
    if (!task->task->on_behalf_of.empty()) {
      snapshot.on_behalf_of = world.identity(task->task->on_behalf_of);
    }
    snapshot.session = &task->session;
  }
  if (const auto it = world.instances.find(action.instance); it != world.instances.end()) {
    snapshot.instance = it->second;
  }
  snapshot.server = world.server(action.server);
  if (const ToolEntry* entry = world.tool(action.full_tool())) snapshot.tool = entry->tool;
  snapshot.policies = world.policies;
  return snapshot;
}

decision::Snapshot snapshot_to_decide(const Context& context, const domain::Action& action) {
  decision::Snapshot snapshot = take_snapshot(context, action);
  snapshot.known = find_known(context.world, snapshot, action);
  return snapshot;
}

Reserved reserve(Context& context, const domain::Action& action) {
  World& world = context.world;
  const auto agent = world.identity(action.agent);
  const TaskEntry* own = world.task(action.task);
  // Liveness refuses these, and they must not touch the counters of others.
  if (!agent || !agent->agent || !own || own->task->agent != action.agent) return {};
  const Settings& settings = context.settings;
  const domain::Limits& limits = agent->agent->limits;
  const auto or_default = [](std::int64_t value, std::int64_t otherwise) {
    return value > 0 ? value : otherwise;
  };
  const std::int64_t per_minute =
      or_default(limits.calls_per_minute, settings.default_calls_per_minute);
  if (!world.call_buckets[action.agent].take(context.now(), per_minute,
                                             or_default(limits.burst, settings.default_burst))) {
    return {{false, "limit.rate", per_minute, per_minute}, false};
  }
  decision::Reservation refused;
  world.each_in_line(action.task, [&](const TaskEntry& entry) {
    const std::int64_t budget = entry.task->budget_calls;
    const std::int64_t used = entry.session.released + entry.session.in_flight;
    // The root's, which comes last, is the wider one.
    if (used >= budget) refused = {false, "limit.budget", budget, used};
  });
  if (!refused.granted) {
    world.call_buckets[action.agent].give_back();
    return {std::move(refused), false};
  }
  world.each_in_line(action.task, [](TaskEntry& entry) { ++entry.session.in_flight; });
  return {{}, true};
}

void unreserve(Context& context, const domain::Action& action, bool give_back_rate) {
  World& world = context.world;
  if (give_back_rate) {
    if (const auto it = world.call_buckets.find(action.agent); it != world.call_buckets.end()) {
      it->second.give_back();
    }
  }
  world.each_in_line(action.task, [](TaskEntry& entry) {
    if (entry.session.in_flight > 0) --entry.session.in_flight;
  });
}

}  // namespace ambit::service
