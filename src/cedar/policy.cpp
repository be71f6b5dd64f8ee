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

const Policy* PolicySet::find(std::string_view id) const {
  const auto at = std::find_if(policies().begin(), policies().end(),
                               [&](const Policy& policy) { return policy.id == id; });
  return at == policies().end() ? nullptr : &*at;
}

}  // namespace ambit::cedar
