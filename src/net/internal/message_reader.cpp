#include "net/internal/message_reader.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <cstring>

namespace ambit::net::internal {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using BeastView = boost::beast::string_view;

constexpr std::size_t kFirstCapacity = 4096;
constexpr std::size_t kMinSpace = 1024;
constexpr std::size_t kKeptCapacity = 64u << 10;

std::string_view view(BeastView text) { return {text.data(), text.size()}; }

void rebase(std::string_view& part, const char* from, char* to) {
  if (part.data() != nullptr) part = {to + (part.data() - from), part.size()};
}

}  // namespace

// Fills the reader's head. Beast sees the header block only, whole, and checked by HeaderScan: no
// body, so that what it thinks of the framing does not matter.
template <bool kIsRequest>
struct MessageReader::HeadParser : http::basic_parser<kIsRequest> {
  explicit HeadParser(MessageReader& owner) : reader(owner) {
    this->header_limit(static_cast<std::uint32_t>(owner.limits_.max_header_bytes));
    this->body_limit(boost::none);
  }

  void on_request_impl(http::verb, BeastView method, BeastView target, int version,
                       error_code&) override {
    reader.head_.method = view(method);
    reader.head_.target = view(target);
    reader.head_.version_minor = version - 10;
  }

  void on_response_impl(int status, BeastView, int version, error_code&) override {
    reader.head_.status = status;
    reader.head_.version_minor = version - 10;
  }

  void on_field_impl(http::field, BeastView name, BeastView value, error_code& error) override {
    // The reason is left in the reader; the parser only needs to stop.
    if (!reader.add_header(view(name), view(value))) error = http::error::bad_field;
  }

  void on_header_impl(error_code&) override {}
  void on_finish_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(BeastView body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, BeastView, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView body, error_code&) override {
    return body.size();
  }

  MessageReader& reader;
};

std::span<char> MessageReader::spare() { return {data_.get() + size_, capacity_ - size_}; }

std::span<char> MessageReader::space() {
  if (capacity_ - size_ >= kMinSpace) return spare();
  compact();
  if (capacity_ - size_ >= kMinSpace) return spare();
  std::size_t capacity = std::max(kFirstCapacity, capacity_ * 2);
  if (head_done() && head_.framing.kind == Framing::kLength) {
    capacity = std::min<std::size_t>(capacity, head_size_ + head_.framing.length + kFirstCapacity);
  }
  move_to(std::max(capacity, size_ + kMinSpace));
  return spare();
}

void MessageReader::move_to(std::size_t capacity) {
  auto moved = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ != 0) std::memcpy(moved.get(), data_.get(), size_);
  const char* from = data_.get();
  for (std::string_view* part : {&head_.method, &head_.target, &request_.method, &request_.target,
                                 &request_.host, &request_.path, &request_.query}) {
    rebase(*part, from, moved.get());
  }
  for (HeaderView& field : head_.headers) {
    rebase(field.name, from, moved.get());
    rebase(field.value, from, moved.get());
  }
  data_ = std::move(moved);
  capacity_ = capacity;
}

// Closes the gap that chunk decoding left between the body and what is not read yet.
void MessageReader::compact() {
  const std::size_t body_end = head_size_ + body_size_;
  if (!head_done() || rest_ <= body_end) return;
  std::memmove(data_.get() + body_end, data_.get() + rest_, size_ - rest_);
  size_ -= rest_ - body_end;
  rest_ = body_end;
}

MessageReader::State MessageReader::refuse(Refusal refusal) {
  refusal_ = std::move(refusal);
  refused_ = true;
  return State::kRefused;
}

bool MessageReader::add_header(std::string_view name, std::string_view value) {
  if (head_.headers.size() == limits_.max_headers) {
    refusal_ = {431, "http.too_many_headers",
                "more than " + std::to_string(limits_.max_headers) + " headers"};
    return false;
  }
  char* letters = data_.get() + (name.data() - data_.get());
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (letters[i] >= 'A' && letters[i] <= 'Z') letters[i] = static_cast<char>(letters[i] + 32);
  }
  head_.headers.push_back({name, value});
  return true;
}

MessageReader::State MessageReader::advance() {
  if (refused_) return State::kRefused;
  if (complete_) return State::kComplete;
  if (!head_done()) {
    const State state = read_head();
    if (state != State::kComplete) return state;
  }
  return read_body();
}

MessageReader::State MessageReader::finish() {
  const State state = advance();
  if (state == State::kNeedMore && head_done() && head_.framing.kind == Framing::kUntilClose) {
    complete_ = true;
    return State::kComplete;
  }
  return state;
}

// kComplete here means that the head is complete.
MessageReader::State MessageReader::read_head() {
  std::size_t length = 0;
  if (auto refusal = scan_.scan({data_.get(), size_}, limits_.max_header_bytes, length)) {
    return refuse(*std::move(refusal));
  }
  if (length == 0) return State::kNeedMore;
  if (auto refusal =
          kind_ == Kind::kRequest ? parse_head<true>(length) : parse_head<false>(length)) {
    return refuse(*std::move(refusal));
  }
  head_size_ = length;
  rest_ = length;
  if (auto refusal = check_head()) return refuse(*std::move(refusal));
  return State::kComplete;
}

template <bool kIsRequest>
std::optional<Refusal> MessageReader::parse_head(std::size_t length) {
  HeadParser<kIsRequest> parser(*this);
  error_code error;
  const std::size_t used = parser.put(boost::asio::buffer(data_.get(), length), error);
  if (error) {
    return refusal_.detail.empty() ? Refusal{400, "http.malformed", error.message()} : refusal_;
  }
  if (used != length || !parser.is_header_done()) {
    return Refusal{400, "http.malformed", "the headers end too early"};
  }
  head_.keep_alive = parser.keep_alive();
  return std::nullopt;
}

std::optional<Refusal> MessageReader::check_head() {
  std::optional<Refusal> refusal;
  if (kind_ == Kind::kRequest) {
    request_.method = head_.method;
    request_.target = head_.target;
    request_.version_minor = head_.version_minor;
    request_.headers = head_.headers;
    refusal = frame_request(head_.headers, head_.version_minor, head_.framing);
    if (!refusal) refusal = read_target(request_);
  } else {
    refusal =
        frame_response(head_.headers, head_.version_minor, head_.status, to_head_, head_.framing);
    if (head_.framing.kind == Framing::kUntilClose) head_.keep_alive = false;
  }
  if (refusal) return refusal;
  if (head_.framing.length > limits_.max_body_bytes) {
    return Refusal{413, "http.body_too_large",
                   "the body is longer than " + std::to_string(limits_.max_body_bytes) + " bytes"};
  }
  if (kind_ == Kind::kRequest && head_.version_minor > 0 && request_.header_count("expect") != 0) {
    const std::string_view expected = request_.header("expect");
    constexpr std::string_view kContinue = "100-continue";
    head_.expect_continue =
        std::equal(expected.begin(), expected.end(), kContinue.begin(), kContinue.end(),
                   [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a + 32 == b); });
    if (!head_.expect_continue) {
      return Refusal{417, "http.expectation", "the only expectation met is `100-continue`"};
    }
  }
  return std::nullopt;
}

MessageReader::State MessageReader::read_body() {
  switch (head_.framing.kind) {
    case Framing::kNone: complete_ = true; break;
    case Framing::kLength: {
      // Counts dropped bytes too, so that a stream may announce its length.
      const std::uint64_t wanted = head_.framing.length - body_seen_;
      const std::size_t taken = std::min<std::uint64_t>(wanted, size_ - rest_);
      body_size_ += taken;
      body_seen_ += taken;
      rest_ += taken;
      complete_ = taken == wanted;
      break;
    }
    case Framing::kUntilClose:
      body_size_ += size_ - rest_;
      rest_ = size_;
      if (body_size_ > limits_.max_body_bytes) {
        return refuse(
            {413, "http.body_too_large",
             "the body is longer than " + std::to_string(limits_.max_body_bytes) + " bytes"});
      }
      break;
    case Framing::kChunked: return read_chunks();
  }
  if (complete_) request_.body = body();
  return complete_ ? State::kComplete : State::kNeedMore;
}

MessageReader::State MessageReader::read_chunks() {
  ChunkDecoder::Step step;
  auto refusal =
      chunks_.decode(data_.get() + rest_, size_ - rest_, data_.get() + head_size_ + body_size_,
                     body_size_, limits_.max_body_bytes, step);
  if (refusal) return refuse(*std::move(refusal));
  rest_ += step.consumed;
  body_size_ += step.decoded;
  complete_ = chunks_.done();
  if (complete_) request_.body = body();
  return complete_ ? State::kComplete : State::kNeedMore;
}

void MessageReader::drop_body() {
  compact();
  const std::size_t body_end = head_size_ + body_size_;
  std::memmove(data_.get() + head_size_, data_.get() + body_end, size_ - body_end);
  size_ -= body_size_;
  rest_ -= body_size_;
  body_size_ = 0;
}

void MessageReader::reset_message() {
  head_.method = head_.target = {};
  head_.headers.clear();
  head_.framing = {};
  head_.expect_continue = false;
  request_ = {};
  head_size_ = body_size_ = rest_ = 0;
  body_seen_ = 0;
  complete_ = false;
  scan_.reset();
  chunks_.reset();
}

void MessageReader::next() {
  const std::size_t left = size_ - rest_;
  if (left != 0) std::memmove(data_.get(), data_.get() + rest_, left);
  size_ = left;
  reset_message();
  if (capacity_ > kKeptCapacity && left <= kFirstCapacity - kMinSpace) move_to(kFirstCapacity);
}

}  // namespace ambit::net::internal
