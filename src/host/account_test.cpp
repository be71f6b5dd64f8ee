#include "host/account.h"

#include <gtest/gtest.h>
#include <pwd.h>
#include <string>

namespace ambit::host {
namespace {

TEST(Account, OnlyOneWithoutALoginShellIsNobodysOwn) {
  EXPECT_TRUE(may_log_in(0)) << "root has a shell";
  EXPECT_TRUE(may_log_in(4'000'000'000u)) << "nobody knows who that is";
  std::size_t services = 0;
  ::setpwent();
  while (const passwd* entry = ::getpwent()) {
    const std::string shell = entry->pw_shell;
    const uid_t uid = entry->pw_uid;
    if (shell != "/usr/sbin/nologin" && shell != "/bin/false") continue;
    EXPECT_FALSE(may_log_in(uid)) << entry->pw_name;
    ++services;
  }
  ::endpwent();
  EXPECT_GT(services, 0u);
}

}  // namespace
}  // namespace ambit::host
