// rooms: net text
// The connection's reader fed arbitrary bytes: it must not crash, and what it makes of them must
// not depend on how they are cut. The first byte chooses requests or responses, the second how to
// cut.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "net/internal/message_reader.h"
#include "net/sse.h"

namespace {

using ambit::net::HeaderView;
using ambit::net::SseEvent;
using ambit::net::SseParser;
using ambit::net::internal::MessageReader;
using State = MessageReader::State;

struct Outcome {
  std::vector<std::string> messages;
  State last = State::kNeedMore;
  int status = 0;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

void collect(MessageReader& reader, MessageReader::Kind kind, Outcome& outcome) {
  while ((outcome.last = reader.advance()) == State::kComplete) {
    const auto& head = reader.head();
    std::string text = std::string(head.method) + ' ' + std::to_string(head.status) + ' ';
    if (kind == MessageReader::Kind::kRequest) {
      text.append(reader.request().host).append(" ").append(reader.request().path).append("?");
      text.append(reader.request().query);
      if (reader.request().body != reader.body()) std::abort();
    }
    for (const HeaderView& field : head.headers) {
      text.append("\n").append(field.name).append("=").append(field.value);
    }
    outcome.messages.push_back(text + "\n\n" + std::string(reader.body()));
    reader.next();
  }
  if (outcome.last == State::kRefused) outcome.status = reader.refusal().status;
}

Outcome read(std::string_view bytes, MessageReader::Kind kind, std::size_t step) {
  MessageReader reader(kind, {.max_header_bytes = 512, .max_headers = 8, .max_body_bytes = 2048});
  if (kind == MessageReader::Kind::kResponse) reader.expect_response(2048, false);
  Outcome outcome;
  while (!bytes.empty() && outcome.last != State::kRefused) {
    const std::span<char> room = reader.space();
    const std::size_t count = std::min({room.size(), bytes.size(), step});
    std::memcpy(room.data(), bytes.data(), count);
    reader.commit(count);
    bytes.remove_prefix(count);
    collect(reader, kind, outcome);
  }
  return outcome;
}

std::vector<SseEvent> read_events(std::string_view bytes, std::size_t step, bool& fits) {
  SseParser parser(4096);
  std::vector<SseEvent> events;
  fits = true;
  while (!bytes.empty() && fits) {
    const std::size_t count = std::min(bytes.size(), step);
    fits = parser.feed(bytes.substr(0, count), [&](SseEvent event) { events.push_back(event); })
               .has_value();
    bytes.remove_prefix(count);
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto kind =
      data[0] % 2 == 0 ? MessageReader::Kind::kRequest : MessageReader::Kind::kResponse;
  const std::size_t step = data[1] + 1u;
  if (!(read(bytes, kind, step) == read(bytes, kind, bytes.size() + 1))) std::abort();

  bool fits_cut = false;
  bool fits_whole = false;
  const auto cut = read_events(bytes, step, fits_cut);
  const auto whole = read_events(bytes, bytes.size() + 1, fits_whole);
  if (fits_cut && fits_whole && cut != whole) std::abort();
  return 0;
}
