#include "doors/mcp/internal/progress.h"

#include "mcp/json_scan.h"
#include "text/json.h"

namespace ambit::doors::mcp {
namespace {

// Small enough to stay below whatever the tool server counts in.
constexpr double kWaitingStep = 0.0001;

std::string notification(const ambit::mcp::Id& token, std::string_view members) {
  return ambit::mcp::make_notification(
      "notifications/progress",
      R"({"progressToken":)" + ambit::mcp::to_json(token) + std::string(members) + "}");
}

}  // namespace

std::optional<std::string> ProgressRelay::waiting(std::string_view message) {
  if (!token_) return std::nullopt;
  last_ += kWaitingStep;
  std::string members = R"(,"progress":)";
  text::append_json(members, text::Json(last_));
  members += R"(,"message":)";
  text::append_json_string(members, message);
  return notification(*token_, members);
}

std::optional<std::string> ProgressRelay::relayed(std::string_view params) {
  if (!token_) return std::nullopt;
  const auto members = ambit::mcp::scan_object(params);
  if (!members) return std::nullopt;
  const auto progress = text::parse_json(ambit::mcp::raw_member(*members, "progress"));
  if (!progress || !progress->is_number() || progress->as_double() <= last_) return std::nullopt;
  last_ = progress->as_double();
  std::string out;
  for (const ambit::mcp::RawMember& member : *members) {
    if (member.key == "progressToken") continue;
    out += ',';
    text::append_json_string(out, member.key);
    out += ':';
    out += member.value;
  }
  return notification(*token_, out);
}

}  // namespace ambit::doors::mcp
