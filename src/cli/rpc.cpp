#include "cli/internal/rpc.h"

#include <algorithm>

namespace ambit::cli {
namespace {

constexpr text::JsonLimits kLimits{64u << 20, 64};

}  // namespace

Result<RpcMessage> read_message(std::string_view line) {
  auto parsed = text::parse_json(line, kLimits);
  if (!parsed) return fail(Code::kInvalid, "rpc.parse", parsed.error().message);
  if (!parsed->is_object() || parsed->string_or("jsonrpc", "") != "2.0") {
    return fail(Code::kInvalid, "rpc.invalid", "a message is one JSON-RPC 2.0 object");
  }
  RpcMessage message{std::string(line), std::string(parsed->string_or("method", "")), nullptr};
  if (const text::Json* id = parsed->find("id")) {
    if (!id->is_string() && !id->is_int() && !id->is_null()) {
      return fail(Code::kInvalid, "rpc.invalid", "an `id` is a string or a whole number");
    }
    message.id = *id;
  }
  if (message.method.empty() && message.id.is_null() && parsed->find("error") == nullptr) {
    return fail(Code::kInvalid, "rpc.invalid", "a message has a `method`, or answers an `id`");
  }
  return message;
}

std::string error_line(const text::Json& id, std::int64_t code, std::string_view message,
                       std::string_view reason) {
  using text::Json;
  return text::to_json(
      Json::object({{"jsonrpc", "2.0"},
                    {"id", id},
                    {"error", Json::object({{"code", code},
                                            {"message", message},
                                            {"data", Json::object({{"reason", reason}})}})}}));
}

std::string one_line(std::string_view json) {
  std::string out(json);
  std::replace_if(out.begin(), out.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return out;
}

void LineReader::feed(std::string_view bytes, const std::function<void(std::string_view)>& line,
                      const std::function<void()>& too_long) {
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    if (!is_dropping_) partial_.append(bytes.substr(0, end));
    if (!is_dropping_ && partial_.size() > limit_) {
      is_dropping_ = true;
      partial_ = std::string();
      too_long();
    }
    if (end == bytes.size()) return;
    bytes.remove_prefix(end + 1);
    is_dropping_ = false;
    std::string whole;
    whole.swap(partial_);
    if (whole.ends_with('\r')) whole.pop_back();
    if (!whole.empty()) line(whole);
  }
}

}  // namespace ambit::cli
