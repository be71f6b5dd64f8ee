// What the machine's user database says of an account.
#pragma once

#include <sys/types.h>

namespace ambit::host {

// Whether people, or programs that they start, may run under `uid`. False only for an account that
// has no shell to log in with, as system services have; an account that is not known may be
// anybody.
bool may_log_in(uid_t uid);

}  // namespace ambit::host
