#include "doors/mcp/internal/governor.h"

#include <algorithm>
#include <array>
#include <utility>

#include "doors/mcp/internal/tool_pages.h"
#include "mcp/method_table.h"

namespace ambit::doors::mcp {
namespace {

using ambit::mcp::Direction;
using ambit::mcp::Form;
using ambit::mcp::Treatment;

// RFC 5424 names, as `logging/setLevel` takes them.
constexpr std::array<std::string_view, 8> kLevels = {"debug", "info",     "notice", "warning",
                                                     "error", "critical", "alert",  "emergency"};

std::string invalid_params(const ambit::mcp::Message& message, const Error& error) {
  const std::string data = text::to_json(text::Json::object({{"reason", error.reason}}));
  return ambit::mcp::make_error(message.id, ambit::mcp::kInvalidParams,
                                "invalid arguments: " + error.message, data);
}

std::string set_level(const ambit::mcp::Message& message) {
  const auto params = text::parse_json(message.params);
  const std::string_view level = params ? params->string_or("level", "") : "";
  if (std::find(kLevels.begin(), kLevels.end(), level) == kLevels.end()) {
    return invalid_params(message, Error{Code::kInvalid, "mcp.params", "`level` is no log level"});
  }
  return ambit::mcp::make_result(*message.id, "{}");
}

}  // namespace

std::shared_ptr<GovernedCall> Governor::handle(const RpcRequest& request,
                                               std::shared_ptr<Replies> replies) {
  const ambit::mcp::Message& message = request.message;
  switch (ambit::mcp::treatment_of(Direction::kFromAgent, Form::kRequest, message.method)) {
    case Treatment::kGoverned: break;
    case Treatment::kAnswered: replies->respond(answer(request)); return nullptr;
    case Treatment::kHarmless:
    case Treatment::kRefused:
      note_refused(request.caller, request.server, message.method);
      replies->respond(
          ambit::mcp::make_error(message.id, ambit::mcp::kMethodNotFound, "Method not found"));
      return nullptr;
  }
  auto call = read_call_request(message.params);
  if (!call) {
    replies->respond(invalid_params(message, call.error()));
    return nullptr;
  }
  return std::make_shared<GovernedCall>(desk_, request.caller, request.server, *message.id,
                                        std::move(*call), std::move(replies));
}

std::string Governor::answer(const RpcRequest& request) const {
  const std::string& method = request.message.method;
  if (method == "ping") return ambit::mcp::make_result(*request.message.id, "{}");
  if (method == "tools/list") return list_tools(request);
  if (method == "logging/setLevel") return set_level(request.message);
  // `initialize` opens a session and is no request of one.
  return ambit::mcp::make_error(request.message.id, ambit::mcp::kInvalidRequest,
                                "the session is initialized already");
}

std::string Governor::list_tools(const RpcRequest& request) const {
  const auto page = tools_page(desk_.service.visible_tools(request.caller, request.server),
                               request.message.params, desk_.options.tools_per_page);
  return page ? ambit::mcp::make_result(*request.message.id, *page)
              : invalid_params(request.message, page.error());
}

void Governor::note_refused(const service::Caller& caller, const std::string& server,
                            std::string_view method) {
  ++refused_;
  if (desk_.options.on_event) {
    desk_.options.on_event("refused_method", server, caller.task, ambit::mcp::shown(method));
  }
}

}  // namespace ambit::doors::mcp
