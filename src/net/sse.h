// Server-sent events, the text/event-stream format of the HTML standard (section 9.2): writer and
// incremental reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ambit::net {

struct SseEvent {
  std::string event;  // empty means `message`
  std::string id;     // the last id seen so far, as the standard has it
  std::string data;
  std::optional<std::int64_t> retry_ms;

  friend bool operator==(const SseEvent&, const SseEvent&) = default;
};

// Appends one event. False, and nothing appended, when `id` or `name` has a line break or NUL.
// CR, LF and CRLF in `data` all become line breaks.
bool append_sse_event(std::string& out, std::string_view data, std::string_view id,
                      std::string_view name);
// Appends a comment; line breaks in it become further comment lines.
void append_sse_comment(std::string& out, std::string_view text);

// Fed bytes in any pieces, calls back with each event whose data is complete. An event that never
// ends (no blank line before the stream closes) is dropped, as the standard says.
class SseParser {
 public:
  // An event or line beyond `max_event_bytes` is an error.
  explicit SseParser(std::size_t max_event_bytes = 4u << 20) : limit_(max_event_bytes) {}

  // Fails with `sse.size`; the parser is then unusable.
  Result<> feed(std::string_view bytes, const std::function<void(SseEvent)>& on_event);

 private:
  void take_line(std::string_view line, const std::function<void(SseEvent)>& on_event);

  std::size_t limit_;
  std::string line_;
  SseEvent pending_;
  std::string last_id_;
  bool has_data_ = false;
  bool skip_lf_ = false;
  bool at_start_ = true;
};

}  // namespace ambit::net
