// The chunked transfer coding (RFC 9112 section 7.1), read strictly and in any pieces. Beast 1.81
// has one too; it asserts on a lone last chunk that arrives in pieces, and takes size lines of any
// length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "net/internal/framing_guard.h"

namespace ambit::net::internal {

class ChunkDecoder {
 public:
  struct Step {
    std::size_t consumed = 0;  // bytes of input that are done with
    std::size_t decoded = 0;   // bytes put at `out`
  };

  // Reads `size` bytes at `in` and writes the data among them to `out`, which may be anywhere at or
  // before `in` in the same memory. Stops at the end of the body. Refuses a body (of which `before`
  // bytes are there already) that would exceed `max_body`, and chunk headers, extensions and
  // trailers that outweigh the data. Trailers are checked and dropped.
  std::optional<Refusal> decode(const char* in, std::size_t size, char* out, std::size_t before,
                                std::size_t max_body, Step& step);

  bool done() const { return state_ == State::kDone; }
  void reset() { *this = {}; }

 private:
  enum class State {
    kSize,
    kExtension,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerStart,
    kTrailerName,
    kTrailerValue,
    kTrailerLf,
    kEndLf,
    kDone,
  };

  // Takes one byte outside of chunk data. False when it has no place there.
  bool take(char c);
  bool take_size(char c);
  bool take_trailer_name(char c);

  State state_ = State::kSize;
  std::uint64_t left_ = 0;  // of the chunk, or the size read so far
  int digits_ = 0;
  std::uint64_t overhead_ = 0;
  std::uint64_t data_ = 0;
  std::string name_;  // of the trailer being read, in lower case
};

}  // namespace ambit::net::internal
