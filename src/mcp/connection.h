// One initialized client connection to one tool server, in the revisions that open with
// `initialize`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "mcp/jsonrpc.h"
#include "mcp/transport.h"
#include "net/event_loop.h"
#include "text/json.h"

namespace ambit::mcp {

// The server's answer to a request, as the bytes it sent: `result`, or `error` with its reading.
struct Answer {
  std::string result;
  std::string raw_error;
  std::optional<RpcError> error;
};
using AnswerDone = std::function<void(Result<Answer>)>;

struct RequestOptions {
  // Since the request was sent or last showed progress; the server is then told to stop.
  Duration timeout = seconds(60);
  // JSON members for `_meta`, without braces.
  std::string meta;
  // Asks the server for progress; gets the notification's `params`.
  std::function<void(std::string_view params)> on_progress;
};

struct ConnectionHandlers {
  // A request of the server; gives the `result` as JSON, or the error to answer with.
  std::function<tl::expected<std::string, RpcError>(std::string_view method,
                                                    std::string_view params)>
      on_request;
  std::function<void(std::string_view method, std::string_view params)> on_notification;
  // Once, when the connection has gone by itself; not after `close`. All open requests have failed
  // by then.
  std::function<void(Error error)> on_closed;
  // What the server wrote to its standard error (`stderr`) and what was no message (`garbage`);
  // bounded, for logs only.
  std::function<void(std::string_view kind, std::string_view text)> on_noise;
};

struct ConnectionOptions {
  std::string client_version = "0.1.0";
  Duration handshake_timeout = seconds(30);
  Duration list_timeout = seconds(30);
  std::size_t max_open_requests = 1024;
  std::size_t max_list_pages = 100;
  std::size_t max_tools = 5000;
  std::size_t max_list_bytes = 8u << 20;
};

// Loop thread only, held by shared_ptr. A request is sent at most once, whatever happens. Errors of
// requests: `upstream.died` (gone before it answered), `upstream.timeout`, `upstream.cancelled`,
// `upstream.busy` (not sent), `upstream.protocol` (the answer breaks the protocol),
// `upstream.unreachable`.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  static std::shared_ptr<Connection> create(net::EventLoop& loop,
                                            std::shared_ptr<Transport> transport,
                                            ConnectionHandlers handlers,
                                            ConnectionOptions options = {});
  ~Connection();

  // The handshake: offers the newest revision and takes any that it knows.
  void initialize(std::function<void(Result<>)> done);

  // Sends a request; `members` are those of `params`, without braces. `done` is called once, later.
  // Returns the id to cancel it with.
  std::int64_t request(std::string_view method, std::string_view members, RequestOptions options,
                       AnswerDone done);

  // Tells the server to stop and fails the request with `upstream.cancelled`. Unknown ids are
  // ignored.
  void cancel(std::int64_t id, std::string_view reason);

  // All pages of `tools/list`. A server without the capability has none. Refuses a listing without
  // an end, beyond the bounds, or with a tool that is nameless or listed twice.
  void list_tools(std::function<void(Result<text::JsonArray>)> done);

  // Asks the server to end; `on_closed` comes when it has.
  void finish();
  // Ends the connection at once; open requests fail with `upstream.died`.
  void close();

  const std::string& instructions() const { return instructions_; }
  const std::string& revision() const { return revision_; }
  std::size_t open_requests() const { return pending_.size(); }
  std::uint64_t garbage() const { return garbage_; }

 private:
  struct Pending {
    AnswerDone done;
    std::function<void(std::string_view)> on_progress;
    Duration timeout;
    net::TimerId timer = 0;
  };
  struct Listing;

  Connection(net::EventLoop& loop, std::shared_ptr<Transport> transport,
             ConnectionHandlers handlers, ConnectionOptions options);
  void start();
  Result<> finish_handshake(const Answer& answer);
  void receive(std::string_view bytes);
  void receive_one(std::string_view bytes);
  void receive_request(const Message& message);
  void receive_notification(const Message& message);
  void receive_answer(const Message& message);
  void noise(std::string_view kind, std::string_view text);
  void arm_timer(std::int64_t id);
  void complete(std::int64_t id, Result<Answer> answer);
  void fail_all(const Error& error);
  void next_page(std::shared_ptr<Listing> listing);
  static Result<> add_page(Listing& listing, const Answer& answer,
                           const ConnectionOptions& options);

  net::EventLoop& loop_;
  std::shared_ptr<Transport> transport_;
  ConnectionHandlers handlers_;
  ConnectionOptions options_;
  std::map<std::int64_t, Pending> pending_;
  std::int64_t next_id_ = 1;
  std::string revision_;
  std::string instructions_;
  bool has_tools_ = false;
  bool closed_ = false;
  std::uint64_t garbage_ = 0;
};

}  // namespace ambit::mcp
