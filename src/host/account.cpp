#include "host/account.h"

#include <array>
#include <pwd.h>
#include <string_view>

namespace ambit::host {

bool may_log_in(uid_t uid) {
  std::array<char, 16384> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return true;
  const std::string_view shell(found->pw_shell);
  return !shell.ends_with("/nologin") && !shell.ends_with("/false");
}

}  // namespace ambit::host
