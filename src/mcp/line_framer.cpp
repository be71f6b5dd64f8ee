#include "mcp/line_framer.h"

namespace ambit::mcp {

Result<> LineFramer::feed(std::string_view bytes,
                          const std::function<bool(std::string_view)>& on_line) {
  const auto deliver = [&](std::string_view line) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line.empty() || on_line(line);
  };
  while (true) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (pending_.size() + piece.size() > limit_) {
      return fail(Code::kExhausted, "rpc.line_size",
                  "a line is longer than " + std::to_string(limit_) + " bytes");
    }
    if (end == std::string_view::npos) {
      pending_ += piece;
      return {};
    }
    if (pending_.empty()) {
      if (!deliver(piece)) return {};
    } else {
      std::string line = std::move(pending_);
      pending_.clear();
      line += piece;
      if (!deliver(line)) return {};
    }
    bytes.remove_prefix(end + 1);
  }
}

}  // namespace ambit::mcp
