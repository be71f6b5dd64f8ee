#include "app/isolation.h"

#include <string>
#include <unistd.h>

#include "host/account.h"

namespace ambit::app {

std::vector<service::Warning> isolation_warnings(const process::IsolationReport& report, uid_t uid,
                                                 bool is_shared) {
  std::vector<service::Warning> out;
  if (!report.isolated()) {
    out.push_back({"isolation.missing",
                   "tool servers are not isolated from ambit's own state, so high-tier actions are "
                   "denied",
                   report.missing});
  } else if (!report.missing.empty()) {
    out.push_back(
        {"isolation.partial", "tool servers are not isolated in every way", report.missing});
  }
  if (uid != 0 && is_shared) {
    out.push_back({"isolation.same_uid",
                   "ambit runs under uid " + std::to_string(uid) +
                       ", which is no account of its own: an agent under the same uid can read "
                       "ambit's tokens and state, and approve its own actions",
                   "run agents under another uid, or start ambit as root or under a system account "
                   "that nobody can log in to"});
  }
  return out;
}

Isolation choose_isolation() {
  Isolation out{process::probe_isolation(), {}, {}};
  if (out.report.separate_uid) {
    if (const auto uid = process::dedicated_uid()) {
      out.run_as = *uid;
    } else {
      out.report.separate_uid = false;
      out.report.missing = uid.error().message;
    }
  }
  const uid_t uid = ::geteuid();
  out.warnings = isolation_warnings(out.report, uid, host::may_log_in(uid));
  return out;
}

}  // namespace ambit::app
