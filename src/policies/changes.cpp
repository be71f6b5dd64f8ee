#include "policies/changes.h"

#include <algorithm>

#include "policies/case.h"

namespace ambit::policies {
namespace {

using cedar::Effect;
using cedar::Policy;
using Policies = std::vector<const Policy*>;

// One condition of several that must all hold.
struct Conjunct {
  bool is_unless = false;
  cedar::ExprPtr body;

  friend bool operator==(const Conjunct& a, const Conjunct& b) {
    return a.is_unless == b.is_unless && cedar::same_tree(a.body, b.body);
  }
};

// `when { a && b } unless { c || d }` as a, b, not c, not d, in the order they are evaluated.
std::vector<Conjunct> conjuncts_of(const Policy& policy) {
  std::vector<Conjunct> out;
  for (const auto& condition : policy.conditions) {
    const auto* all = std::get_if<cedar::AllOf>(&condition.body->node);
    const auto* any = std::get_if<cedar::AnyOf>(&condition.body->node);
    const auto* parts = all && !condition.is_unless  ? &all->operands
                        : any && condition.is_unless ? &any->operands
                                                     : nullptr;
    if (!parts) {
      out.push_back({condition.is_unless, condition.body});
      continue;
    }
    for (const auto& part : *parts) out.push_back({condition.is_unless, part});
  }
  return out;
}

std::string annotation(const Policy& policy, std::string_view name) {
  const std::string* text = policy.annotation(name);
  return text ? *text : std::string();
}

int quorum_of(const Policy& policy) {
  const std::string text = annotation(policy, "quorum");
  const bool digits =
      !text.empty() && text.size() < 4 && text.find_first_not_of("0123456789") == std::string::npos;
  return digits ? std::stoi(text) : 1;
}

// What makes a policy work apart from its conditions: the same who, what and on what, the same
// approvers and obligations, and at least as many who must agree.
bool same_frame(const Policy& before, const Policy& after) {
  return before.effect == after.effect && before.principal == after.principal &&
         before.action == after.action && before.resource == after.resource &&
         annotation(before, "approvers") == annotation(after, "approvers") &&
         annotation(before, "obligation") == annotation(after, "obligation") &&
         quorum_of(before) <= quorum_of(after);
}

// Whether `after` forbids whatever `before` forbade. Only conditions at the end may have gone: one
// before them could have failed to evaluate, which denies too.
bool forbids_as_much(const Policy& before, const Policy& after) {
  if (!same_frame(before, after)) return false;
  const auto old_ones = conjuncts_of(before);
  const auto new_ones = conjuncts_of(after);
  return new_ones.size() <= old_ones.size() &&
         std::equal(new_ones.begin(), new_ones.end(), old_ones.begin());
}

// Whether `after` permits nothing that `before` did not permit.
bool permits_no_more(const Policy& before, const Policy& after) {
  if (!same_frame(before, after)) return false;
  const auto new_ones = conjuncts_of(after);
  const auto old_ones = conjuncts_of(before);
  return std::all_of(old_ones.begin(), old_ones.end(), [&](const Conjunct& one) {
    return std::find(new_ones.begin(), new_ones.end(), one) != new_ones.end();
  });
}

Policies select(const decision::PolicyState& state, Effect effect) {
  Policies out;
  for (const auto& policy : state.set.policies()) {
    if (policy.effect == effect && !decision::observes(policy)) out.push_back(&policy);
  }
  return out;
}

template <class Relation>
bool any_of(const Policies& policies, const Relation& holds) {
  return std::any_of(policies.begin(), policies.end(),
                     [&](const Policy* policy) { return holds(*policy); });
}

// What became of a forbid that is gone, for whoever reviews it.
std::string fate_of(const Policy& gone, const decision::PolicyState& after) {
  const std::string name = "forbid `" + label_of(gone) + "`";
  for (const auto& policy : after.set.policies()) {
    if (label_of(policy) != label_of(gone) || policy.effect != Effect::kForbid) continue;
    return name + (decision::observes(policy) ? " goes from enforce to observe"
                                              : " is changed and may forbid less");
  }
  return name + " is removed";
}

void compare_forbids(const decision::PolicyState& before, const decision::PolicyState& after,
                     ChangeReport& out) {
  const Policies old_ones = select(before, Effect::kForbid);
  const Policies new_ones = select(after, Effect::kForbid);
  for (const Policy* gone : old_ones) {
    if (!any_of(new_ones, [&](const Policy& policy) { return forbids_as_much(*gone, policy); })) {
      out.loosens.push_back(fate_of(*gone, after));
    }
  }
  for (const Policy* added : new_ones) {
    if (!any_of(old_ones, [&](const Policy& policy) { return forbids_as_much(*added, policy); })) {
      out.tightens.push_back("forbid `" + label_of(*added) + "` is new or forbids more");
    }
  }
}

void compare_permits(const decision::PolicyState& before, const decision::PolicyState& after,
                     const KnownTools& tools, ChangeReport& out) {
  const Policies old_ones = select(before, Effect::kPermit);
  const Policies new_ones = select(after, Effect::kPermit);
  for (const Policy* added : new_ones) {
    if (any_of(old_ones, [&](const Policy& policy) { return permits_no_more(policy, *added); })) {
      continue;
    }
    const std::string name = "permit `" + label_of(*added) + "` is new or permits more";
    if (reaches_high_tier(*added, tools)) {
      out.loosens.push_back(name + ", the high tier included");
    } else {
      out.widens.push_back(name);
    }
  }
  for (const Policy* gone : old_ones) {
    if (!any_of(new_ones, [&](const Policy& policy) { return permits_no_more(policy, *gone); })) {
      out.tightens.push_back("permit `" + label_of(*gone) + "` is removed or permits less");
    }
  }
}

// Says what becomes of the controls of one tier.
class TierChanges {
 public:
  TierChanges(domain::Tier tier, ChangeReport& out)
      : name_("the " + std::string(domain::name_of(tier)) + " tier "), out_(out) {}

  void approval(const std::vector<domain::Need>& before, const std::vector<domain::Need>& after) {
    for (const auto& need : before) {
      const std::int64_t now = quorum(after, need.approvers);
      if (now < need.quorum) {
        out_.loosens.push_back(name_ + "needs " + std::to_string(now) + " of `" + need.approvers +
                               "`, not " + std::to_string(need.quorum));
      }
    }
    for (const auto& need : after) {
      if (quorum(before, need.approvers) < need.quorum) {
        out_.tightens.push_back(name_ + "needs " + std::to_string(need.quorum) + " of `" +
                                need.approvers + "`");
      }
    }
  }

  // Of a bound, where 0 is none.
  void bound(std::int64_t before, std::int64_t after, const std::string& what) {
    if (before == after) return;
    const bool looser = after == 0 || (before != 0 && after > before);
    (looser ? out_.loosens : out_.tightens)
        .push_back(name_ +
                   (after == 0 ? "bounds " + what + " no more" : "bounds " + what + " otherwise"));
  }

 private:
  static std::int64_t quorum(const std::vector<domain::Need>& needs, const std::string& approvers) {
    for (const auto& need : needs) {
      if (need.approvers == approvers) return need.quorum;
    }
    return 0;
  }

  std::string name_;
  ChangeReport& out_;
};

void compare_tiers(const domain::TierTable& before, const domain::TierTable& after,
                   ChangeReport& out) {
  for (const domain::Tier tier : domain::kTiers) {
    TierChanges changes(tier, out);
    changes.approval(before[tier].approval, after[tier].approval);
    changes.bound(before[tier].max_tools, after[tier].max_tools, "the tools of a task");
    changes.bound(before[tier].credential_lifetime.ms, after[tier].credential_lifetime.ms,
                  "the lifetime of credentials");
  }
}

}  // namespace

ChangeReport changes(const decision::PolicyState& before, const decision::PolicyState& after,
                     const KnownTools& tools) {
  ChangeReport out;
  compare_forbids(before, after, out);
  compare_permits(before, after, tools, out);
  compare_tiers(before.tiers, after.tiers, out);
  for (const auto* state : {&before, &after}) {
    for (const auto& policy : state->set.policies()) {
      if (!decision::observes(policy) && reaches_high_tier(policy, tools))
        out.guards_high_tier = true;
    }
  }
  return out;
}

}  // namespace ambit::policies
