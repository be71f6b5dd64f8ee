#include "net/sse.h"

#include <algorithm>
#include <charconv>

namespace ambit::net {
namespace {

// Cuts the first line off `rest`; CR, LF and CRLF end one.
std::string_view take_text_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
  const std::string_view line = rest.substr(0, end);
  const std::size_t skip = rest.substr(end, 2) == "\r\n" ? 2 : 1;
  rest.remove_prefix(std::min(end + skip, rest.size()));
  return line;
}

// One `prefix line` per line of `text`; an empty text and a final line break give an empty line.
void append_lines(std::string& out, std::string_view prefix, std::string_view text) {
  bool more = true;
  while (more) {
    const std::size_t before = text.size();
    const std::string_view line = take_text_line(text);
    // A line break was taken: at least an empty line follows it.
    more = before != line.size();
    out.append(prefix).append(line).append("\n");
  }
}

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

}  // namespace

bool append_sse_event(std::string& out, std::string_view data, std::string_view id,
                      std::string_view name) {
  if (!is_one_line(id) || !is_one_line(name)) return false;
  if (!name.empty()) out.append("event: ").append(name).append("\n");
  if (!id.empty()) out.append("id: ").append(id).append("\n");
  append_lines(out, "data: ", data);
  out.append("\n");
  return true;
}

void append_sse_comment(std::string& out, std::string_view text) {
  append_lines(out, ": ", text);
  out.append("\n");
}

Result<> SseParser::feed(std::string_view bytes, const std::function<void(SseEvent)>& on_event) {
  while (!bytes.empty()) {
    if (skip_lf_) {
      skip_lf_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    const std::string_view part = bytes.substr(0, end);
    if (line_.size() + part.size() + pending_.data.size() > limit_) {
      return fail(Code::kExhausted, "sse.size",
                  "an event is longer than " + std::to_string(limit_) + " bytes");
    }
    line_.append(part);
    if (end == std::string_view::npos) break;
    skip_lf_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    take_line(line_, on_event);
    line_.clear();
  }
  return {};
}

void SseParser::take_line(std::string_view line, const std::function<void(SseEvent)>& on_event) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (at_start_ && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  at_start_ = false;
  if (line.empty()) {
    SseEvent event = std::exchange(pending_, {});
    if (!std::exchange(has_data_, false)) return;
    event.data.pop_back();
    event.id = last_id_;
    on_event(std::move(event));
    return;
  }
  const std::size_t colon = std::min(line.find(':'), line.size());
  const std::string_view field = line.substr(0, colon);
  std::string_view value = line.substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    pending_.data.append(value).append("\n");
    has_data_ = true;
  } else if (field == "event") {
    pending_.event = value;
  } else if (field == "id") {
    if (value.find('\0') == std::string_view::npos) last_id_ = value;
  } else if (field == "retry") {
    std::int64_t retry = 0;
    const auto [rest, error] = std::from_chars(value.data(), value.data() + value.size(), retry);
    if (error == std::errc() && rest == value.data() + value.size() && retry >= 0) {
      pending_.retry_ms = retry;
    }
  }
}

}  // namespace ambit::net
