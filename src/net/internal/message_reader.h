// HTTP/1.1 messages out of bytes that arrive in pieces. Owns the bytes: a message stays in one
// place from its first byte to its last, so that its parts are views. No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"
#include "net/internal/chunk_decoder.h"
#include "net/internal/framing_guard.h"

namespace ambit::net::internal {

struct ReaderLimits {
  std::size_t max_header_bytes = 16u << 10;
  std::size_t max_headers = 64;
  std::size_t max_body_bytes = 4u << 20;
};

struct MessageHead {
  std::string_view method;  // of a request
  std::string_view target;
  int status = 0;  // of a response
  int version_minor = 1;
  bool keep_alive = true;
  bool expect_continue = false;
  BodyFraming framing;
  std::vector<HeaderView> headers;
};

class MessageReader {
 public:
  enum class Kind { kRequest, kResponse };
  enum class State { kNeedMore, kComplete, kRefused };

  MessageReader(Kind kind, ReaderLimits limits) : kind_(kind), limits_(limits) {}
  MessageReader(const MessageReader&) = delete;
  MessageReader& operator=(const MessageReader&) = delete;

  // Room for bytes to come, at least one byte; makes more when there is little, which moves the
  // message and with it all views.
  std::span<char> space();
  // The room that is left without moving anything; may be empty.
  std::span<char> spare();
  // Says that `count` bytes were put there.
  void commit(std::size_t count) { size_ += count; }

  // Reads as far as the bytes go. After kRefused nothing more can be read.
  State advance();
  // No more bytes will come. Completes a body that ends with the connection; kNeedMore then means
  // that the message is cut off.
  State finish();

  const Refusal& refusal() const { return refusal_; }
  // Precondition of the next three: `head_done`.
  const MessageHead& head() const { return head_; }
  // Without peer and TLS, which the bytes do not tell.
  const HttpRequest& request() const { return request_; }
  std::string_view body() const { return {data_.get() + head_size_, body_size_}; }
  bool head_done() const { return head_size_ != 0; }

  // Forgets the body bytes read so far, of a response that is consumed as it comes.
  void drop_body();
  // Sets what the next response may be: its body's bound, and whether it answers a HEAD request.
  void expect_response(std::size_t max_body_bytes, bool to_head) {
    limits_.max_body_bytes = max_body_bytes;
    to_head_ = to_head;
  }

  // Drops the message that is complete and keeps what follows it.
  void next();
  // True when no byte of the next message is there.
  bool empty() const { return size_ == 0; }

 private:
  template <bool kIsRequest>
  struct HeadParser;

  State refuse(Refusal refusal);
  State read_head();
  template <bool kIsRequest>
  std::optional<Refusal> parse_head(std::size_t length);
  State read_body();
  State read_chunks();
  std::optional<Refusal> check_head();
  void move_to(std::size_t capacity);
  void compact();
  void reset_message();
  bool add_header(std::string_view name, std::string_view value);

  Kind kind_;
  ReaderLimits limits_;
  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  // [0, head_size_) head, then body_size_ bytes of decoded body, then up to rest_ what chunk
  // decoding left behind, then up to size_ bytes not read yet.
  std::size_t size_ = 0;
  std::size_t head_size_ = 0;
  std::size_t body_size_ = 0;
  std::size_t rest_ = 0;
  std::uint64_t body_seen_ = 0;  // body bytes read, also those dropped
  bool complete_ = false;
  bool refused_ = false;
  bool to_head_ = false;
  HeaderScan scan_;
  MessageHead head_;
  HttpRequest request_;
  Refusal refusal_;
  ChunkDecoder chunks_;
};

}  // namespace ambit::net::internal
