#include "domain/task.h"

#include "domain/fields.h"

namespace ambit::domain {
namespace {

Result<Trigger> trigger_from_json(const text::Json& json, const std::string& path) {
  Fields fields(json, path);
  Trigger out{fields.text("kind"), fields.text("reference")};
  AMBIT_CHECK_OK(fields.finish());
  return out;
}

Result<std::int64_t> budget_from_json(const text::Json& json, const std::string& path) {
  Fields fields(json, path);
  const std::int64_t calls = fields.integer("calls");
  AMBIT_CHECK_OK(fields.finish());
  if (calls <= 0) {
    return fail(Code::kInvalid, "task.budget", "`" + path + ".calls` must be at least 1");
  }
  return calls;
}

void read_written(Fields& fields, Task& out, const std::string& path) {
  out.agent = fields.text("agent");
  out.goal = fields.text("goal");
  if (const auto* v = fields.value("trigger")) {
    out.trigger = fields.nested(trigger_from_json(*v, path + ".trigger"));
  } else {
    fields.problem("trigger", "is missing");
  }
  out.on_behalf_of = fields.text_or("on_behalf_of", "");
  if (const auto* v = fields.value("scope")) {
    out.scope = fields.nested(scope_from_json(*v, path + ".scope"));
  } else {
    fields.problem("scope", "is missing");
  }
  if (const auto* v = fields.value("budget")) {
    out.budget_calls = fields.nested(budget_from_json(*v, path + ".budget"));
  } else {
    fields.problem("budget", "is missing");
  }
  out.parent = fields.text_or("parent", "");
}

}  // namespace

text::Json to_json(const Task& task) {
  using text::Json;
  Json out = Json::object({{"id", task.id},
                           {"agent", task.agent},
                           {"goal", task.goal},
                           {"trigger", Json::object({{"kind", task.trigger.kind},
                                                     {"reference", task.trigger.reference}})},
                           {"on_behalf_of", task.on_behalf_of},
                           {"scope", to_json(task.scope)},
                           {"budget", Json::object({{"calls", task.budget_calls}})},
                           {"deadline", to_rfc3339(task.deadline)},
                           {"parent", task.parent},
                           {"root", task.root},
                           {"depth", task.depth},
                           {"state", name_of(task.state)},
                           {"started_by", task.started_by},
                           {"started_at", to_rfc3339(task.started_at)},
                           {"end_reason", task.end_reason}});
  if (task.ended_at) out.set("ended_at", to_rfc3339(*task.ended_at));
  if (!task.end_report.is_null()) out.set("end_report", task.end_report);
  return out;
}

Result<Task> task_from_spec(const text::Json& json, const std::string& path, Time now) {
  Fields fields(json, path);
  Task out;
  read_written(fields, out, path);
  const auto at = fields.optional_time("deadline");
  const std::string in = fields.text_or("deadline_in", "");
  AMBIT_CHECK_OK(fields.finish());
  if (at.has_value() == !in.empty()) {
    return fail(Code::kInvalid, "task.deadline",
                "`" + path + "` needs either `deadline` (a UTC time) or `deadline_in` (`30m`)");
  }
  if (at) {
    out.deadline = *at;
  } else {
    AMBIT_TRY(const Duration wait, parse_duration(in));
    out.deadline = now + wait;
  }
  if (out.goal.empty()) {
    return fail(Code::kInvalid, "field.missing", "`" + path + ".goal` must not be empty");
  }
  if (out.deadline <= now) {
    return fail(Code::kInvalid, "task.deadline", "`" + path + ".deadline` has already passed");
  }
  return out;
}

Result<Task> task_from_json(const text::Json& json) {
  Fields fields(json, "task");
  Task out;
  read_written(fields, out, "task");
  out.id = fields.text("id");
  out.deadline = fields.time("deadline");
  out.root = fields.text("root");
  out.depth = fields.integer("depth");
  out.state = fields.name<TaskState>("state");
  out.started_by = fields.text("started_by");
  out.started_at = fields.time("started_at");
  out.ended_at = fields.optional_time("ended_at");
  out.end_reason = fields.text_or("end_reason", "");
  if (const auto* v = fields.value("end_report")) out.end_report = *v;
  AMBIT_CHECK_OK(fields.finish());
  seal(out);
  return out;
}

void seal(Task& task) { task.digest = crypto::sha256(text::to_canonical_json(to_json(task))); }

text::Json to_json(const Instance& instance) {
  return text::Json::object({{"id", instance.id},
                             {"agent", instance.agent},
                             {"task", instance.task},
                             {"session", instance.session},
                             {"key_thumbprint", instance.key_thumbprint},
                             {"admitted_at", to_rfc3339(instance.admitted_at)}});
}

Result<Instance> instance_from_json(const text::Json& json) {
  Fields fields(json, "instance");
  Instance out{fields.text("id"),
               fields.text("agent"),
               fields.text("task"),
               fields.text("session"),
               fields.text_or("key_thumbprint", ""),
               fields.time("admitted_at")};
  AMBIT_CHECK_OK(fields.finish());
  return out;
}

}  // namespace ambit::domain
