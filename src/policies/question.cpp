#include <algorithm>

#include "domain/fields.h"
#include "policies/case.h"

namespace ambit::policies {
namespace {

using domain::Fields;
using text::Json;

constexpr Time kAnyTime{1'767'262'200'000};  // 2026-01-01T10:10:00Z, a Thursday
constexpr const char* kOwner = "owner";

domain::Identity human(std::string id) {
  domain::Identity out;
  out.id = std::move(id);
  out.identity_class = domain::IdentityClass::kHuman;
  out.state = domain::IdentityState::kActive;
  return out;
}

// `"id"`, or an object of what policies can read of an agent.
Result<domain::Identity> agent_from(const Json* json, const std::string& path) {
  domain::Identity out;
  out.id = "agent";
  out.state = domain::IdentityState::kActive;
  domain::AgentProfile profile;
  profile.purpose = "test";
  profile.autonomy = {true, true, true};
  profile.owners = {kOwner, kOwner, kOwner, kOwner};
  profile.policy = "default";
  if (json && json->is_string()) {
    out.id = json->as_string();
  } else if (json) {
    Fields fields(*json, path);
    out.id = fields.text_or("id", out.id);
    profile.purpose = fields.text_or("purpose", profile.purpose);
    profile.data_domains = fields.texts("data_domains");
    profile.decides = fields.texts("decides");
    profile.owners.business = fields.text_or("business_owner", kOwner);
    profile.owners.control = fields.text_or("control_owner", kOwner);
    profile.autonomy = {fields.flag_or("chooses_tools", true),
                        fields.flag_or("sequences_actions", true),
                        fields.flag_or("acts_without_gate", true)};
    AMBIT_CHECK_OK(fields.finish());
  }
  AMBIT_CHECK_OK(domain::check_name(out.id, "agent"));
  out.agent = std::move(profile);
  return out;
}

Result<domain::Task> task_from(const Json* json, const std::string& path) {
  domain::Task out;
  out.id = out.root = "tsk_test";
  out.goal = "test";
  out.trigger = {"human", "test"};
  out.started_by = kOwner;
  out.budget_calls = 1'000'000;
  if (json) {
    Fields fields(*json, path);
    out.id = out.root = fields.text_or("id", out.id);
    out.goal = fields.text_or("goal", out.goal);
    out.trigger.kind = fields.text_or("trigger", out.trigger.kind);
    out.started_by = fields.text_or("started_by", out.started_by);
    out.on_behalf_of = fields.text_or("on_behalf_of", "");
    out.depth = fields.integer_or("depth", 0);
    out.scope.tools = fields.texts("tools");
    out.scope.outcomes = fields.texts("outcomes");
    AMBIT_CHECK_OK(fields.finish());
  }
  return out;
}

Result<domain::SessionState> session_from(const Json* json, const std::string& path) {
  domain::SessionState out;
  if (!json) return out;
  Fields fields(*json, path);
  out.released = fields.integer_or("calls", 0);
  out.denied = fields.integer_or("denied", 0);
  out.held = fields.integer_or("held", 0);
  for (auto& label : fields.texts("labels")) out.labels.insert(std::move(label));
  for (auto& system : fields.texts("systems")) out.systems.insert(std::move(system));
  AMBIT_CHECK_OK(fields.finish());
  return out;
}

Result<std::vector<domain::Target>> targets_from(Fields& fields, const std::string& path) {
  std::vector<domain::Target> out;
  for (const Json& item : fields.items("targets")) {
    AMBIT_TRY(auto target, domain::target_from_json(item, path));
    out.push_back(std::move(target));
  }
  return out;
}

Result<std::optional<domain::Approval>> approval_from(Fields& fields, const std::string& path,
                                                      Time now) {
  domain::Approval out;
  out.id = "apr_test";
  out.state = domain::ApprovalState::kGranted;
  for (const Json& item : fields.items("approval")) {
    Fields grant(item, path);
    domain::Grant given{grant.text("by"), grant.texts("classes"), now};
    AMBIT_CHECK_OK(grant.finish());
    given.classes.push_back(given.by);
    out.grants.push_back(std::move(given));
  }
  if (out.grants.empty()) return std::optional<domain::Approval>();
  return std::optional<domain::Approval>(std::move(out));
}

// Splits `server/tool`.
Result<std::pair<std::string, std::string>> tool_name(const std::string& full) {
  const std::size_t slash = full.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == full.size()) {
    return fail(Code::kInvalid, "policy.test",
                "`tool` is `" + full.substr(0, 80) + "`, not of the form `server/tool`");
  }
  return std::pair{full.substr(0, slash), full.substr(slash + 1)};
}

// What a schema that fits the value would say; for cases that do not name the tool's own.
Json schema_of(const Json& value) {
  const auto typed = [](const char* type) { return Json::object({{"type", type}}); };
  switch (value.kind()) {
    case Json::Kind::kNull: return typed("null");
    case Json::Kind::kBool: return typed("boolean");
    case Json::Kind::kInt: return typed("integer");
    case Json::Kind::kDouble: return typed("number");
    case Json::Kind::kString: return typed("string");
    case Json::Kind::kArray: {
      Json out = typed("array");
      if (!value.as_array().empty()) out.set("items", schema_of(value.as_array().front()));
      return out;
    }
    case Json::Kind::kObject: break;
  }
  Json properties = Json::object();
  for (const auto& [name, member] : value.as_object()) properties.set(name, schema_of(member));
  Json out = typed("object");
  out.set("properties", std::move(properties));
  out.set("additionalProperties", false);
  return out;
}

// A tool that is approved and bound to just what the case says.
domain::Tool tool_of(const domain::Action& action, const Json* schema, std::string data_domain) {
  domain::Tool out;
  out.server = action.server;
  out.name = action.tool;
  out.state = domain::ToolState::kApproved;
  out.digest = "sha256:test";
  out.entry = Json::object({{"name", out.name}});
  out.entry.set("inputSchema", schema ? *schema : schema_of(action.arguments));
  domain::Binding binding;
  binding.effect = action.effect;
  binding.tier = action.tier;
  binding.data_domain = std::move(data_domain);
  binding.no_targets = action.targets.empty();
  out.binding = std::move(binding);
  return out;
}

// Makes what stands around the call cover it exactly.
void cover(Question& question, domain::Identity agent, domain::Task task,
           const std::string& data_domain) {
  const domain::Action& action = question.action;
  const auto with = [](std::vector<std::string>& list, const std::string& item) {
    if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
  };
  with(agent.agent->tools, action.full_tool());
  with(agent.agent->data_domains, data_domain);
  with(agent.agent->outcomes, action.effect.outcome);
  agent.agent->retires_at = question.rest.now + minutes(60);
  domain::seal(agent);
  task.agent = agent.id;
  task.deadline = question.rest.now + minutes(60);
  with(task.scope.tools, action.full_tool());
  with(task.scope.data_domains, data_domain);
  with(task.scope.outcomes, action.effect.outcome);
  for (const auto& target : action.targets) {
    task.scope.targets.push_back({target.kind, target.value});
  }
  domain::seal(task);
  if (!task.on_behalf_of.empty()) {
    question.rest.on_behalf_of = std::make_shared<const domain::Identity>(human(task.on_behalf_of));
  }
  question.rest.accountable = {
      std::make_shared<const domain::Identity>(human(agent.agent->owners.business))};
  question.rest.instance = std::make_shared<const domain::Instance>(
      domain::Instance{"ins_test", agent.id, task.id, "ses_test", "key", question.rest.now});
  question.action.agent = agent.id;
  question.action.task = task.id;
  question.rest.agent = std::make_shared<const domain::Identity>(std::move(agent));
  question.rest.chain = {std::make_shared<const domain::Task>(std::move(task))};
}

domain::Action action_from(Fields& fields) {
  domain::Action out;
  out.id = "dec_test";
  out.instance = "ins_test";
  out.session = "ses_test";
  out.channel = "test";
  out.loopback = true;
  out.key_bound = fields.flag_or("key_bound", true);
  out.effect.action_class = fields.name<domain::ActionClass>("class");
  out.effect.outcome =
      fields.text_or("outcome", std::string(domain::name_of(out.effect.action_class)));
  out.tier = std::max(fields.name_or<domain::Tier>("tier", domain::Tier::kLow),
                      domain::default_tier(out.effect.action_class));
  out.intent = fields.text_or("intent", "");
  out.justification = fields.text_or("justification", "");
  if (const auto present = fields.optional_flag("present")) {
    out.probe.emplace().present = *present;
  }
  const Json* arguments = fields.value("arguments");
  out.arguments = arguments && arguments->is_object() ? *arguments : Json::object();
  if (arguments && !arguments->is_object()) fields.problem("arguments", "must be an object");
  out.canonical_arguments = text::to_canonical_json(out.arguments);
  return out;
}

Result<Question> read(const Json& request, const std::string& path) {
  Fields fields(request, path);
  Question out;
  out.rest.now = fields.optional_time("now").value_or(kAnyTime);
  out.action = action_from(fields);
  const std::string full_tool = fields.text("tool");
  const std::string data_domain = fields.text_or("data_domain", "general");
  domain::Server server;
  server.system = fields.text_or("system", "test");
  server.transport = fields.text_or("transport", "stdio");
  const Json* schema = fields.value("schema");
  AMBIT_TRY(out.action.targets, targets_from(fields, fields.path_of("targets")));
  AMBIT_TRY(out.approval, approval_from(fields, fields.path_of("approval"), out.rest.now));
  AMBIT_TRY(auto agent, agent_from(fields.value("agent"), fields.path_of("agent")));
  AMBIT_TRY(auto task, task_from(fields.value("task"), fields.path_of("task")));
  AMBIT_TRY(out.session, session_from(fields.value("session"), fields.path_of("session")));
  AMBIT_CHECK_OK(fields.finish());
  AMBIT_TRY(const auto name, tool_name(full_tool));
  out.action.server = server.id = name.first;
  out.action.tool = name.second;
  out.rest.server = std::make_shared<const domain::Server>(std::move(server));
  out.rest.tool = std::make_shared<const domain::Tool>(tool_of(out.action, schema, data_domain));
  cover(out, std::move(agent), std::move(task), data_domain);
  return out;
}

}  // namespace

Result<Question> question_from_json(const Json& request, const std::string& path) {
  auto out = read(request, path);
  if (!out) return fail(Code::kInvalid, "policy.test", out.error().message);
  return out;
}

decision::Snapshot Question::snapshot(std::shared_ptr<const decision::PolicyState> policies) const {
  decision::Snapshot out = rest;
  out.policies = std::move(policies);
  out.session = &session;
  out.approval = approval ? &*approval : nullptr;
  return out;
}

}  // namespace ambit::policies
