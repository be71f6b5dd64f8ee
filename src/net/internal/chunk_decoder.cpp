#include "net/internal/chunk_decoder.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ambit::net::internal {
namespace {

constexpr std::uint64_t kFreeOverhead = 16u << 10;
constexpr std::uint64_t kOverheadPerByte = 8;  // a chunk of one byte has five around it
constexpr int kMaxDigits = 15;
constexpr std::size_t kMaxName = 100;

bool is_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<Refusal> ChunkDecoder::decode(const char* in, std::size_t size, char* out,
                                            std::size_t before, std::size_t max_body, Step& step) {
  step = {};
  while (step.consumed < size && state_ != State::kDone) {
    if (state_ == State::kData) {
      const std::size_t count = std::min<std::uint64_t>(left_, size - step.consumed);
      std::memmove(out + step.decoded, in + step.consumed, count);
      step.decoded += count;
      step.consumed += count;
      data_ += count;
      left_ -= count;
      if (left_ == 0) state_ = State::kDataCr;
      continue;
    }
    if (!take(in[step.consumed])) return Refusal{400, "http.chunk", "malformed chunk"};
    ++step.consumed;
    if (++overhead_ > kFreeOverhead + data_ * kOverheadPerByte) {
      return Refusal{400, "http.chunk", "chunk headers outweigh the chunks"};
    }
    if (state_ == State::kData && left_ > max_body - before - step.decoded) {
      return Refusal{413, "http.body_too_large",
                     "the body is longer than " + std::to_string(max_body) + " bytes"};
    }
  }
  return std::nullopt;
}

bool ChunkDecoder::take(char c) {
  const auto expect = [&](char wanted, State next) {
    state_ = next;
    return c == wanted;
  };
  switch (state_) {
    case State::kSize: return take_size(c);
    case State::kExtension:
      if (c == '\r') state_ = State::kSizeLf;
      return c == '\r' || is_text(c);
    case State::kSizeLf:
      digits_ = 0;
      return expect('\n', left_ == 0 ? State::kTrailerStart : State::kData);
    case State::kDataCr: return expect('\r', State::kDataLf);
    case State::kDataLf: return expect('\n', State::kSize);
    case State::kTrailerStart:
      if (c == '\r') return expect('\r', State::kEndLf);
      state_ = State::kTrailerName;
      return take_trailer_name(c);
    case State::kTrailerName: return take_trailer_name(c);
    case State::kTrailerValue:
      if (c == '\r') state_ = State::kTrailerLf;
      return c == '\r' || is_text(c);
    case State::kTrailerLf: return expect('\n', State::kTrailerStart);
    case State::kEndLf: return expect('\n', State::kDone);
    case State::kData:
    case State::kDone: break;
  }
  return false;
}

bool ChunkDecoder::take_size(char c) {
  if (const int digit = hex_value(c); digit >= 0) {
    left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
    return ++digits_ <= kMaxDigits;
  }
  state_ = c == ';' ? State::kExtension : State::kSizeLf;
  return digits_ > 0 && (c == ';' || c == '\r');
}

bool ChunkDecoder::take_trailer_name(char c) {
  if (c != ':') {
    name_ += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return name_.size() <= kMaxName;
  }
  state_ = State::kTrailerValue;
  const std::string name = std::exchange(name_, {});
  // RFC 9110 section 6.5.1: what decides framing or routing has no business in a trailer.
  return is_token(name) && name != "content-length" && name != "transfer-encoding" &&
         name != "host";
}

}  // namespace ambit::net::internal
