#include "domain/action.h"

namespace ambit::domain {

crypto::Digest action_digest(const Action& action, std::string_view tool_digest) {
  text::JsonArray targets;
  for (const auto& target : action.targets) targets.push_back(to_json(target));
  const text::Json bound = text::Json::object(
      {{"task", action.task},
       {"instance", action.instance},
       {"tool", action.full_tool()},
       {"tool_digest", tool_digest},
       {"arguments", crypto::to_string(crypto::sha256(action.canonical_arguments))},
       {"targets", text::Json(std::move(targets))},
       {"outcome", action.effect.outcome},
       {"state", action.probe ? crypto::to_string(action.probe->state) : std::string()}});
  return crypto::sha256(text::to_canonical_json(bound));
}

}  // namespace ambit::domain
