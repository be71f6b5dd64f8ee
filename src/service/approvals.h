// Approvals: what waits for a human, and the human's answer.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "domain/approval.h"
#include "service/caller.h"
#include "text/json.h"

namespace ambit::service {

struct Context;

// How an approval was answered, for whoever waits for it.
struct ApprovalAnswer {
  domain::ApprovalState state = domain::ApprovalState::kRefused;
  std::string by;           // the human who refused; empty when nobody did
  std::string note;         // the refuser's words
  bool task_ended = false;  // refused because the task is over, not by anybody
};

class Approvals {
 public:
  explicit Approvals(Context& context) : context_(context) {}

  struct ListQuery {
    std::optional<domain::ApprovalState> state = {};  // all when absent
    std::size_t limit = 100;
    std::string before = {};  // `next_before` of the page before; empty: the first page
  };

  // Pending first, then newest. What is returned writes the page out, on any thread; it ends early
  // beyond about 4 MiB. `next_before` is there while more follow; what is answered while somebody
  // pages may then come again. Error: `field.invalid` for a `before` that no page gave.
  Result<std::function<Result<text::Json>()>> list(const Caller& caller,
                                                   const ListQuery& query) const;
  Result<text::Json> show(const Caller& caller, const std::string& approval) const;

  // Adds the caller's grant. `digest` must be the action digest that the approver was shown
  // (`approval.digest`). Errors: `approval.unknown`, `approval.not_pending`,
  // `approval.not_eligible` (neither class nor role fits), `approval.own_request` (started the
  // task, or it acts for them), `approval.already_granted`. `done` comes when the grant is durable.
  void grant(const Caller& caller, const std::string& approval, const std::string& digest,
             std::function<void(Result<text::Json>)> done);

  // Refuses for good; any one eligible human can.
  void refuse(const Caller& caller, const std::string& approval, const std::string& note,
              std::function<void(Result<text::Json>)> done);

  // Calls `answered` once when the approval is no longer pending (also when it expires or its task
  // ends); at once when it already is not. The handle cancels the wait.
  std::uint64_t wait(const std::string& approval,
                     std::function<void(const ApprovalAnswer&)> answered);
  void cancel_wait(std::uint64_t handle);

 private:
  Context& context_;
};

}  // namespace ambit::service
