#include "mcp/supervisor.h"

#include <utility>

#include "mcp/internal/server_session.h"

namespace ambit::mcp {
namespace {

// Tasks whose end is remembered, so that work that was under way cannot start their servers anew.
constexpr std::size_t kMaxReleased = 65'536;

Result<ports::ToolAnswer> read_answer(const Answer& answer) {
  if (answer.error) {
    return fail(Code::kUnavailable, "upstream.protocol",
                "the server answered with an error: " + shown(answer.error->message));
  }
  const auto result = text::parse_json(answer.result, {.max_bytes = 16u << 20, .max_depth = 64});
  if (!result || !result->is_object()) {
    return fail(Code::kUnavailable, "upstream.protocol", "the tool's result is no JSON object");
  }
  ports::ToolAnswer out;
  if (const text::Json* is_error = result->find("isError")) {
    out.is_error = !is_error->is_bool() || is_error->as_bool();
  }
  const text::Json* content = result->find("content");
  if (content == nullptr || !content->is_array()) return out;
  for (const text::Json& part : content->as_array()) {
    if (part.string_or("type", "") != "text") continue;
    if (!out.text.empty()) out.text += '\n';
    out.text += part.string_or("text", "");
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<Supervisor>> Supervisor::create(net::EventLoop& loop,
                                                       SupervisorOptions options) {
  AMBIT_TRY(auto http, net::HttpClient::create(loop, options.http));
  return std::unique_ptr<Supervisor>(new Supervisor(loop, std::move(options), std::move(http)));
}

Supervisor::Supervisor(net::EventLoop& loop, SupervisorOptions options,
                       std::unique_ptr<net::HttpClient> http)
    : loop_(loop), options_(std::move(options)), http_(std::move(http)) {
  context_ = std::make_unique<SessionContext>(
      SessionContext{loop_, *http_, options_, digests_, hooks_,
                     [this](std::shared_ptr<void> object) { free_later(std::move(object)); }});
  set_hooks({});
  sweep_timer_ = loop_.after(options_.sweep_interval, [this] { sweep(); });
}

Supervisor::~Supervisor() {
  *alive_ = false;
  loop_.cancel(sweep_timer_);
  for (const auto& [session, timer] : retiring_) loop_.cancel(timer);
  // Whoever still waits is told by the close, and must find no half-destroyed tables.
  auto sessions = std::exchange(sessions_, {});
  auto catalogue = std::exchange(catalogue_, {});
  for (const auto& [key, session] : sessions) session->close();
  for (const auto& session : catalogue) session->close();
  for (const auto& [session, timer] : retiring_) session->close();
}

void Supervisor::set_hooks(SupervisorHooks hooks) {
  hooks_ = std::move(hooks);
  const auto told = hooks_.on_event;
  hooks_.on_event = [this, told](std::string_view what, std::string_view server,
                                 std::string_view task, std::string_view detail) {
    if (what == "started") ++stats_.starts;
    if (what == "refused_request") ++stats_.refused_requests;
    if (told) told(what, server, task, detail);
  };
}

std::shared_ptr<ServerSession> Supervisor::session_for(const domain::Server& server,
                                                       const std::string& task) {
  const auto found = sessions_.find(KeyOrder::View(task, server.id));
  if (found != sessions_.end()) {
    if (found->second->server().digest == server.digest) return found->second;
    // The server was registered anew: what runs is not what is registered.
    bury(std::move(found->second));
    sessions_.erase(found);
  }
  if (sessions_.size() >= options_.max_sessions && !make_room()) return nullptr;
  auto session = std::make_shared<ServerSession>(*context_, server, task);
  sessions_[{task, server.id}] = session;
  return session;
}

bool Supervisor::make_room() {
  auto oldest = sessions_.end();
  for (auto at = sessions_.begin(); at != sessions_.end(); ++at) {
    if (at->second->busy()) continue;
    if (oldest == sessions_.end() || at->second->last_used_ms() < oldest->second->last_used_ms()) {
      oldest = at;
    }
  }
  if (oldest == sessions_.end()) return false;
  const auto session = std::move(oldest->second);
  sessions_.erase(oldest);
  bury(session);
  return true;
}

void Supervisor::prepare(const domain::Server& server, const std::string& task,
                         std::function<void(Result<>)> done) {
  if (released_.contains(task)) {
    return done(fail(Code::kExpired, "upstream.released", "the task has ended"));
  }
  const auto session = session_for(server, task);
  if (!session) {
    return done(fail(Code::kExhausted, "upstream.busy", "too many tool servers are running"));
  }
  session->prepare(std::move(done));
}

std::uint64_t Supervisor::call(ToolCall call, AnswerDone done) {
  const std::uint64_t id = next_call_++;
  const auto found = sessions_.find(KeyOrder::View(call.task, call.server));
  const auto connection = found == sessions_.end() ? nullptr : found->second->ready_connection();
  if (!connection) {
    loop_.post([done = std::move(done)] {
      done(fail(Code::kUnavailable, "upstream.not_running",
                "the tool server is not running; nothing was sent"));
    });
    return id;
  }
  found->second->touch();
  std::string members;
  members.reserve(call.tool.size() + call.arguments.size() + 32);
  members += R"("name":)";
  text::append_json_string(members, call.tool);
  members.append(R"(,"arguments":)").append(call.arguments);
  RequestOptions options;
  options.timeout = options_.call_timeout;
  options.meta = std::move(call.meta);
  options.on_progress = std::move(call.on_progress);
  const std::int64_t request =
      connection->request("tools/call", members, std::move(options),
                          [this, id, alive = std::weak_ptr<bool>(alive_),
                           done = std::move(done)](Result<Answer> answer) {
                            if (const auto here = alive.lock(); here && *here) calls_.erase(id);
                            done(std::move(answer));
                          });
  calls_[id] = {connection, request};
  return id;
}

void Supervisor::cancel(std::uint64_t call, std::string_view reason) {
  const auto found = calls_.find(call);
  if (found == calls_.end()) return;
  const OpenCall open = found->second;
  if (const auto connection = open.connection.lock()) connection->cancel(open.request, reason);
}

bool Supervisor::was_sent(const Error& error) {
  return error.reason != "upstream.not_running" && error.reason != "upstream.busy";
}

SupervisorStats Supervisor::stats() const {
  SupervisorStats stats = stats_;
  stats.sessions = sessions_.size();
  return stats;
}

void Supervisor::call_tool(const domain::Server& server, const std::string& task,
                           const std::string& tool, const text::Json& arguments,
                           std::function<void(Result<ports::ToolAnswer>)> done) {
  ToolCall call{server.id, task, tool, text::to_canonical_json(arguments), {}, {}};
  prepare(server, task, [this, call = std::move(call), done = std::move(done)](Result<> ready) {
    if (!ready) return done(fail(ready.error()));
    auto timer = std::make_shared<net::TimerId>(0);
    const std::uint64_t id = this->call(call, [&loop = loop_, done, timer](Result<Answer> answer) {
      loop.cancel(*timer);
      if (!answer) return done(fail(std::move(answer).error()));
      done(read_answer(*answer));
    });
    *timer = loop_.after(options_.probe_timeout, [this, id] { cancel(id, "timeout"); });
  });
}

void Supervisor::list_tools(const domain::Server& server,
                            std::function<void(Result<Listing>)> done) {
  auto session = std::make_shared<ServerSession>(*context_, server, "");
  catalogue_.insert(session);
  session->prepare([this, session, done = std::move(done)](const Result<>& ready) {
    if (catalogue_.erase(session) == 0) {
      return done(fail(Code::kUnavailable, "upstream.unreachable", "Ambit is stopping"));
    }
    const Listing listing = session->listing();
    bury(session);
    if (!ready) return done(fail(ready.error()));
    done(listing);
  });
}

void Supervisor::release_task(const std::string& task) {
  if (released_.insert(task).second) {
    released_order_.push_back(task);
    if (released_order_.size() > kMaxReleased) {
      released_.erase(released_order_.front());
      released_order_.pop_front();
    }
  }
  std::vector<std::shared_ptr<ServerSession>> ending;
  for (auto at = sessions_.lower_bound(KeyOrder::View(task, ""));
       at != sessions_.end() && at->first.first == task;) {
    ending.push_back(std::move(at->second));
    at = sessions_.erase(at);
  }
  for (auto at = retiring_.begin(); at != retiring_.end();) {
    if (at->first->task() != task) {
      ++at;
      continue;
    }
    loop_.cancel(at->second);
    ending.push_back(at->first);
    at = retiring_.erase(at);
  }
  for (auto& session : ending) bury(std::move(session));
}

bool Supervisor::task_is_released(const std::string& task) const {
  const auto first = sessions_.lower_bound(KeyOrder::View(task, ""));
  if (first != sessions_.end() && first->first.first == task) return false;
  for (const auto& [session, timer] : retiring_) {
    if (session->task() == task) return false;
  }
  return true;
}

void Supervisor::bury(std::shared_ptr<ServerSession> session) {
  session->close();
  // It may be one of its own callbacks that ends it.
  free_later(std::move(session));
}

void Supervisor::free_later(std::shared_ptr<void> object) {
  graves_.push_back(std::move(object));
  if (graves_.size() > 1) return;
  loop_.post([this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.lock()) return;
    const auto graves = std::exchange(graves_, {});
  });
}

void Supervisor::retire(std::shared_ptr<ServerSession> session) {
  const auto close = [this, session = session.get()] {
    for (auto at = retiring_.begin(); at != retiring_.end(); ++at) {
      if (at->first.get() != session) continue;
      loop_.cancel(at->second);
      const auto kept = at->first;
      retiring_.erase(at);
      return bury(kept);
    }
  };
  retiring_[session] = loop_.after(options_.finish_grace, close);
  session->finish(close);
}

void Supervisor::sweep() {
  sweep_timer_ = loop_.after(options_.sweep_interval, [this] { sweep(); });
  if (options_.idle_timeout.ms == 0) return;
  const std::int64_t before = loop_.now_ms() - options_.idle_timeout.ms;
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    if (at->second->busy()) at->second->touch();
    if (at->second->last_used_ms() > before) {
      ++at;
      continue;
    }
    auto session = std::move(at->second);
    at = sessions_.erase(at);
    retire(std::move(session));
  }
}

}  // namespace ambit::mcp
