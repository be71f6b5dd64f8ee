// Newline-delimited framing of MCP over stdio: bytes in, lines out.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ambit::mcp {

class LineFramer {
 public:
  explicit LineFramer(std::size_t max_line_bytes = 16u << 20) : limit_(max_line_bytes) {}

  // Calls back with each complete line, without its line end (LF or CRLF); blank lines are skipped.
  // The view is valid during the call; `on_line` returns false to stop, after which the framer is
  // not to be fed again. Fails with `rpc.line_size`; the framer is then unusable.
  Result<> feed(std::string_view bytes, const std::function<bool(std::string_view)>& on_line);

  // Bytes of the line that is not complete yet.
  std::string_view rest() const { return pending_; }

 private:
  std::size_t limit_;
  std::string pending_;
};

}  // namespace ambit::mcp
