// All connections toward tool servers: one child (or one HTTP session) for each server and task,
// started when first needed and ended with the task.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mcp/connection.h"
#include "mcp/launch.h"
#include "net/http_client.h"
#include "ports/upstream.h"

namespace ambit::mcp {

class ServerSession;
struct SessionContext;

struct SupervisorOptions {
  LaunchOptions launch;
  ConnectionOptions connection;
  net::ClientOptions http;
  Duration call_timeout = minutes(10);   // without an answer or progress
  Duration probe_timeout = seconds(20);  // of a call that Ambit makes itself
  Duration idle_timeout = minutes(30);   // of a session that nobody uses; 0: none
  Duration sweep_interval = seconds(5);  // how often idle sessions are looked for
  Duration finish_grace = seconds(2);    // for an idle server to end by itself
  Duration min_pause = {200};            // before the restart of a server that died
  Duration max_pause = seconds(10);
  Duration stable_after = seconds(30);  // a server that ran this long is restarted at once
  Duration list_pause = {250};          // between two listings that the server asks for
  std::size_t max_sessions = 512;
  std::size_t max_message_bytes = 16u << 20;
};

// What the supervisor tells and asks the rest of the house.
struct SupervisorHooks {
  // The file system roots of a task, as absolute paths: all that a server is told of them.
  std::function<std::vector<std::string>(const std::string& task)> roots;
  // A listing seen at run time, before any call goes to the server that sent it.
  std::function<void(const std::string& server, const ports::Upstream::Listing& listing)>
      on_listing;
  // For logs: `started`, `ended`, `refused_request` (a method that servers may not use), `stderr`,
  // `garbage`, `dropped_notification`. `detail` is bounded and comes from the server: untrusted.
  std::function<void(std::string_view what, std::string_view server, std::string_view task,
                     std::string_view detail)>
      on_event;
};

// A call that was decided; `arguments` are forwarded byte for byte.
struct ToolCall {
  std::string server;
  std::string task;
  std::string tool;
  std::string arguments;  // JSON object
  std::string meta;       // JSON members for `_meta`, without braces
  std::function<void(std::string_view params)> on_progress;  // of `notifications/progress`
};

struct SupervisorStats {
  std::size_t sessions = 0;
  std::uint64_t starts = 0;
  std::uint64_t refused_requests = 0;
};

// Loop thread only; destroying it ends every server.
class Supervisor final : public ports::Upstream {
 public:
  // Fails with `net.tls` when the HTTP client's files cannot be used.
  static Result<std::unique_ptr<Supervisor>> create(net::EventLoop& loop,
                                                    SupervisorOptions options = {});
  ~Supervisor() override;
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // To be set before the first task's call: without `on_listing` changed tools go unnoticed.
  void set_hooks(SupervisorHooks hooks);

  // Calls back when the server runs for this task and its present listing has been observed: the
  // moment to decide a call. Errors: `upstream.unreachable` (with what the start said),
  // `upstream.confinement`, `upstream.released` (the task has ended), `upstream.busy`.
  void prepare(const domain::Server& server, const std::string& task,
               std::function<void(Result<>)> done);

  // Forwards a call to a prepared server, once. `done` is called later, once. Beside the errors of
  // Connection: `upstream.not_running`, when nothing was sent because the server went away after
  // `prepare`. Returns what `cancel` takes.
  std::uint64_t call(ToolCall call, AnswerDone done);
  void cancel(std::uint64_t call, std::string_view reason);

  // Only those two errors say that nothing reached the server.
  static bool was_sent(const Error& error);

  SupervisorStats stats() const;

  // ports::Upstream
  void call_tool(const domain::Server& server, const std::string& task, const std::string& tool,
                 const text::Json& arguments,
                 std::function<void(Result<ports::ToolAnswer>)> done) override;
  void list_tools(const domain::Server& server, std::function<void(Result<Listing>)> done) override;
  void release_task(const std::string& task) override;
  bool task_is_released(const std::string& task) const override;

 private:
  using Key = std::pair<std::string, std::string>;  // task, server
  struct KeyOrder {
    using is_transparent = void;
    using View = std::pair<std::string_view, std::string_view>;
    static View view(const Key& key) { return {key.first, key.second}; }
    static View view(const View& key) { return key; }
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return view(a) < view(b);
    }
  };
  struct OpenCall {
    std::weak_ptr<Connection> connection;
    std::int64_t request = 0;
  };

  Supervisor(net::EventLoop& loop, SupervisorOptions options,
             std::unique_ptr<net::HttpClient> http);
  std::shared_ptr<ServerSession> session_for(const domain::Server& server, const std::string& task);
  bool make_room();
  void retire(std::shared_ptr<ServerSession> session);
  void bury(std::shared_ptr<ServerSession> session);
  void free_later(std::shared_ptr<void> object);
  void sweep();

  net::EventLoop& loop_;
  SupervisorOptions options_;
  SupervisorHooks hooks_;
  std::unique_ptr<net::HttpClient> http_;
  CommandDigest digests_;
  std::unique_ptr<SessionContext> context_;
  std::map<Key, std::shared_ptr<ServerSession>, KeyOrder> sessions_;
  std::set<std::shared_ptr<ServerSession>> catalogue_;
  std::map<std::shared_ptr<ServerSession>, net::TimerId> retiring_;
  std::vector<std::shared_ptr<void>> graves_;
  std::map<std::uint64_t, OpenCall> calls_;
  std::uint64_t next_call_ = 1;
  std::set<std::string> released_;
  std::deque<std::string> released_order_;
  net::TimerId sweep_timer_ = 0;
  SupervisorStats stats_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace ambit::mcp
