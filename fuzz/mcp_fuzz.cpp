// rooms: text net mcp
// Everything that reads bytes of a tool server or an agent's client before it is JSON we trust: the
// JSON walk, JSON-RPC, batches, lines of stdio and events of HTTP.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/json_scan.h"
#include "mcp/jsonrpc.h"
#include "mcp/line_framer.h"
#include "net/sse.h"
#include "text/json.h"

namespace {

using namespace ambit;

void require(bool holds) {
  if (!holds) std::abort();
}

// What the strict parser takes, the walk takes too, and its slices are that parser's members.
void check_scan(std::string_view bytes) {
  const auto members = mcp::scan_object(bytes);
  const auto parsed = text::parse_json(bytes);
  if (parsed && parsed->is_object() && parsed->as_object().size() < 4096) {
    require(members.has_value() && members->size() == parsed->as_object().size());
    for (std::size_t i = 0; i < members->size(); ++i) {
      const auto value = text::parse_json((*members)[i].value);
      require((*members)[i].key == parsed->as_object()[i].first);
      require(value.has_value() && *value == parsed->as_object()[i].second);
    }
  }
  if (members) {
    for (const auto& member : *members) {
      require(member.value.data() >= bytes.data());
      require(member.value.data() + member.value.size() <= bytes.data() + bytes.size());
    }
  }
}

void check_message(std::string_view bytes) {
  const auto message = mcp::parse_message(bytes);
  if (!message) return;
  const mcp::Id none = std::int64_t{0};
  std::string again;
  switch (message->kind) {
    case mcp::Message::Kind::kRequest:
      again = mcp::make_request(*message->id, message->method, message->params);
      break;
    case mcp::Message::Kind::kNotification:
      again = mcp::make_notification(message->method, message->params);
      break;
    case mcp::Message::Kind::kResult:
      again = mcp::make_result(message->id.value_or(none), message->result);
      break;
    case mcp::Message::Kind::kError:
      again = mcp::make_raw_error(message->id.value_or(none), message->error);
      (void)mcp::parse_error(message->error);
      break;
  }
  const auto read = mcp::parse_message(again);
  require(read.has_value() && read->kind == message->kind && read->method == message->method);
  require(read->params == message->params && read->result == message->result);
  require(read->error == message->error);
}

// Framing must not depend on how the bytes were cut.
template <class Feed>
void check_framing(std::string_view bytes, Feed feed) {
  std::vector<std::string> whole, pieces;
  feed(bytes, bytes.size() + 1, whole);
  feed(bytes, bytes.empty() ? 1 : 1 + static_cast<unsigned char>(bytes[0]) % 7, pieces);
  require(whole == pieces);
}

void feed_lines(std::string_view bytes, std::size_t step, std::vector<std::string>& out) {
  mcp::LineFramer framer(1 << 20);
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    require(framer
                .feed(bytes.substr(at, step),
                      [&](std::string_view line) {
                        out.emplace_back(line);
                        return true;
                      })
                .has_value());
  }
}

void feed_events(std::string_view bytes, std::size_t step, std::vector<std::string>& out) {
  net::SseParser parser(1 << 20);
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    require(parser
                .feed(bytes.substr(at, step),
                      [&](net::SseEvent event) { out.push_back(event.id + "|" + event.data); })
                .has_value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_scan(bytes);
  check_message(bytes);
  (void)mcp::scan_array(bytes);
  (void)mcp::parse_id(bytes);
  check_framing(bytes, feed_lines);
  check_framing(bytes, feed_events);
  return 0;
}
