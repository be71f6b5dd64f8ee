#include "decision/policy_schema.h"

#include <algorithm>
#include <set>

#include "cedar_schema/schema_text.h"
#include "decision/internal/policy_names.h"
#include "tool_schema/argument_types.h"

namespace ambit::decision {
namespace {

using cedar::TypeExpression;

// What is the same whatever tools there are. `Context` is what every action's context has besides
// its `input`. INVARIANT: policy_request.cpp makes exactly this.
constexpr std::string_view kStub = R"cedar(namespace Ambit {
  type Context = {
    approval?: { at: datetime, classes: Set<String>, granted_by: Set<User> },
    data_domain: String,
    intent?: String,
    justification?: String,
    key_bound: Bool,
    on_behalf_of?: User,
    outcome: String,
    present?: Bool,
    session: Session,
    system: { now: datetime },
    targets: Targets,
    task: Task,
    tier: String
  };
  type Session = {
    calls: Long, denied: Long, held: Long, labels: Set<String>, systems: Set<String>
  };
  type Targets = {
    account: Set<Account>, host: Set<Host>, path: Set<Path>, recipient: Set<Recipient>,
    resource: Set<Resource>, url: Set<Url>
  };
  type Task = {
    depth: Long, goal: String, id: String, outcomes: Set<String>, started_by: User, trigger: String
  };
  entity Agent = {
    acts_without_gate: Bool, business_owner: User, chooses_tools: Bool, control_owner: User,
    data_domains: Set<String>, decides: Set<String>, purpose: String, sequences_actions: Bool
  };
  entity Server = { system: String, transport: String };
  entity Account, Host, Recipient, Resource, Url in [Server];
  entity Path in [Path, Server];
  entity User;
  entity Null, Number, Unknown;
  action call_tool;
  action browse, query, read, write, delete, execute, move_data, spend, change_infra,
         change_settings, change_access, use_secret, send, delegate;
})cedar";

cedar::TypeReference reference(std::string name) { return {std::move(name), {}}; }

// What a call of the tool may be asked for: each kind of target that it binds, and the server where
// a call may have none.
std::vector<cedar::TypeReference> resources_of(const domain::Tool& tool) {
  std::set<std::string_view> types;
  bool always = false;  // has a target
  const text::Json* schema = domain::input_schema(tool);
  const text::Json* required = schema ? schema->find("required") : nullptr;
  for (const domain::TargetBinding& target : tool.binding->targets) {
    types.insert(type_of(target.kind));
    if (!required || !required->is_array()) continue;
    always = always ||
             std::any_of(required->as_array().begin(), required->as_array().end(),
                         [&](const text::Json& name) {
                           return name.is_string() && "/" + name.as_string() == target.argument;
                         });
  }
  if (!always) types.insert("Ambit::Server");
  std::vector<cedar::TypeReference> out;
  for (const std::string_view type : types) out.push_back(reference(std::string(type)));
  return out;
}

cedar::ActionDeclaration action_of(const domain::Tool& tool, const TypeExpression& context,
                                   cedar::SchemaFragment& fragment) {
  cedar::ActionDeclaration out;
  out.name = action_id(tool);
  std::set<std::string> parents{"call_tool", server_group(tool.server),
                                std::string(domain::name_of(tool.binding->effect.action_class))};
  // A probe decides which of the two classes a call is of.
  if (tool.binding->probe) {
    parents.insert(std::string(domain::name_of(tool.binding->probe->present.action_class)));
  }
  out.parents.emplace();
  for (const std::string& parent : parents) out.parents->push_back({std::nullopt, parent, {}});
  cedar::AppliesTo applies_to;
  applies_to.principals.push_back(reference("Agent"));
  applies_to.resources = resources_of(tool);
  applies_to.context = context;
  cedar::AttributeDeclaration input;
  input.name = "input";
  input.type = tool_schema::ArgumentTypes::compile(domain::input_schema(tool), kNamespace, out.name)
                   .declare(fragment);
  auto& attributes = applies_to.context->attributes;
  attributes.insert(std::find_if(attributes.begin(), attributes.end(),
                                 [](const auto& attribute) {
                                   return attribute.name > std::string_view("input");
                                 }),
                    std::move(input));
  out.applies_to = std::move(applies_to);
  return out;
}

// Takes the common type `Context` out of the stub.
TypeExpression take_context(cedar::NamespaceDeclaration& ambit) {
  auto& types = ambit.common_types;
  const auto at = std::find_if(types.begin(), types.end(),
                               [](const auto& type) { return type.name == "Context"; });
  TypeExpression out = std::move(at->type);
  types.erase(at);
  return out;
}

}  // namespace

cedar::SchemaFragment policy_schema(const std::vector<std::shared_ptr<const domain::Tool>>& tools) {
  static const cedar::SchemaFragment kParsed = *cedar::parse_schema_fragment(kStub);
  cedar::SchemaFragment fragment = kParsed;
  const TypeExpression context = take_context(fragment.namespaces.front());
  std::vector<cedar::ActionDeclaration> actions;
  std::set<std::string> groups;
  for (const auto& tool : tools) {
    if (!tool->binding) continue;
    actions.push_back(action_of(*tool, context, fragment));
    groups.insert(server_group(tool->server));
  }
  for (const std::string& group : groups) {
    cedar::ActionDeclaration declared;
    declared.name = group;
    actions.push_back(std::move(declared));
  }
  // `Ambit` sorts before every `Ambit::...`.
  auto& all = fragment.namespaces.front().actions;
  all.insert(all.end(), std::make_move_iterator(actions.begin()),
             std::make_move_iterator(actions.end()));
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return fragment;
}

Result<cedar::Schema> resolved_policy_schema(
    const std::vector<std::shared_ptr<const domain::Tool>>& tools) {
  return cedar::Schema::resolve({policy_schema(tools)});
}

}  // namespace ambit::decision
