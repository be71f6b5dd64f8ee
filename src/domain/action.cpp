#include "domain/action.h"

#include "text/canonical_object.h"

namespace ambit::domain {

Effect effect_of(const Tool& tool, const ProbeResult& probe) {
  const Effect& own = tool.binding->effect;
  if (!probe.present || !tool.binding->probe) return own;
  const Effect& present = tool.binding->probe->present;
  return probe.unknown ? effect_on_unknown(tool, own, present) : present;
}

crypto::Digest action_digest(const Action& action, std::string_view tool_digest) {
  std::string bound;
  bound.reserve(512);
  text::CanonicalObject object(bound);
  object.text("arguments", crypto::to_string(crypto::sha256(action.canonical_arguments)));
  object.text("instance", action.instance);
  object.text("outcome", action.effect.outcome);
  object.text("state", action.probe ? crypto::to_string(action.probe->state) : std::string());
  std::string& targets = object.begin("targets");
  targets += '[';
  for (std::size_t i = 0; i < action.targets.size(); ++i) {
    if (i > 0) targets += ',';
    text::CanonicalObject target(targets);
    target.text("kind", name_of(action.targets[i].kind));
    target.text("value", action.targets[i].value);
    target.end();
  }
  targets += ']';
  object.text("task", action.task);
  object.text("tool", action.full_tool());
  object.text("tool_digest", tool_digest);
  object.end();
  return crypto::sha256(bound);
}

}  // namespace ambit::domain
