#include "mcp/internal/server_session.h"

#include <algorithm>
#include <utility>

#include "mcp/http_transport.h"
#include "mcp/method_table.h"
#include "mcp/stdio_transport.h"
#include "net/http.h"
#include "process/child.h"

namespace ambit::mcp {
namespace {

std::string file_uri(std::string_view path) {
  std::string uri = "file://";
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    uri += net::percent_encode(path.substr(at, end - at));
    if (end < path.size()) uri += '/';
    at = end + 1;
  }
  return uri;
}

std::string roots_result(const std::vector<std::string>& paths) {
  text::JsonArray roots;
  for (const std::string& path : paths) {
    roots.push_back(text::Json::object({{"uri", file_uri(path)}, {"name", path}}));
  }
  return text::to_json(text::Json::object({{"roots", std::move(roots)}}));
}

}  // namespace

ServerSession::ServerSession(SessionContext& context, domain::Server server, std::string task)
    : context_(context), server_(std::move(server)), task_(std::move(task)) {
  touch();
}

ServerSession::~ServerSession() { close(); }

template <class F>
auto ServerSession::guarded(F f) {
  return [weak = weak_from_this(), generation = generation_, f = std::move(f)](auto&&... args) {
    const auto self = weak.lock();
    if (self && self->generation_ == generation && self->state_ != State::kClosed) {
      f(*self, std::forward<decltype(args)>(args)...);
    }
  };
}

void ServerSession::prepare(std::function<void(Result<>)> done) {
  touch();
  if (state_ == State::kReady) return done({});
  if (state_ == State::kClosed) {
    return done(fail(Code::kExpired, "upstream.released", "the task has ended"));
  }
  waiting_.push_back(std::move(done));
  if (state_ != State::kDown) return;
  std::int64_t pause = 0;
  if (failures_ > 0) {
    const SupervisorOptions& options = context_.options;
    const std::int64_t wanted =
        std::min(options.min_pause.ms << std::min(failures_ - 1, 16), options.max_pause.ms);
    pause = std::max<std::int64_t>(0, down_since_ms_ + wanted - context_.loop.now_ms());
  }
  if (pause == 0) return start();
  state_ = State::kPausing;
  timer_ = context_.loop.after({pause}, guarded([](ServerSession& self) { self.start(); }));
}

std::shared_ptr<Connection> ServerSession::ready_connection() const {
  return state_ == State::kReady ? connection_ : nullptr;
}

bool ServerSession::busy() const {
  return !waiting_.empty() || (connection_ && connection_->open_requests() > 0);
}

Result<std::shared_ptr<Transport>> ServerSession::open_transport() {
  if (server_.transport == "http") {
    return std::make_shared<HttpTransport>(
        context_.loop, context_.http,
        HttpTransport::Options{.url = server_.url,
                               .max_message_bytes = context_.options.max_message_bytes,
                               .timeout = context_.options.call_timeout});
  }
  AMBIT_TRY(listing_.executable_digest, context_.digests.of(server_));
  AMBIT_TRY(const process::ChildSpec spec, launch_spec(server_, context_.options.launch));
  AMBIT_TRY(process::Child child, process::spawn(spec));
  return std::make_shared<StdioTransport>(context_.loop, std::move(child),
                                          context_.options.max_message_bytes);
}

void ServerSession::start() {
  timer_ = 0;
  ++generation_;
  state_ = State::kStarting;
  listing_ = {};
  auto transport = open_transport();
  if (!transport) return went_down(std::move(transport).error());
  event("started", "");
  connect(std::move(*transport));
}

void ServerSession::connect(std::shared_ptr<Transport> transport) {
  ConnectionHandlers handlers;
  const std::weak_ptr<ServerSession> weak = weak_from_this();
  handlers.on_request = [weak](std::string_view method, std::string_view) {
    const auto self = weak.lock();
    return self ? self->on_request(method)
                : tl::expected<std::string, RpcError>(
                      tl::unexpected(RpcError{kMethodNotFound, "method not found"}));
  };
  handlers.on_notification = guarded(
      [](ServerSession& self, std::string_view method, auto) { self.on_notification(method); });
  handlers.on_closed =
      guarded([](ServerSession& self, const Error& error) { self.on_closed(error); });
  handlers.on_noise =
      guarded([](ServerSession& self, std::string_view kind, std::string_view text) {
        if (kind == "stderr") self.last_words_ = text;
        self.event(kind, text);
      });
  connection_ = Connection::create(context_.loop, std::move(transport), std::move(handlers),
                                   context_.options.connection);
  connection_->initialize(guarded([](ServerSession& self, const Result<>& result) {
    if (!result) return self.went_down(result.error());
    self.listing_.instructions = self.connection_->instructions();
    self.list();
  }));
}

void ServerSession::list() {
  timer_ = 0;
  state_ = State::kListing;
  list_again_ = false;
  connection_->list_tools(guarded([](ServerSession& self, Result<text::JsonArray> tools) {
    self.on_listed(std::move(tools));
  }));
}

void ServerSession::on_listed(Result<text::JsonArray> tools) {
  if (!tools) return went_down(std::move(tools).error());
  listing_.tools = std::move(*tools);
  listed_ms_ = context_.loop.now_ms();
  if (!task_.empty() && context_.hooks.on_listing) {
    context_.hooks.on_listing(server_.id, listing_);
    if (state_ != State::kListing) return;
  }
  if (list_again_) return list_later();
  state_ = State::kReady;
  touch();
  if (up_since_ms_ == 0) up_since_ms_ = context_.loop.now_ms();
  answer_waiting({});
}

void ServerSession::on_notification(std::string_view method) {
  if (treatment_of(Direction::kFromServer, Form::kNotification, method) != Treatment::kHarmless) {
    return event("dropped_notification", shown(method));
  }
  if (method != "notifications/tools/list_changed") return;
  if (state_ == State::kListing) list_again_ = true;
  if (state_ == State::kReady) list_later();
}

// A server that announces changes all the time must not keep us listing all the time.
void ServerSession::list_later() {
  state_ = State::kListing;
  const std::int64_t next = listed_ms_ + context_.options.list_pause.ms;
  const std::int64_t wait = std::max<std::int64_t>(0, next - context_.loop.now_ms());
  timer_ = context_.loop.after({wait}, guarded([](ServerSession& self) { self.list(); }));
}

tl::expected<std::string, RpcError> ServerSession::on_request(std::string_view method) const {
  const bool answered =
      treatment_of(Direction::kFromServer, Form::kRequest, method) == Treatment::kAnswered;
  if (answered && method == "roots/list") {
    const bool has_roots = !task_.empty() && context_.hooks.roots;
    return roots_result(has_roots ? context_.hooks.roots(task_) : std::vector<std::string>{});
  }
  // Sampling and elicitation would be actions of the server on the agent and its human: denied.
  event("refused_request", shown(method));
  return tl::unexpected(RpcError{kMethodNotFound, "method not found: servers may not use it here"});
}

void ServerSession::on_closed(const Error& error) {
  event("ended", error.message);
  went_down(error);
}

void ServerSession::went_down(Error error) {
  const std::int64_t now = context_.loop.now_ms();
  const bool was_stable =
      up_since_ms_ != 0 && now - up_since_ms_ >= context_.options.stable_after.ms;
  failures_ = was_stable ? 1 : failures_ + 1;
  if (up_since_ms_ == 0 && !last_words_.empty()) {
    error.message += "; the last line on its standard error: `" + last_words_ + "`";
  }
  last_words_.clear();
  up_since_ms_ = 0;
  down_since_ms_ = now;
  state_ = State::kDown;
  context_.loop.cancel(std::exchange(timer_, 0));
  // The connection may be what called us, so it is closed now and freed later.
  if (connection_) {
    ++generation_;
    connection_->close();
    context_.free_later(shared_from_this());
    context_.free_later(std::exchange(connection_, nullptr));
  }
  if (ended_) std::exchange(ended_, nullptr)();
  if (error.reason != "upstream.confinement" && error.reason != "upstream.released") {
    error.reason = "upstream.unreachable";
  }
  answer_waiting(fail(std::move(error)));
}

void ServerSession::answer_waiting(const Result<>& result) {
  const auto waiting = std::exchange(waiting_, {});
  for (const auto& done : waiting) done(result);
}

void ServerSession::finish(std::function<void()> ended) {
  if (!connection_) return ended();
  ended_ = std::move(ended);
  connection_->finish();
}

void ServerSession::close() {
  if (std::exchange(state_, State::kClosed) == State::kClosed) return;
  context_.loop.cancel(std::exchange(timer_, 0));
  ended_ = nullptr;
  if (connection_) connection_->close();
  answer_waiting(fail(Code::kExpired, "upstream.released", "the task has ended"));
}

void ServerSession::event(std::string_view what, std::string_view detail) const {
  if (context_.hooks.on_event) context_.hooks.on_event(what, server_.id, task_, detail);
}

}  // namespace ambit::mcp
