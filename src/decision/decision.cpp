#include "decision/decision.h"

#include "decision/snapshot.h"

namespace ambit::decision {

std::string_view name_of(Gate gate) {
  switch (gate) {
    case Gate::kLiveness: return "liveness";
    case Gate::kScope: return "scope";
    case Gate::kLimits: return "limits";
    case Gate::kPolicy: return "policy";
    case Gate::kApproval: return "approval";
    case Gate::kNone: return "none";
  }
  return "none";
}

text::Json to_json(const Decision& decision) {
  using text::Json;
  const auto strings = [](const std::vector<std::string>& list) {
    text::JsonArray out;
    for (const auto& item : list) out.emplace_back(item);
    return Json(std::move(out));
  };
  text::JsonArray reasons;
  for (const auto& reason : decision.reasons) {
    Json item = Json::object({{"code", reason.code}, {"message", reason.message}});
    if (!reason.remedy.empty()) item.set("remedy", reason.remedy);
    reasons.push_back(std::move(item));
  }
  Json out = Json::object({{"verdict", domain::name_of(decision.verdict)},
                           {"gate", name_of(decision.gate)},
                           {"reasons", Json(std::move(reasons))},
                           {"determining", strings(decision.determining)},
                           {"snapshot", crypto::to_string(decision.snapshot)},
                           {"action_digest", crypto::to_string(decision.action)}});
  if (!decision.faults.empty()) {
    text::JsonArray faults;
    for (const auto& fault : decision.faults) {
      faults.push_back(Json::object({{"policy", fault.policy}, {"message", fault.message}}));
    }
    out.set("faults", Json(std::move(faults)));
  }
  if (!decision.observed.empty()) out.set("observed", strings(decision.observed));
  if (decision.would) out.set("would", domain::name_of(*decision.would));
  if (!decision.obligations.empty()) out.set("obligations", strings(decision.obligations));
  if (!decision.needs.empty()) out.set("needs", domain::to_json(decision.needs));
  if (!decision.approval.empty()) out.set("approval", decision.approval);
  return out;
}

}  // namespace ambit::decision
