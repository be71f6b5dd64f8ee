#include "doors/mcp/internal/legacy_session.h"

#include <utility>

#include "crypto/random.h"
#include "mcp/json_scan.h"
#include "mcp/revision.h"
#include "text/json.h"

namespace ambit::doors::mcp {

LegacySession::LegacySession(std::string id, const service::Caller& caller, std::string server,
                             std::string revision, std::int64_t now_ms)
    : id_(std::move(id)),
      identity_(caller.identity),
      task_(caller.task),
      instance_(caller.instance),
      server_(std::move(server)),
      revision_(std::move(revision)),
      last_used_ms_(now_ms) {}

bool LegacySession::belongs_to(const service::Caller& caller, const std::string& server) const {
  return caller.identity == identity_ && caller.task == task_ && caller.instance == instance_ &&
         server == server_;
}

bool LegacySession::run(const ambit::mcp::Id& id, const std::shared_ptr<GovernedCall>& call,
                        std::size_t max_open) {
  if (calls_->size() >= max_open || !calls_->emplace(id, call).second) return false;
  call->start([calls = calls_, id] { calls->erase(id); });
  return true;
}

void LegacySession::cancel(std::string_view params) {
  const auto members = ambit::mcp::scan_object(params);
  if (!members) return;
  const auto id = ambit::mcp::parse_id(ambit::mcp::raw_member(*members, "requestId"));
  if (!id) return;
  const auto found = calls_->find(*id);
  if (found == calls_->end()) return;
  const auto call = found->second;
  call->cancel();
}

void LegacySession::listen(std::shared_ptr<net::SseStream> stream) {
  if (listener_) listener_->close();
  listener_ = std::move(stream);
}

void LegacySession::show_tools(const crypto::Digest& tools) {
  const bool changed = tools_ && *tools_ != tools;
  tools_ = tools;
  if (changed && listener_) {
    listener_->event(ambit::mcp::make_notification("notifications/tools/list_changed"));
  }
}

void LegacySession::keep_listener_alive() {
  if (listener_ && !listener_->comment("listening")) listener_ = nullptr;
}

bool LegacySession::idle_since(std::int64_t before_ms) const {
  return !busy() && last_used_ms_ < before_ms && (!listener_ || !listener_->is_open());
}

std::vector<std::shared_ptr<GovernedCall>> LegacySession::open_calls() const {
  std::vector<std::shared_ptr<GovernedCall>> calls;
  for (const auto& [id, call] : *calls_) calls.push_back(call);
  return calls;
}

void LegacySession::end(End how) {
  for (const auto& call : open_calls()) {
    how == End::kTaskEnded ? call->task_ended() : call->cancel();
  }
  if (listener_) std::exchange(listener_, nullptr)->close();
}

std::string initialize_result(std::string_view revision, std::string_view server,
                              std::string_view instructions) {
  text::Json result = text::Json::object(
      {{"protocolVersion", revision},
       {"capabilities",
        text::Json::object({{"tools", text::Json::object({{"listChanged", true}})}})},
       {"serverInfo", text::Json::object({{"name", "ambit"},
                                          {"title", std::string(server) + " (through Ambit)"},
                                          {"version", "0.1.0"}})}});
  if (!instructions.empty()) result.set("instructions", instructions);
  return text::to_json(result);
}

Result<std::string> negotiate(std::string_view params) {
  const auto json = text::parse_json(params);
  const std::string_view asked = json ? json->string_or("protocolVersion", "") : "";
  if (asked.empty()) {
    return fail(Code::kInvalid, "mcp.params",
                "`protocolVersion` must be a revision of the protocol");
  }
  const bool known = ambit::mcp::is_one_of(ambit::mcp::kGatewayRevisions, asked);
  return std::string(known ? asked : ambit::mcp::kNewestRevision);
}

std::shared_ptr<LegacySession> LegacySessions::open(const service::Caller& caller,
                                                    const std::string& server,
                                                    const std::string& revision,
                                                    std::int64_t now_ms, std::size_t max_sessions,
                                                    std::size_t max_per_task) {
  if (by_task_.count(caller.task) >= max_per_task && !make_room(caller.task)) return nullptr;
  if (sessions_.size() >= max_sessions) return nullptr;
  auto session = std::make_shared<LegacySession>(crypto::random_token("mcp_"), caller, server,
                                                 revision, now_ms);
  sessions_[session->id()] = session;
  by_task_.emplace(caller.task, session->id());
  return session;
}

bool LegacySessions::make_room(const std::string& task) {
  std::shared_ptr<LegacySession> oldest;
  for (const auto& session : of_task(task)) {
    const bool older = !oldest || session->last_used_ms() < oldest->last_used_ms();
    if (!session->busy() && older) oldest = session;
  }
  if (!oldest) return false;
  remove(oldest->id(), LegacySession::End::kDeleted);
  return true;
}

std::shared_ptr<LegacySession> LegacySessions::find(std::string_view id,
                                                    const service::Caller& caller,
                                                    const std::string& server) const {
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || !found->second->belongs_to(caller, server)) return nullptr;
  return found->second;
}

void LegacySessions::remove(const std::string& id, LegacySession::End how) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  const auto session = found->second;
  sessions_.erase(found);
  const auto [first, last] = by_task_.equal_range(session->task());
  for (auto at = first; at != last; ++at) {
    if (at->second != session->id()) continue;
    by_task_.erase(at);
    break;
  }
  session->end(how);
}

void LegacySessions::end_task(const std::string& task) {
  for (const auto& session : of_task(task)) {
    remove(session->id(), LegacySession::End::kTaskEnded);
  }
}

void LegacySessions::drop_idle(std::int64_t before_ms) {
  std::vector<std::string> idle;
  for (const auto& [id, session] : sessions_) {
    if (session->idle_since(before_ms)) idle.push_back(id);
  }
  for (const std::string& id : idle) remove(id, LegacySession::End::kDeleted);
}

void LegacySessions::each(const std::function<void(LegacySession&)>& visit) const {
  for (const auto& [id, session] : sessions_) visit(*session);
}

std::vector<std::shared_ptr<LegacySession>> LegacySessions::of_task(const std::string& task) const {
  std::vector<std::shared_ptr<LegacySession>> out;
  const auto [first, last] = by_task_.equal_range(task);
  for (auto at = first; at != last; ++at) {
    const auto session = sessions_.find(at->second);
    if (session != sessions_.end()) out.push_back(session->second);
  }
  return out;
}

}  // namespace ambit::doors::mcp
