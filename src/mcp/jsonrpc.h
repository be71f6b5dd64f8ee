// JSON-RPC 2.0 as MCP narrows it: messages read strictly, results kept as the bytes they came in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "mcp/json_scan.h"

namespace ambit::mcp {

inline constexpr std::int64_t kParseError = -32700;
inline constexpr std::int64_t kInvalidRequest = -32600;
inline constexpr std::int64_t kMethodNotFound = -32601;
inline constexpr std::int64_t kInvalidParams = -32602;
inline constexpr std::int64_t kInternalError = -32603;
// Of the range left to implementations: a refusal of the server itself, with its reason in `data`.
inline constexpr std::int64_t kServerError = -32000;
// MCP 2025-11-25: the server wants the user to open a URL before it goes on.
inline constexpr std::int64_t kUrlElicitationRequired = -32042;

// A request id or a progress token: a string or an integer that fits 64 bits.
using Id = std::variant<std::int64_t, std::string>;
std::string to_json(const Id& id);
// Reads the bytes of an id; `rpc.id` for anything else, null included.
Result<Id> parse_id(std::string_view raw);

// One message. The views point into the bytes it was parsed from.
struct Message {
  enum class Kind { kRequest, kNotification, kResult, kError };
  Kind kind = Kind::kNotification;
  std::optional<Id> id;  // none for notifications and for errors whose request was not understood
  std::string method;
  std::string_view params;  // an object, or empty when absent
  std::string_view result;
  std::string_view error;
};

// Reads one message. Members that JSON-RPC does not know are ignored; a message that could be read
// as two kinds is refused. Errors: `rpc.syntax` (not JSON; the message says where), `rpc.invalid`
// (JSON, but no message), `rpc.id`.
Result<Message> parse_message(std::string_view bytes, ScanLimits limits = {});

// What an error answer says.
struct RpcError {
  std::int64_t code = kInternalError;
  std::string message;
};
// Reads the `error` member. `rpc.invalid` when it has no integer code and string message.
Result<RpcError> parse_error(std::string_view raw);

// Builders. `params`, `result` and `data` are JSON that is put in as it is; empty leaves it out.
std::string make_request(const Id& id, std::string_view method, std::string_view params = {});
std::string make_notification(std::string_view method, std::string_view params = {});
std::string make_result(const Id& id, std::string_view result);
std::string make_error(const std::optional<Id>& id, std::int64_t code, std::string_view message,
                       std::string_view data = {});
// An answer that carries an `error` member of somebody else, unchanged.
std::string make_raw_error(const Id& id, std::string_view error);

// `text` made fit for an error message or a log line: at most 200 bytes, control characters
// replaced, cut between characters.
std::string shown(std::string_view text);

}  // namespace ambit::mcp
