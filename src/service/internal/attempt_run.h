// One attempt on its way from assembly to release; lives until its answer is given.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "decision/decide.h"
#include "service/internal/context.h"

namespace ambit::service {

class AttemptRun : public std::enable_shared_from_this<AttemptRun> {
 public:
  using Done = std::function<void(Released)>;

  static void start(Context& context, Attempt attempt, Done done);

  AttemptRun(Context& context, Attempt attempt, Done done);

 private:
  void begin();
  // Asks what is at the target, then goes on; only for actions that are alive and in scope.
  void probe(std::function<void(Result<domain::ProbeResult>)> then);
  void decide_and_record();
  bool take_of_denials();
  bool coalesce_denial(const decision::Decision& decision);
  void find_approval(decision::Snapshot& snapshot) const;
  // Makes or finds the approval that a hold asks for; false when the task has too many pending.
  void hold(decision::Decision& decision);
  const domain::Approval* pending_approval(const decision::Decision& decision) const;
  bool request_approval(const decision::Decision& decision);
  text::Json approval_view(const decision::Decision& decision) const;
  void recorded(Result<ports::Position> position);
  void give_back_approval();
  void release();
  void withdraw(const decision::Reason& reason);
  void finish();

  Context& context_;
  Attempt attempt_;
  Done done_;
  domain::Action action_;
  Released released_;
  std::string situation_;
  bool new_approval_ = false;  // this attempt asked for it
  bool reserved_ = false;
};

}  // namespace ambit::service
