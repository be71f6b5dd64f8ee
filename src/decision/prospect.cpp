#include "decision/prospect.h"

#include <algorithm>
#include <set>

#include "decision/internal/compiled_request.h"
#include "decision/internal/gates.h"

namespace ambit::decision {
namespace {

using cedar::OpenPolicy;

// The fields that a call, a probe or an approval decides, and in the second half those that only
// this moment does.
constexpr ContextField kOfTheCall[] = {ContextField::kInput,         ContextField::kTargets,
                                       ContextField::kKeyBound,      ContextField::kIntent,
                                       ContextField::kJustification, ContextField::kPresent,
                                       ContextField::kApproval};
constexpr ContextField kOfTheMoment[] = {ContextField::kSession, ContextField::kSystem};

// One effect that the tool may have, as the probe tells.
class EffectProspect {
 public:
  EffectProspect(const Snapshot& snapshot, Moment moment, const domain::Effect& effect)
      : snapshot_(snapshot), moment_(moment) {
    action_.arguments = text::Json::object();
    action_.effect = effect;
    action_.tier = domain::tier_of(*snapshot.tool, effect);
  }

  // Adds to `policies` as in ToolProspect.
  Result<Prospect> find(std::set<std::string>& policies) {
    if (tier_gate(snapshot_, action_.tier)) return Prospect::kDenied;
    const CompiledSet& set = *snapshot_.policies->compiled;
    const ContextParts parts{snapshot_, action_, nullptr};
    AMBIT_TRY(const auto known, known_entities(*snapshot_.agent, *snapshot_.server, *snapshot_.tool,
                                               action_.effect.action_class));
    CompiledRequest& request = CompiledRequest::of_this_thread();
    request.begin(set, *known);
    AMBIT_CHECK_OK(request.make().begin(known->input, action_.arguments));
    LazyContext context(request.make(), parts, set);
    cedar::OpenRequest open;
    open.principal = request.agent();
    open.action = request.action();
    open.context = cedar::Datum::lazy(context);
    open_resource(request, open);
    open_fields(set, open);
    return judge(request.evaluator().decide(open), policies);
  }

 private:
  void open_resource(CompiledRequest& request, cedar::OpenRequest& open) {
    const domain::Binding& binding = *snapshot_.tool->binding;
    if (binding.targets.empty()) {
      open.resource = request.server();
      return;
    }
    cedar::RequestEvaluator& evaluator = request.evaluator();
    for (const auto& target : binding.targets) {
      const cedar::NameId type = evaluator.name(type_of(target.kind));
      if (std::find(types_.begin(), types_.end(), type) == types_.end()) types_.push_back(type);
    }
    if (binding.no_targets) types_.push_back(evaluator.name("Ambit::Server"));
    ancestors_.assign(1, request.server());
    open.resource_types = types_;
    open.resource_ancestors = ancestors_;
  }

  void open_fields(const CompiledSet& set, cedar::OpenRequest& open) {
    const auto add = [&](ContextField field) {
      unknown_.push_back(set.context_names[static_cast<std::size_t>(field)]);
    };
    for (const ContextField field : kOfTheCall) {
      if (field != ContextField::kPresent || snapshot_.tool->binding->probe) add(field);
    }
    if (moment_ == Moment::kInTask) {
      for (const ContextField field : kOfTheMoment) add(field);
    }
    open.unknown = unknown_;
  }

  Prospect judge(const cedar::OpenOutcome& outcome, std::set<std::string>& policies) const {
    const auto& all = snapshot_.policies->set.policies();
    bool permitted = false;
    bool surely_permitted = false;
    for (const OpenPolicy& permit : outcome.permits) {
      if (observes(all[permit.policy])) continue;
      permitted = permitted || permit.may_be_satisfied;
      surely_permitted = surely_permitted ||
                         (permit.may_be_satisfied && !permit.may_be_unsatisfied && !permit.may_err);
    }
    std::set<std::string> denying;
    std::set<std::string> possible;
    for (const OpenPolicy& forbid : outcome.forbids) {
      if (observes(all[forbid.policy])) continue;
      // One that errs denies as well.
      (forbid.may_be_unsatisfied ? possible : denying).insert(all[forbid.policy].id);
    }
    if (!permitted || !denying.empty()) {
      policies.merge(denying);
      return Prospect::kDenied;
    }
    const bool surely =
        surely_permitted && possible.empty() && !needs_approval(*snapshot_.policies, action_.tier);
    policies.merge(possible);
    return surely ? Prospect::kAllowed : Prospect::kMaybe;
  }

  const Snapshot& snapshot_;
  Moment moment_;
  domain::Action action_;
  std::vector<cedar::NameId> types_;
  std::vector<cedar::EntityId> ancestors_;
  std::vector<cedar::NameId> unknown_;
};

bool is_complete(const Snapshot& snapshot) {
  return snapshot.policies && snapshot.policies->compiled && snapshot.agent &&
         snapshot.agent->agent && domain::missing_for_activation(*snapshot.agent).empty() &&
         snapshot.server && snapshot.tool && snapshot.tool->binding && !snapshot.chain.empty() &&
         snapshot.chain.front();
}

}  // namespace

std::string_view name_of(Prospect prospect) {
  switch (prospect) {
    case Prospect::kDenied: return "denied";
    case Prospect::kMaybe: return "maybe";
    case Prospect::kAllowed: return "allowed";
  }
  return "maybe";
}

ToolProspect prospect_of(const Snapshot& snapshot, Moment moment) {
  if (!is_complete(snapshot)) return {};
  const domain::Binding& binding = *snapshot.tool->binding;
  std::vector<const domain::Effect*> effects{&binding.effect};
  if (binding.probe) effects.push_back(&binding.probe->present);
  std::set<std::string> denying;
  std::set<std::string> possible;
  std::size_t denied = 0;
  std::size_t allowed = 0;
  for (const auto* effect : effects) {
    std::set<std::string> policies;
    const auto found = EffectProspect(snapshot, moment, *effect).find(policies);
    if (!found) return {};
    if (*found == Prospect::kDenied) ++denied;
    if (*found == Prospect::kAllowed) ++allowed;
    (*found == Prospect::kDenied ? denying : possible).merge(policies);
  }
  ToolProspect out;
  if (denied == effects.size()) {
    out.prospect = Prospect::kDenied;
  } else if (allowed == effects.size()) {
    out.prospect = Prospect::kAllowed;
  } else {
    possible.merge(denying);
  }
  const auto& policies = out.prospect == Prospect::kDenied ? denying : possible;
  out.policies.assign(policies.begin(), policies.end());
  return out;
}

}  // namespace ambit::decision
