#include "doors/mcp/internal/governed_call.h"

#include <algorithm>
#include <utility>

#include "doors/mcp/internal/results.h"
#include "mcp/json_scan.h"

namespace ambit::doors::mcp {
namespace {

using ambit::mcp::Answer;
using domain::ApprovalState;
using service::Outcome;

constexpr std::string_view kUnknownOutcome =
    "The tool server stopped before it answered; whether the action took effect is unknown. Look "
    "at "
    "the state of things before you try again.";

std::string refusal_words(const service::ApprovalAnswer& answer) {
  if (answer.by.empty()) {
    return "The request for approval could not be kept, so nobody was asked; nothing was done.";
  }
  return "`" + answer.by + "` refused this call" +
         (answer.note.empty() ? "" : ", saying: " + answer.note) +
         "\nNothing was done. Do not repeat it.";
}

}  // namespace

GovernedCall::GovernedCall(Desk& desk, service::Caller caller, std::string server,
                           ambit::mcp::Id id, CallRequest request, std::shared_ptr<Replies> replies)
    : desk_(desk),
      id_(std::move(id)),
      trace_(std::move(request.trace)),
      progress_(std::move(request.progress_token)),
      replies_(std::move(replies)) {
  attempt_.caller = std::move(caller);
  attempt_.channel = "mcp";
  attempt_.server = std::move(server);
  attempt_.tool = std::move(request.tool);
  attempt_.arguments = std::move(request.arguments);
  attempt_.intent = std::move(request.intent);
  attempt_.justification = std::move(request.justification);
}

GovernedCall::~GovernedCall() {
  if (state_ != State::kFinished) desk_.open.erase(this);
}

void GovernedCall::start(std::function<void()> finished) {
  ++desk_.calls;
  desk_.open.insert(this);
  finished_ = std::move(finished);
  started_ms_ = desk_.loop.now_ms();
  arm_tick();
  standing_ = desk_.service.standing_of(attempt_.caller, attempt_.server, attempt_.tool);
  // A tool that cannot be used starts no server; the attempt is decided all the same, as evidence.
  return standing_ == service::ToolStanding::kUsable ? prepare() : decide();
}

void GovernedCall::prepare() {
  state_ = State::kPreparing;
  const auto server = desk_.service.server(attempt_.server);
  if (!server) {
    return finish_with_result(undecided_result(server.error().reason, server.error().message));
  }
  desk_.supervisor.prepare(
      **server, attempt_.caller.task, [self = shared_from_this()](Result<> ready) {
        if (self->state_ != State::kPreparing) return;
        if (self->cancelled_) return self->not_sent("cancelled before it was decided");
        if (ready) return self->decide();
        // What the server's start said may hold anything; it is for the operator's log.
        self->finish_with_result(undecided_result(
            ready.error().reason, ready.error().reason == "upstream.released"
                                      ? "The task has ended; nothing was done."
                                      : "The tool server could not be started; nothing was done."));
      });
}

void GovernedCall::decide() {
  state_ = State::kDeciding;
  desk_.service.decisions().attempt(attempt_,
                                    [self = shared_from_this()](service::Released released) {
                                      self->on_released(std::move(released));
                                    });
}

void GovernedCall::on_released(service::Released released) {
  if (state_ != State::kDeciding) return;
  released_ = std::move(released);
  const bool allowed = released_.decision.verdict == domain::Verdict::kAllow;
  if (standing_ == service::ToolStanding::kUnknown) {
    if (allowed) report(Outcome::Status::kToolError, 0, "not forwarded: unknown to the caller");
    return finish(ambit::mcp::make_error(id_, ambit::mcp::kInvalidParams,
                                         "Unknown tool: " + ambit::mcp::shown(attempt_.tool)));
  }
  if (cancelled_) {
    if (allowed) report(Outcome::Status::kToolError, 0, "cancelled before it was sent");
    return not_sent("cancelled before it was sent");
  }
  switch (released_.decision.verdict) {
    case domain::Verdict::kAllow: return forward();
    case domain::Verdict::kDeny: return finish_with_result(denied_result(released_));
    case domain::Verdict::kHold: return hold(std::move(released_));
  }
}

void GovernedCall::hold(service::Released released) {
  released_ = std::move(released);
  const std::int64_t left = started_ms_ + desk_.options.hold_limit.ms - desk_.loop.now_ms();
  if (waits_no_more_ || left <= 0) return finish_with_result(waiting_result(released_));
  state_ = State::kHolding;
  if (hold_timer_ == 0) {
    hold_timer_ = desk_.loop.after({left}, [self = shared_from_this()] {
      self->hold_timer_ = 0;
      self->stop_waiting();
    });
  }
  wait_ = desk_.service.approvals().wait(
      released_.approval,
      [self = shared_from_this()](const auto& answer) { self->on_approval(answer); });
  replies_->keep_alive();
  show_waiting();
}

void GovernedCall::on_approval(const service::ApprovalAnswer& answer) {
  if (state_ != State::kHolding) return;
  wait_ = 0;
  switch (answer.state) {
    // All gates run again, on the world as it is now; the decision uses the approval up.
    case ApprovalState::kGranted: return prepare();
    case ApprovalState::kPending: return hold(std::move(released_));
    case ApprovalState::kUsed:
      return finish_with_result(
          refused_result(released_, "approval.used",
                         "The approval was used by another, identical call; nothing was done."));
    case ApprovalState::kExpired:
      return finish_with_result(refused_result(released_, "approval.expired",
                                               "No human answered in time; nothing was done."));
    case ApprovalState::kRefused:
      if (answer.task_ended) return task_ended();
      return finish_with_result(
          refused_result(released_, "approval.refused", refusal_words(answer)));
  }
}

void GovernedCall::forward() {
  state_ = State::kForwarded;
  forwarded_ms_ = desk_.loop.now_ms();
  ambit::mcp::ToolCall call;
  call.server = attempt_.server;
  call.task = attempt_.caller.task;
  call.tool = attempt_.tool;
  call.arguments = std::move(released_.canonical_arguments);
  call.meta = trace_;
  if (progress_.wanted()) {
    call.on_progress = [self = shared_from_this()](std::string_view params) {
      if (self->state_ != State::kForwarded) return;
      if (auto message = self->progress_.relayed(params))
        self->replies_->notify(std::move(*message));
    };
  }
  upstream_call_ =
      desk_.supervisor.call(std::move(call), [self = shared_from_this()](Result<Answer> answer) {
        if (self->state_ == State::kForwarded) self->on_answer(std::move(answer));
      });
}

void GovernedCall::on_answer(Result<Answer> answer) {
  if (!answer) return on_no_answer(answer.error());
  if (!answer->error) return on_result(*answer);
  report(Outcome::Status::kToolError, answer->raw_error.size(),
         "JSON-RPC error " + std::to_string(answer->error->code));
  if (answer->error->code == ambit::mcp::kUrlElicitationRequired) {
    return finish_with_result(refused_result(
        released_, "mcp.elicitation",
        "The tool server wants a user to open a web page first, which is not allowed here."));
  }
  finish(ambit::mcp::make_raw_error(id_, answer->raw_error));
}

void GovernedCall::on_no_answer(const Error& error) {
  if (!ambit::mcp::Supervisor::was_sent(error)) {
    report(Outcome::Status::kToolError, 0, error.reason);
    return finish_with_result(refused_result(
        released_, error.reason, "The tool server could not take the call; nothing was done."));
  }
  report(Outcome::Status::kUnknown, 0, error.reason);
  finish_with_result(refused_result(released_, error.reason, kUnknownOutcome));
}

void GovernedCall::on_result(const Answer& answer) {
  const auto members =
      ambit::mcp::scan_object(answer.result, {.max_bytes = answer.result.size(), .max_depth = 256});
  if (!members) {
    return on_no_answer(Error{Code::kUnavailable, "upstream.protocol", "the result is no object"});
  }
  const bool is_error = ambit::mcp::raw_member(*members, "isError") == "true";
  const auto self = shared_from_this();
  // The agent's next call comes after both, so the first of them may be the one it waits for.
  finish_with_result(answer.result);
  report(is_error ? Outcome::Status::kToolError : Outcome::Status::kOk, answer.result.size(), "");
}

void GovernedCall::not_sent(const char* why) {
  finish(
      ambit::mcp::make_error(id_, ambit::mcp::kServerError, why, R"({"reason":"mcp.cancelled"})"));
}

void GovernedCall::report(Outcome::Status status, std::size_t bytes, std::string detail) {
  Outcome outcome;
  outcome.status = status;
  outcome.bytes = bytes;
  if (forwarded_ms_ > 0) outcome.took = {desk_.loop.now_ms() - forwarded_ms_};
  outcome.detail = std::move(detail);
  desk_.service.decisions().report(
      {attempt_.caller, attempt_.channel, released_.decision_id, std::move(outcome)}, {});
}

void GovernedCall::cancel() {
  cancelled_ = true;
  if (state_ == State::kHolding) return not_sent("cancelled while it waited for approval");
  if (state_ == State::kForwarded) {
    desk_.supervisor.cancel(upstream_call_, "the client cancelled the call");
  }
}

void GovernedCall::task_ended() {
  if (state_ != State::kHolding) return;
  finish_with_result(
      refused_result(released_, "task.ended",
                     "The task has ended; the call was not approved and nothing was done."));
}

void GovernedCall::stop_waiting() {
  waits_no_more_ = true;
  if (state_ == State::kHolding) finish_with_result(waiting_result(released_));
}

void GovernedCall::abandon() {
  const auto self = shared_from_this();
  state_ = State::kFinished;
  desk_.open.erase(this);
  finished_ = nullptr;
  stop_timers();
}

void GovernedCall::arm_tick() {
  tick_timer_ = desk_.loop.after(desk_.options.keep_alive, [self = shared_from_this()] {
    self->replies_->keep_alive();
    if (self->state_ == State::kHolding) self->show_waiting();
    self->arm_tick();
  });
}

void GovernedCall::show_waiting() {
  auto message = progress_.waiting("waiting for a human to answer approval " + released_.approval);
  if (message) replies_->notify(std::move(*message));
}

void GovernedCall::finish_with_result(std::string_view result) {
  finish(ambit::mcp::make_result(id_, result));
}

void GovernedCall::stop_timers() {
  desk_.loop.cancel(std::exchange(tick_timer_, 0));
  desk_.loop.cancel(std::exchange(hold_timer_, 0));
  if (wait_ != 0) desk_.service.approvals().cancel_wait(std::exchange(wait_, 0));
}

void GovernedCall::finish(std::string message) {
  if (state_ == State::kFinished) return;
  const auto self = shared_from_this();
  state_ = State::kFinished;
  desk_.open.erase(this);
  stop_timers();
  cancelled_ ? replies_->withdraw(std::move(message)) : replies_->respond(std::move(message));
  if (finished_) std::exchange(finished_, nullptr)();
}

}  // namespace ambit::doors::mcp
