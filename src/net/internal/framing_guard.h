// What stands between the HTTP parser and everything else (RFC 9112 sections 2.2, 3.2, 5.2, 6.1,
// 6.3, 11.2): where a standard allows leniency, two readers of one connection may disagree about
// where a message ends, so all of it is refused. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/http.h"

namespace ambit::net::internal {

// Why a message was refused; `status` is what a server answers.
struct Refusal {
  int status = 400;
  const char* reason = "http.malformed";
  std::string detail;

  friend bool operator==(const Refusal&, const Refusal&) = default;
};

// Looks for the end of a header block in bytes that arrive in pieces, and refuses at the first line
// that no header block may have.
class HeaderScan {
 public:
  // Looks at `bytes`, of which earlier calls have seen a prefix. Returns the length of the block
  // with its final empty line, 0 when more bytes are needed, or a refusal: a line end other than
  // CRLF, a folded line, an empty start line, a block longer than `limit`.
  std::optional<Refusal> scan(std::string_view bytes, std::size_t limit, std::size_t& length);
  void reset() { *this = {}; }

 private:
  std::size_t line_start_ = 0;
};

enum class Framing { kNone, kLength, kChunked, kUntilClose };

struct BodyFraming {
  Framing kind = Framing::kNone;
  std::uint64_t length = 0;  // of kLength
};

// Decides where the body of a request ends. Refuses Transfer-Encoding other than one exact
// `chunked`, with Content-Length or before HTTP/1.1, more than one Content-Length, and one that is
// not digits.
std::optional<Refusal> frame_request(std::span<const HeaderView> headers, int version_minor,
                                     BodyFraming& framing);

// The same for a response with `status` to `HEAD` (or not).
std::optional<Refusal> frame_response(std::span<const HeaderView> headers, int version_minor,
                                      int status, bool to_head, BodyFraming& framing);

// Splits the target of `request` into host, path and query. Refuses bytes that no target has,
// authority-form (CONNECT), `*` except for OPTIONS, a missing, repeated or malformed Host.
std::optional<Refusal> read_target(HttpRequest& request);

}  // namespace ambit::net::internal
