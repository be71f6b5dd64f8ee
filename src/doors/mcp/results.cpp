#include "doors/mcp/internal/results.h"

#include "text/json.h"

namespace ambit::doors::mcp {
namespace {

std::string error_result(std::string message, text::Json meta) {
  return text::to_json(text::Json::object(
      {{"content", text::Json::array({text::Json::object({{"type", "text"}, {"text", message}})})},
       {"isError", true},
       {"_meta", std::move(meta)}}));
}

text::Json meta_of(const service::Released& released, std::string_view reason) {
  text::Json meta = text::Json::object({{"ambit/reason", reason}});
  if (!released.decision_id.empty()) meta.set("ambit/decision", released.decision_id);
  if (!released.approval.empty()) meta.set("ambit/approval", released.approval);
  return meta;
}

}  // namespace

std::string denied_result(const service::Released& released) {
  std::string message = "Ambit denied this call; nothing was done.";
  for (const decision::Reason& reason : released.decision.reasons) {
    message += "\n- " + reason.message + " (" + reason.code + ")";
    if (!reason.remedy.empty()) message += "\n  What would make it allowed: " + reason.remedy;
  }
  message += "\nDecision " + released.decision_id + ".";
  const auto& reasons = released.decision.reasons;
  const std::string code = reasons.empty() ? "denied" : reasons.front().code;
  return error_result(std::move(message), meta_of(released, code));
}

std::string waiting_result(const service::Released& released) {
  std::string message =
      "This call needs a human's approval; nothing was done. It is waiting for approval " +
      released.approval + ". Repeat the same call, unchanged, once it is granted.";
  if (released.approval_expires) {
    message +=
        " Without an answer by " + to_rfc3339(*released.approval_expires) + " it is refused.";
  }
  return error_result(std::move(message), meta_of(released, "approval.pending"));
}

std::string refused_result(const service::Released& released, std::string_view reason,
                           std::string_view message) {
  return error_result(std::string(message), meta_of(released, reason));
}

std::string undecided_result(std::string_view reason, std::string_view message) {
  return error_result(std::string(message), text::Json::object({{"ambit/reason", reason}}));
}

}  // namespace ambit::doors::mcp
