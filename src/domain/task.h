// Tasks, the units of authority, and the instances that work on them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "domain/scope.h"
#include "text/json.h"

namespace ambit::domain {

// What made the task: a person, a schedule, an event, another task.
struct Trigger {
  std::string kind;       // `human`, `schedule`, `event`, `task`
  std::string reference;  // who or what, such as a ticket or a parent task
};

struct Task {
  std::string id;
  std::string agent;
  std::string goal;
  Trigger trigger;
  std::string on_behalf_of;  // identity whose authority also bounds the task; empty: nobody's
  Scope scope;
  std::int64_t budget_calls = 0;
  Time deadline;
  std::string parent;  // empty for a root task
  std::string root;    // itself for a root task
  std::int64_t depth = 0;
  TaskState state = TaskState::kOpen;
  std::string started_by;
  Time started_at;
  std::optional<Time> ended_at;
  std::string end_reason;  // `completed`, `deadline`, `budget`, `retired`, `parent_ended`, ...
  text::Json end_report;   // the verifier's probes after the end
  std::uint64_t revision = 0;
  crypto::Digest digest;
};

// One running process of an agent, with its own key, admitted to one task.
struct Instance {
  std::string id;
  std::string agent;
  std::string task;
  std::string session;
  std::string key_thumbprint;  // RFC 7638; empty for a bearer instance
  Time admitted_at;
};

text::Json to_json(const Task& task);

// What a caller may write: agent, goal, trigger, on_behalf_of, scope, budget, deadline, parent.
// `deadline` is a time, or `deadline_in` a duration (`30m`) from `now`.
Result<Task> task_from_spec(const text::Json& json, const std::string& path, Time now);
Result<Task> task_from_json(const text::Json& json);
void seal(Task& task);

text::Json to_json(const Instance& instance);
Result<Instance> instance_from_json(const text::Json& json);

}  // namespace ambit::domain
