#include "cedar/policy.h"

#include <algorithm>

namespace ambit::cedar {

const std::string* Policy::annotation(std::string_view name) const {
  const auto at = annotations.find(name);
  return at == annotations.end() ? nullptr : &at->second;
}

bool same_policy(const Policy& a, const Policy& b) {
  return a.effect == b.effect && a.annotations == b.annotations && a.principal == b.principal &&
         a.action == b.action && a.resource == b.resource &&
         std::equal(a.conditions.begin(), a.conditions.end(), b.conditions.begin(),
                    b.conditions.end(), [](const Condition& x, const Condition& y) {
                      return x.is_unless == y.is_unless && same_tree(x.body, y.body);
                    });
}

bool same_template(const Template& a, const Template& b) {
  return a.has_principal_slot == b.has_principal_slot &&
         a.has_resource_slot == b.has_resource_slot && same_policy(a.body, b.body);
}

namespace {

// Puts `entity` into the slot of a scope, which wants one or does not.
Result<> fill(EntityScope& scope, bool has_slot, const std::optional<EntityUid>& entity,
              const TemplateLink& link, const char* slot) {
  if (has_slot == entity.has_value()) {
    if (has_slot) scope.entity = *entity;
    return {};
  }
  return fail(Code::kInvalid, "cedar.link_slots",
              "the link `" + link.id + "` of the template `" + link.template_id + "` " +
                  (has_slot ? "needs" : "cannot take") + " an entity for `" + slot + "`");
}

}  // namespace

Result<Policy> link(const Template& policy_template, const TemplateLink& link) {
  Policy out = policy_template.body;
  AMBIT_CHECK_OK(
      fill(out.principal, policy_template.has_principal_slot, link.principal, link, "?principal"));
  AMBIT_CHECK_OK(
      fill(out.resource, policy_template.has_resource_slot, link.resource, link, "?resource"));
  out.id = link.id;
  out.template_id = policy_template.body.id;
  return out;
}

}  // namespace ambit::cedar
