// Retention holds, for those who need evidence to stay; the ledger says who placed and released
// them, and why.
#pragma once

#include <string>

#include "ports/holds.h"
#include "service/caller.h"
#include "service/registry.h"

namespace ambit::service {

struct Context;

// Errors: `caller.role`, `hold.reason` without a reason, `hold.none` where the log knows no holds,
// and those of ports::Holds. `done` comes on the loop.
class Holds {
 public:
  explicit Holds(Context& context) : context_(context) {}

  // For auditors and security.
  void list(const Caller& caller, Answer done) const;
  // For humans among them. It holds from the answer on: nothing that was begun before is undone.
  void place(const Caller& caller, const ports::Hold& hold, const std::string& reason, Answer done);
  // For humans of security, as for erasure: what was held can be dropped and erased.
  void release(const Caller& caller, const std::string& name, const std::string& reason,
               Answer done);

 private:
  Context& context_;
};

}  // namespace ambit::service
