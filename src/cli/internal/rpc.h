// JSON-RPC 2.0 messages as far as a relay must understand them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "text/json.h"

namespace ambit::cli {

struct RpcMessage {
  std::string raw;     // one line, passed on as it is
  std::string method;  // empty for a response
  text::Json id;       // null for a notification

  bool is_request() const { return !method.empty() && !id.is_null(); }
};

// Understands one message. Fails with `rpc.parse` for what is not JSON and with `rpc.invalid` for
// what is no single message.
Result<RpcMessage> read_message(std::string_view line);

// An error response as one line; `reason` goes into its data.
std::string error_line(const text::Json& id, std::int64_t code, std::string_view message,
                       std::string_view reason);

// JSON text on one line: line breaks, which can only stand between tokens, become spaces.
std::string one_line(std::string_view json);

// Cuts a byte stream into lines.
class LineReader {
 public:
  explicit LineReader(std::size_t max_bytes) : limit_(max_bytes) {}
  // Calls `line` for each complete, non-empty line, and `too_long` once for each that is longer
  // than the limit and was dropped.
  void feed(std::string_view bytes, const std::function<void(std::string_view)>& line,
            const std::function<void()>& too_long);

 private:
  std::size_t limit_;
  std::string partial_;
  bool is_dropping_ = false;
};

}  // namespace ambit::cli
