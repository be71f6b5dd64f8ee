// Sessions of the revisions that open with `initialize`: who owns one, what is open in it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/digest.h"
#include "doors/mcp/internal/governed_call.h"
#include "mcp/jsonrpc.h"
#include "net/http_server.h"
#include "service/caller.h"

namespace ambit::doors::mcp {

class LegacySession {
 public:
  LegacySession(std::string id, const service::Caller& caller, std::string server,
                std::string revision, std::int64_t now_ms);

  const std::string& id() const { return id_; }
  const std::string& identity() const { return identity_; }
  const std::string& task() const { return task_; }
  const std::string& server() const { return server_; }
  const std::string& revision() const { return revision_; }

  // Whether the caller is the very instance that opened the session, on the same server.
  bool belongs_to(const service::Caller& caller, const std::string& server) const;

  // Runs a call under its id; false when the id is in use or too many calls are open.
  bool run(const ambit::mcp::Id& id, const std::shared_ptr<GovernedCall>& call,
           std::size_t max_open);
  // `notifications/cancelled` with these params; what is malformed or unknown is ignored.
  void cancel(std::string_view params);

  // The stream on which the server speaks unasked; a new one takes the place of an old one.
  void listen(std::shared_ptr<net::SseStream> stream);
  // What the agent may see now; when it is not what it was, the client is told to list again.
  void show_tools(const crypto::Digest& tools);
  void keep_listener_alive();

  void touch(std::int64_t now_ms) { last_used_ms_ = now_ms; }
  std::int64_t last_used_ms() const { return last_used_ms_; }
  bool idle_since(std::int64_t before_ms) const;
  bool busy() const { return !calls_->empty(); }

  enum class End { kTaskEnded, kDeleted };
  // Ends what is open and closes the stream. With kTaskEnded calls under way still answer.
  void end(End how);

 private:
  std::vector<std::shared_ptr<GovernedCall>> open_calls() const;

  const std::string id_;
  const std::string identity_, task_, instance_;
  const std::string server_;
  const std::string revision_;
  std::int64_t last_used_ms_;
  // Shared with the calls, which outlive a session that was ended.
  using Calls = std::map<ambit::mcp::Id, std::shared_ptr<GovernedCall>>;
  std::shared_ptr<Calls> calls_ = std::make_shared<Calls>();
  std::shared_ptr<net::SseStream> listener_;
  std::optional<crypto::Digest> tools_;
};

// The `result` of `initialize`. `instructions` are the tool server's, as approved; may be empty.
std::string initialize_result(std::string_view revision, std::string_view server,
                              std::string_view instructions);

// Reads the `params` of `initialize` and settles on a revision: the asked one if it is known, else
// the newest. `mcp.params` when there is none in them.
Result<std::string> negotiate(std::string_view params);

class LegacySessions {
 public:
  // Null when too many sessions are open and none is idle.
  std::shared_ptr<LegacySession> open(const service::Caller& caller, const std::string& server,
                                      const std::string& revision, std::int64_t now_ms,
                                      std::size_t max_sessions, std::size_t max_per_task);
  // Null when there is none, or it is somebody else's.
  std::shared_ptr<LegacySession> find(std::string_view id, const service::Caller& caller,
                                      const std::string& server) const;
  void remove(const std::string& id, LegacySession::End how);
  void end_task(const std::string& task);
  void drop_idle(std::int64_t before_ms);
  void each(const std::function<void(LegacySession&)>& visit) const;
  std::vector<std::shared_ptr<LegacySession>> of_task(const std::string& task) const;
  std::size_t size() const { return sessions_.size(); }

 private:
  bool make_room(const std::string& task);

  std::map<std::string, std::shared_ptr<LegacySession>, std::less<>> sessions_;
  std::multimap<std::string, std::string> by_task_;
};

}  // namespace ambit::doors::mcp
