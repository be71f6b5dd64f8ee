// For property tests: cases with policies, sessions, requests and approvals made by chance.
#pragma once

#include <rapidcheck.h>
#include <string>
#include <vector>

#include "decision/decide_fixture.h"

namespace ambit::decision {

template <class T>
T one_of(std::initializer_list<T> choices) {
  return *rc::gen::elementOf(std::vector<T>(choices));
}

inline bool coin() { return *rc::gen::arbitrary<bool>(); }

// Everything that a context has, some that it may lack, some that it never has, and some that errs.
inline std::string atom() {
  return one_of<const char*>(
      {"context.tier == \"low\"",
       "context.outcome == \"read\"",
       "context.data_domain == \"reports\"",
       "context.session.calls < 2",
       "context.session.denied + context.session.held > 1",
       "context.session.labels.contains(\"secret\")",
       "context.session.systems == [\"disk\"]",
       "context.task.trigger == \"human\"",
       "context.task.started_by == Ambit::User::\"alice\"",
       "context.task.outcomes.containsAll([\"read\"])",
       "context.task.depth == 0",
       "context.key_bound",
       "context.system.now < datetime(\"2030-01-01\")",
       "context.intent like \"*report*\"",
       "context has justification",
       "context.justification == \"because\"",
       "context has on_behalf_of && context.on_behalf_of == Ambit::User::\"alice\"",
       "context has present && context.present",
       "context.targets.path.contains(Ambit::Path::\"/work/a\")",
       "Ambit::Path::\"/work/a\" in Ambit::Path::\"/work\"",
       "context.targets.path.containsAny([Ambit::Path::\"/work/b\", Ambit::Host::\"h\"])",
       "context.targets.host.isEmpty()",
       "context has approval",
       "context has approval && context.approval.classes.contains(\"approver\")",
       "context has approval && context.approval.granted_by.contains(Ambit::User::\"alice\")",
       "context has approval && context.approval.at <= context.system.now",
       "context.approval.classes.contains(\"security\")",
       "context.input has path && context.input.path like \"/work/*\"",
       "context.input.path == \"/work/a\"",
       "context.input.mode > 7",
       "context.input.ratio.lessThan(decimal(\"1.5\"))",
       "context.input.items.contains(2)",
       "context.input.items.contains({\"n\": 1})",
       "context.input.who.name == \"ada\"",
       "context.input has who.name",
       "context.input.env.hasTag(\"a\") && context.input.env.getTag(\"a\") > 1",
       "context.input.env has home && context.input.env.home like \"/*\"",
       "context.input.either.typeChoice1 == \"x\"",
       "context.input.day < datetime(\"2024-02-01\")",
       "context.input.nothing == Ambit::Null::\"null\"",
       "context.input == {\"path\": \"/work/a\"}",
       "context.no_such_thing",
       "context.session.calls like \"x\"",
       "principal.purpose == \"writes reports\"",
       "principal.data_domains.contains(\"reports\")",
       "principal.chooses_tools && principal has control_owner",
       "principal.control_owner == context.task.started_by",
       "principal.no_such_thing == 1",
       "resource has system && resource.system == \"disk\"",
       "resource.system == \"disk\"",
       "resource in Ambit::Path::\"/work\"",
       "resource in Ambit::Server::\"files\"",
       "[resource, principal].contains(resource)",
       "{\"c\": context}.c.tier == \"low\"",
       "context == context",
       "action in [Ambit::Action::\"read\", Ambit::Action::\"delete\"]"});
}

inline std::string expression(int depth) {
  const int kind = depth == 0 ? 0 : *rc::gen::inRange(0, 6);
  switch (kind) {
    case 1: return "(" + expression(depth - 1) + " && " + expression(depth - 1) + ")";
    case 2: return "(" + expression(depth - 1) + " || " + expression(depth - 1) + ")";
    case 3: return "!(" + expression(depth - 1) + ")";
    case 4:
      return "(if " + expression(depth - 1) + " then " + expression(depth - 1) + " else " +
             expression(depth - 1) + ")";
    default: return atom();
  }
}

inline std::string policy() {
  std::string out;
  if (coin()) {
    out += one_of<const char*>({"@approvers(\"approver\")", "@approvers(\"security\")",
                                "@approvers(\"alice\") @quorum(\"2\")", "@approvers(\"\")"});
  }
  if (*rc::gen::inRange(0, 6) == 0) out += "@mode(\"observe\")";
  if (coin()) out += one_of<const char*>({"@advice(\"ask\")", "@obligation(\"log\")"});
  out += one_of<const char*>({"permit(", "permit(", "forbid("});
  out += one_of<const char*>({"principal", "principal", "principal == Ambit::Agent::\"writer\"",
                              "principal is Ambit::Agent", "principal is Ambit::User"});
  out += one_of<const char*>({", action", ", action", ", action == Ambit::Action::\"files___read\"",
                              ", action in Ambit::Action::\"call_tool\"",
                              ", action in [Ambit::Action::\"read\", Ambit::Action::\"write\"]",
                              ", action == Ambit::Action::\"other___tool\""});
  out += one_of<const char*>(
      {", resource)", ", resource)", ", resource is Ambit::Path)",
       ", resource in Ambit::Server::\"files\")", ", resource in Ambit::Path::\"/work\")",
       ", resource == Ambit::Path::\"/work/a\")", ", resource is Ambit::Server)"});
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
    out += (coin() ? " when { " : " unless { ") + expression(2) + " }";
  }
  return out + ";\n";
}

inline text::Json arguments() {
  text::Json out = text::Json::object({{"path", "/work/a"}});
  if (coin()) out.set("mode", one_of<std::int64_t>({0, 8, INT64_MAX}));
  if (coin()) out.set("ratio", coin() ? text::Json(1) : text::Json(0.12345));
  if (coin()) {
    out.set("items", text::Json::array({1, 2, 2.5, nullptr, text::Json::object({{"n", 1}})}));
  }
  if (coin()) out.set("who", text::Json::object({{"name", "ada"}, {"age", 36}}));
  if (coin()) out.set("nothing", nullptr);
  if (coin()) out.set("either", coin() ? text::Json("x") : text::Json(7));
  if (coin()) out.set("day", coin() ? "2024-01-31" : "no day");
  if (coin()) out.set("undeclared", "x");
  if (coin()) out.set("env", text::Json::object({{"home", "/h"}, {"a", one_of<int>({1, 2})}}));
  return out;
}

// What differs from call to call of one tool.
inline void vary_call(Case& c) {
  c.action.arguments = arguments();
  c.action.canonical_arguments = text::to_canonical_json(c.action.arguments);
  c.action.intent = coin() ? "write the report" : "";
  c.action.justification = coin() ? "because" : "";
  c.action.key_bound = coin();
  if (!c.tool.binding->no_targets) {
    c.action.targets = {{domain::TargetKind::kPath, coin() ? "/work/a" : "/work/b/c"}};
    if (coin()) c.action.targets.push_back({domain::TargetKind::kPath, "/work/d"});
  }
  c.approval.reset();
  if (coin()) {
    domain::Approval approval;
    approval.id = "apr_1";
    approval.state = domain::ApprovalState::kGranted;
    approval.grants.push_back({"alice", {"alice", "approver"}, c.rest.now});
    if (coin()) approval.grants.push_back({"bob", {"bob", "security"}, c.rest.now + minutes(1)});
    c.approval = approval;
  }
}

// What a task has done, as it goes on.
inline void vary_session(Case& c) {
  c.session.released = *rc::gen::inRange(0, 4);
  c.session.denied = *rc::gen::inRange(0, 3);
  c.session.labels.clear();
  c.session.systems.clear();
  if (coin()) c.session.labels = {"secret", "internal"};
  if (coin()) c.session.systems = {"disk"};
}

inline Case any_case() {
  Case c;
  text::Json properties = text::parse_json(R"({"path": {"type": "string"},
      "mode": {"type": "integer"}, "ratio": {"type": "number"},
      "items": {"type": "array", "items": {"type": "integer"}},
      "who": {"type": "object", "properties": {"name": {"type": "string"},
              "age": {"type": "integer"}}},
      "nothing": {"type": "null"}, "day": {"type": "string", "format": "date"},
      "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]}})")
                              .value();
  if (coin()) {  // arguments that are entities are not looked at lazily
    properties.set("env", text::parse_json(R"({"type": "object", "properties":
        {"home": {"type": "string"}}, "additionalProperties": {"type": "integer"}})")
                              .value());
  }
  c.tool.entry = text::Json::object(
      {{"inputSchema", text::Json::object({{"properties", std::move(properties)}})}});
  c.policies.clear();
  for (int i = *rc::gen::inRange(0, 12); i > 0; --i) c.policies += policy();
  if (*rc::gen::inRange(0, 5) == 0) {
    c.action.targets.clear();
    c.tool.binding->targets.clear();
    c.tool.binding->no_targets = true;
  }
  if (coin()) c.action.probe.emplace().present = coin();
  if (*rc::gen::inRange(0, 4) == 0) c.action.tier = domain::Tier::kHigh;
  if (coin()) {
    c.task.on_behalf_of = "alice";
    c.rest.on_behalf_of = std::make_shared<const domain::Identity>(c.owner);
  }
  vary_session(c);
  vary_call(c);
  return c;
}

}  // namespace ambit::decision
