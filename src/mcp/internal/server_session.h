// One server as one task sees it: started when first needed, its tools listed before anything else,
// restarted after a crash with a growing pause.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/connection.h"
#include "mcp/supervisor.h"
#include "net/http_client.h"

namespace ambit::mcp {

// What the sessions of one supervisor share; outlives them.
struct SessionContext {
  net::EventLoop& loop;
  net::HttpClient& http;
  const SupervisorOptions& options;
  CommandDigest& digests;
  SupervisorHooks& hooks;
  // Keeps what may be calling us until it has returned.
  std::function<void(std::shared_ptr<void>)> free_later;
};

class ServerSession : public std::enable_shared_from_this<ServerSession> {
 public:
  // An empty task makes a catalogue session: its listing is for the caller alone and its roots are
  // empty.
  ServerSession(SessionContext& context, domain::Server server, std::string task);
  ~ServerSession();

  // Calls back (perhaps at once) when the server runs and its present listing has been handed to
  // the observer, or with the reason why not.
  void prepare(std::function<void(Result<>)> done);

  // Null unless prepared.
  std::shared_ptr<Connection> ready_connection() const;
  const ports::Upstream::Listing& listing() const { return listing_; }
  const domain::Server& server() const { return server_; }
  const std::string& task() const { return task_; }
  bool busy() const;
  std::int64_t last_used_ms() const { return last_used_ms_; }
  void touch() { last_used_ms_ = context_.loop.now_ms(); }

  // Asks the server to end, and calls back once when it has.
  void finish(std::function<void()> ended);
  // Ends everything before it returns; whoever waits gets `upstream.released`.
  void close();

 private:
  enum class State { kDown, kPausing, kStarting, kListing, kReady, kClosed };

  void start();
  Result<std::shared_ptr<Transport>> open_transport();
  void connect(std::shared_ptr<Transport> transport);
  void list();
  void list_later();
  void on_listed(Result<text::JsonArray> tools);
  void on_notification(std::string_view method);
  tl::expected<std::string, RpcError> on_request(std::string_view method) const;
  void on_closed(const Error& error);
  void went_down(Error error);
  void answer_waiting(const Result<>& result);
  void event(std::string_view what, std::string_view detail) const;
  // Wraps a member so that it does nothing once the session, or this connection of it, has gone.
  template <class F>
  auto guarded(F f);

  SessionContext& context_;
  const domain::Server server_;
  const std::string task_;
  State state_ = State::kDown;
  std::shared_ptr<Connection> connection_;
  ports::Upstream::Listing listing_;
  std::vector<std::function<void(Result<>)>> waiting_;
  std::function<void()> ended_;
  net::TimerId timer_ = 0;
  std::string last_words_;  // the newest line on the child's standard error
  std::uint64_t generation_ = 0;
  bool list_again_ = false;
  int failures_ = 0;
  std::int64_t listed_ms_ = 0;
  std::int64_t up_since_ms_ = 0;
  std::int64_t down_since_ms_ = 0;
  std::int64_t last_used_ms_ = 0;
};

}  // namespace ambit::mcp
