// What the approver of a held attempt is shown.
#include "service/internal/attempt_run.h"
#include "service/internal/decision_record.h"
#include "service/internal/situation.h"
#include "text/utf8.h"

namespace ambit::service {
namespace {

using text::Json;

constexpr std::size_t kMaxShown = 8 * 1024;
constexpr std::size_t kMaxShownArguments = 8 * 1024;

Json targets_json(const domain::Action& action) {
  text::JsonArray out;
  for (const auto& target : action.targets) out.push_back(domain::to_json(target));
  return Json(std::move(out));
}

Json arguments_json(const domain::Action& action) {
  if (action.canonical_arguments.size() <= kMaxShownArguments) return action.arguments;
  return Json::object({{"omitted", "over " + std::to_string(kMaxShownArguments) + " bytes"},
                       {"bytes", static_cast<std::int64_t>(action.canonical_arguments.size())},
                       {"digest", crypto::to_string(crypto::sha256(action.canonical_arguments))}});
}

}  // namespace

Json AttemptRun::approval_view(const decision::Decision& decision) const {
  const auto agent = context_.world.identity(action_.agent);
  const TaskEntry* task = context_.world.task(action_.task);
  Json view = Json::object({{"agent", action_.agent},
                            {"purpose", agent && agent->agent ? agent->agent->purpose : ""},
                            {"owners", owners_json(agent.get())},
                            {"task", action_.task},
                            {"server", action_.server},
                            {"tool", action_.tool},
                            {"arguments", arguments_json(action_)},
                            {"targets", targets_json(action_)},
                            {"class", domain::name_of(action_.effect.action_class)},
                            {"outcome", action_.effect.outcome},
                            {"tier", domain::name_of(action_.tier)},
                            {"intent", action_.intent},
                            {"justification", action_.justification}});
  if (task) {
    view.set("goal", task->task->goal);
    view.set("trigger", Json::object({{"kind", task->task->trigger.kind},
                                      {"reference", task->task->trigger.reference}}));
    view.set("started_by", task->task->started_by);
    view.set("scope", domain::to_json(task->task->scope));
    view.set("session", domain::to_json(task->session));
  }
  text::JsonArray reasons;
  for (const auto& reason : decision.reasons) {
    reasons.push_back(Json::object({{"code", reason.code}, {"message", reason.message}}));
  }
  view.set("reasons", Json(std::move(reasons)));
  const ToolEntry* entry = context_.world.tool(action_.full_tool());
  if (entry && entry->tool->binding) view.set("data_domain", entry->tool->binding->data_domain);
  if (action_.probe && action_.probe->present) {
    Json change = Json::object();
    if (action_.probe->problem.empty()) {
      change.set("before", action_.probe->shown);
      change.set("before_truncated", action_.probe->truncated);
    } else {
      change.set("problem", action_.probe->problem);
    }
    if (entry && entry->tool->binding && entry->tool->binding->probe) {
      const auto after =
          text::resolve_pointer(action_.arguments, entry->tool->binding->probe->show_new);
      if (after.size() == 1 && after.front()->is_string() &&
          !entry->tool->binding->probe->show_new.empty()) {
        change.set("after", text::truncate_utf8(after.front()->as_string(), kMaxShown));
        change.set("after_truncated", after.front()->as_string().size() > kMaxShown);
      }
    }
    view.set("change", std::move(change));
  }
  return view;
}

}  // namespace ambit::service
