// Decide and record: the path of every action from attempt to release.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "decision/decision.h"
#include "service/caller.h"
#include "service/revision.h"
#include "text/json.h"

namespace ambit::service {

struct Context;

// One attempt as a door hands it over.
struct Attempt {
  Caller caller;
  // Named by an enforcement point; a task credential has its own and may leave them empty.
  std::string agent;
  std::string task;
  std::string instance;
  std::string channel;  // `mcp`, `authzen`
  std::string server;
  std::string tool;
  text::Json arguments;  // an object, parsed strictly
  std::string intent;
  std::string justification;
};

// What the door acts on. The record is durable when it gets this.
struct Released {
  std::string decision_id;
  decision::Decision decision;
  std::string canonical_arguments;  // on allow: exactly these bytes are forwarded
  std::string approval;             // on hold: its id
  std::optional<Time> approval_expires;
  std::optional<std::uint64_t> ledger_index;  // none: the denial was coalesced or could not be kept
  Revision revision;                          // that it was decided under
};

// What the tool answered, for the decision that let the call go.
struct Outcome {
  enum class Status { kOk, kToolError, kUnknown };
  Status status = Status::kOk;
  std::size_t bytes = 0;
  Duration took;
  std::string detail;  // of an error; bounded, no content of the result
};

// What whoever executed a call says became of it.
struct Report {
  const Caller& caller;
  std::string_view channel;  // over which the decision was asked for, as in Attempt
  std::string decision;
  Outcome outcome;
};

class Decisions {
 public:
  explicit Decisions(Context& context) : context_(context) {}

  // Decides one attempt and calls `done` once, on the loop, after the record is durable. Every
  // refusal, failure of the ledger included, arrives as a verdict of deny with its reasons.
  void attempt(Attempt attempt, std::function<void(Released)> done);

  // Records, once, what became of a call that was let go, and grows the session's labels. Only
  // whoever asked for the decision can say it, and over the channel on which it was asked: what the
  // gateway executes, only the gateway can speak of. `done` may be empty; it comes once the record
  // is durable. Errors: `decision.unknown`, `caller.role`, `outcome.not_yours`,
  // `outcome.not_released`, `outcome.known`, those of the ledger.
  void report(const Report& report, std::function<void(Result<>)> done);

  // Everything recorded of one decision: with `result` or `withdrawn`, how it ended;
  // `decision.unknown` when there is none. Humans and services need a reading role; a task sees its
  // own.
  Result<text::Json> show(const Caller& caller, const std::string& decision_id) const;

  // Records that a bundle of evidence is handed to the caller: `what` says which entries and with
  // what digest. `done` comes once the record is durable; only then may the bundle leave.
  void hand_over(const Caller& caller, text::Json what,
                 std::function<void(Result<std::uint64_t>)> done);

  // Whether the caller may read the decisions of a task, or of all when it is empty. Humans and
  // services need a reading role (`caller.role`); a task may read its own (`decision.unknown`).
  Result<> may_read(const Caller& caller, std::string_view task) const;

 private:
  Context& context_;
};

}  // namespace ambit::service
