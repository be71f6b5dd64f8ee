// One `tools/call` from its arrival to its answer: prepare, decide, perhaps wait for a human,
// forward once, report.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "doors/mcp/internal/call_request.h"
#include "doors/mcp/internal/progress.h"
#include "doors/mcp/internal/replies.h"
#include "doors/mcp/options.h"
#include "mcp/supervisor.h"
#include "net/event_loop.h"
#include "service/service.h"

namespace ambit::doors::mcp {

class GovernedCall;

// What all calls use. A call may outlive it only after `abandon`.
struct Desk {
  net::EventLoop& loop;
  service::Service& service;
  ambit::mcp::Supervisor& supervisor;
  const GatewayOptions& options;
  std::set<GovernedCall*> open;  // started and not yet answered
  std::uint64_t calls = 0;
};

// Knows nothing of sessions or revisions: those who carry the call hand it `Replies`.
class GovernedCall : public std::enable_shared_from_this<GovernedCall> {
 public:
  GovernedCall(Desk& desk, service::Caller caller, std::string server, ambit::mcp::Id id,
               CallRequest request, std::shared_ptr<Replies> replies);
  ~GovernedCall();
  GovernedCall(const GovernedCall&) = delete;
  GovernedCall& operator=(const GovernedCall&) = delete;

  // `finished` is called once, when the answer has been given.
  void start(std::function<void()> finished);

  // The client no longer wants the call: a wait ends, a call under way is cancelled at the server.
  void cancel();
  // The task has ended: a wait ends now. A call under way ends with its server.
  void task_ended();
  // Ambit is about to stop: a wait ends with the approval's id, also one that would begin now.
  void stop_waiting();
  // The gateway goes away: no answer, no callback any more.
  void abandon();

  const std::string& task() const { return attempt_.caller.task; }

 private:
  enum class State { kNew, kPreparing, kDeciding, kHolding, kForwarded, kFinished };

  void prepare();
  void decide();
  void on_released(service::Released released);
  void hold(service::Released released);
  void on_approval(const service::ApprovalAnswer& answer);
  void forward();
  void on_answer(Result<ambit::mcp::Answer> answer);
  void on_no_answer(const Error& error);
  void on_result(const ambit::mcp::Answer& answer);
  void not_sent(const char* why);
  void report(service::Outcome::Status status, std::size_t bytes, std::string detail);
  void arm_tick();
  void show_waiting();
  void finish_with_result(std::string_view result);
  void finish(std::string message);
  void stop_timers();

  Desk& desk_;
  service::Attempt attempt_;
  ambit::mcp::Id id_;
  std::string trace_;
  ProgressRelay progress_;
  std::shared_ptr<Replies> replies_;
  std::function<void()> finished_;
  State state_ = State::kNew;
  service::ToolStanding standing_ = service::ToolStanding::kUnknown;
  bool cancelled_ = false;
  bool waits_no_more_ = false;
  service::Released released_;
  std::uint64_t wait_ = 0;
  std::uint64_t upstream_call_ = 0;
  std::int64_t started_ms_ = 0;
  std::int64_t forwarded_ms_ = 0;
  net::TimerId tick_timer_ = 0;
  net::TimerId hold_timer_ = 0;
};

}  // namespace ambit::doors::mcp
