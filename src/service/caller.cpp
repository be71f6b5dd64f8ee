#include "service/caller.h"

#include <algorithm>

namespace ambit::service {

bool has_role(const Caller& caller, domain::Role role) {
  return caller.kind != CallerKind::kTask &&
         std::find(caller.roles.begin(), caller.roles.end(), role) != caller.roles.end();
}

Result<> require_role(const Caller& caller, std::initializer_list<domain::Role> roles) {
  if (has_role(caller, domain::Role::kAdmin)) return {};
  std::string names;
  for (const auto role : roles) {
    if (has_role(caller, role)) return {};
    names += (names.empty() ? "`" : " or `") + std::string(domain::name_of(role)) + "`";
  }
  return fail(
      Code::kDenied, "caller.role",
      "`" + caller.identity + "` does not have the role " + (names.empty() ? "`admin`" : names));
}

}  // namespace ambit::service
