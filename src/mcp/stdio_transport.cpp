#include "mcp/stdio_transport.h"

#include <fcntl.h>
#include <utility>

namespace ambit::mcp {
namespace {

constexpr std::size_t kMaxStderrLine = 2048;
constexpr std::size_t kMaxQueued = 32u << 20;
// After the child has ended its last words may still stand in the pipe; a grandchild that holds the
// pipe open must not keep a dead server alive.
constexpr Duration kDrainAfterExit = {200};

}  // namespace

StdioTransport::StdioTransport(net::EventLoop& loop, process::Child child,
                               std::size_t max_message_bytes)
    : loop_(loop), child_(std::move(child)), lines_(max_message_bytes) {}

StdioTransport::~StdioTransport() { close(); }

void StdioTransport::start(TransportEvents events) {
  events_ = std::move(events);
  stdin_ = std::make_unique<net::FdStream>(loop_, child_.take_stdin(),
                                           net::FdStream::Options{.max_queued = kMaxQueued});
  stdout_ = std::make_unique<net::FdStream>(loop_, child_.take_stdout());
  stderr_ = std::make_unique<net::FdStream>(loop_, child_.take_stderr());
  stdin_->start_write_only([](Result<>) {});
  stdout_->start([this](std::string_view bytes) { on_output(bytes); },
                 [this](Result<>) {
                   stdout_ended_ = true;
                   ends_soon();
                 });
  stderr_->start([this](std::string_view bytes) { on_stderr(bytes); },
                 [this](Result<>) {
                   stderr_ended_ = true;
                   if (stdout_ended_) ends_soon();
                 });
  watch_exit();
}

void StdioTransport::watch_exit() {
  // The watch closes what it is given, and the child keeps its own.
  const int fd = ::fcntl(child_.pidfd(), F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return;
  exit_watch_ = std::make_unique<net::FdWatch>(loop_, fd, [this] {
    exited_ = true;
    ends_soon();
  });
  exit_watch_->arm_read();
}

void StdioTransport::ends_soon() {
  if (exited_ && stdout_ended_ && stderr_ended_) return gone(exit_error());
  if (exit_timer_ != 0) return;
  exit_timer_ = loop_.after(kDrainAfterExit, [this] {
    exit_timer_ = 0;
    gone(exit_error());
  });
}

Result<> StdioTransport::send(std::string message, std::optional<std::int64_t>) {
  if (closed_ || !stdin_) return fail(Code::kUnavailable, "upstream.died", "the server has ended");
  message += '\n';
  if (stdin_->write(message)) return {};
  return fail(Code::kExhausted, "upstream.busy", "the server does not read what it is sent");
}

void StdioTransport::on_output(std::string_view bytes) {
  const auto fed = lines_.feed(bytes, [this](std::string_view line) {
    events_.on_message(line);
    return !closed_;
  });
  if (!fed && !closed_) gone(Error{Code::kUnavailable, "upstream.protocol", fed.error().message});
}

void StdioTransport::on_stderr(std::string_view bytes) {
  for (const char c : bytes) {
    if (c != '\n') {
      if (stderr_line_.size() < kMaxStderrLine) stderr_line_ += c;
      continue;
    }
    if (!stderr_line_.empty() && events_.on_stderr) events_.on_stderr(stderr_line_);
    stderr_line_.clear();
    if (closed_) return;
  }
}

Error StdioTransport::exit_error() {
  std::string how = "the server closed its output";
  if (const auto status = child_.poll()) {
    how = status->signalled ? "the server was ended by signal " + std::to_string(status->value)
                            : "the server ended with status " + std::to_string(status->value);
  }
  return Error{Code::kUnavailable, "upstream.died", std::move(how)};
}

void StdioTransport::gone(Error error) {
  if (closed_) return;
  const auto tell = events_.on_closed;
  close();
  tell(std::move(error));
}

void StdioTransport::finish() {
  if (stdin_) stdin_->close_when_written();
}

void StdioTransport::close() {
  if (std::exchange(closed_, true)) return;
  loop_.cancel(std::exchange(exit_timer_, 0));
  if (exit_watch_) exit_watch_->close();
  for (net::FdStream* stream : {stdin_.get(), stdout_.get(), stderr_.get()}) {
    if (stream != nullptr) stream->close();
  }
  child_.terminate(Duration{0});
}

}  // namespace ambit::mcp
