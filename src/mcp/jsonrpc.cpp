#include "mcp/jsonrpc.h"

#include <algorithm>

#include "text/json.h"

namespace ambit::mcp {
namespace {

constexpr std::size_t kMaxIdBytes = 256;
constexpr std::size_t kMaxMethodBytes = 128;

tl::unexpected<Error> invalid(std::string message) {
  return fail(Code::kInvalid, "rpc.invalid", std::move(message));
}

bool starts_object(std::string_view raw) { return !raw.empty() && raw.front() == '{'; }

Result<std::string> read_method(std::string_view raw) {
  if (raw.front() != '"' || raw.size() > kMaxMethodBytes) {
    return invalid("`method` must be a short string");
  }
  AMBIT_TRY(const text::Json method, text::parse_json(raw));
  return method.as_string();
}

Result<> read_call(const std::vector<RawMember>& members, Message& message) {
  AMBIT_TRY(message.method, read_method(raw_member(members, "method")));
  message.params = raw_member(members, "params");
  if (!message.params.empty() && !starts_object(message.params)) {
    return invalid("`params` must be an object");
  }
  const std::string_view id = raw_member(members, "id");
  message.kind = id.empty() ? Message::Kind::kNotification : Message::Kind::kRequest;
  if (!id.empty()) {
    AMBIT_TRY(message.id, parse_id(id));
  }
  return {};
}

Result<> read_answer(const std::vector<RawMember>& members, Message& message) {
  message.result = raw_member(members, "result");
  message.error = raw_member(members, "error");
  if (message.result.empty() == message.error.empty()) {
    return invalid("an answer must have either `result` or `error`");
  }
  message.kind = message.error.empty() ? Message::Kind::kResult : Message::Kind::kError;
  const std::string_view id = raw_member(members, "id");
  if (message.kind == Message::Kind::kError && (id.empty() || id == "null")) return {};
  AMBIT_TRY(message.id, parse_id(id));
  return {};
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += ",\"";
  out += name;
  out += "\":";
  out += value;
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  text::append_json_string(out, text);
}

// With room for the members that follow.
std::string begin(const std::optional<Id>& id, std::size_t members) {
  constexpr std::size_t kFrame = 128;
  std::string out;
  out.reserve(kFrame + members);
  out += R"({"jsonrpc":"2.0","id":)";
  out += id ? to_json(*id) : std::string("null");
  return out;
}

}  // namespace

std::string to_json(const Id& id) {
  if (const auto* number = std::get_if<std::int64_t>(&id)) return std::to_string(*number);
  std::string out;
  text::append_json_string(out, std::get<std::string>(id));
  return out;
}

Result<Id> parse_id(std::string_view raw) {
  if (raw.size() <= kMaxIdBytes) {
    const auto value = text::parse_json(raw);
    if (value && value->is_int()) return Id(value->as_int());
    if (value && value->is_string()) return Id(value->as_string());
  }
  return fail(Code::kInvalid, "rpc.id", "an id must be a short string or an integer of 64 bits");
}

Result<Message> parse_message(std::string_view bytes, ScanLimits limits) {
  const auto members = scan_object(bytes, limits);
  if (!members) {
    const bool is_json = members.error().reason == "json.duplicate_key";
    return fail(members.error().code, is_json ? "rpc.invalid" : "rpc.syntax",
                members.error().message);
  }
  if (raw_member(*members, "jsonrpc") != R"("2.0")") return invalid("`jsonrpc` must be `2.0`");
  const bool is_call = !raw_member(*members, "method").empty();
  const bool is_answer =
      !raw_member(*members, "result").empty() || !raw_member(*members, "error").empty();
  if (is_call == is_answer) {
    return invalid("a message must be a request, a notification or an answer");
  }
  Message message;
  if (is_call) {
    AMBIT_CHECK_OK(read_call(*members, message));
  } else {
    AMBIT_CHECK_OK(read_answer(*members, message));
  }
  return message;
}

Result<RpcError> parse_error(std::string_view raw) {
  AMBIT_TRY(const std::vector<RawMember> members, scan_object(raw));
  const auto code = text::parse_json(raw_member(members, "code"));
  const auto message = text::parse_json(raw_member(members, "message"));
  if (!code || !code->is_int() || !message || !message->is_string()) {
    return invalid("an error must have an integer `code` and a string `message`");
  }
  return RpcError{code->as_int(), message->as_string()};
}

std::string make_request(const Id& id, std::string_view method, std::string_view params) {
  std::string out = begin(id, method.size() + params.size());
  append_text(out, "method", method);
  append_member(out, "params", params);
  out += '}';
  return out;
}

std::string make_notification(std::string_view method, std::string_view params) {
  std::string out = R"({"jsonrpc":"2.0")";
  append_text(out, "method", method);
  append_member(out, "params", params);
  return out + "}";
}

std::string make_result(const Id& id, std::string_view result) {
  std::string out = begin(id, result.size());
  append_member(out, "result", result);
  out += '}';
  return out;
}

std::string make_error(const std::optional<Id>& id, std::int64_t code, std::string_view message,
                       std::string_view data) {
  std::string error = R"({"code":)" + std::to_string(code);
  append_text(error, "message", message);
  append_member(error, "data", data);
  std::string out = begin(id, error.size());
  append_member(out, "error", error + "}");
  return out + "}";
}

std::string shown(std::string_view text) {
  constexpr std::size_t kMaxBytes = 200;
  std::size_t end = std::min(text.size(), kMaxBytes);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  std::string out(text.substr(0, end));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return end < text.size() ? out + "..." : out;
}

std::string make_raw_error(const Id& id, std::string_view error) {
  std::string out = begin(id, error.size());
  append_member(out, "error", error);
  return out + "}";
}

}  // namespace ambit::mcp
