#include "net/internal/framing_guard.h"

#include <algorithm>

namespace ambit::net::internal {
namespace {

Refusal refuse(std::string detail) { return {400, "http.malformed", std::move(detail)}; }

Refusal framing_refusal(std::string detail) { return {400, "http.framing", std::move(detail)}; }

// RFC 9110 section 8.6: digits and nothing else. 19 digits fit in 64 bits.
bool read_length(std::string_view text, std::uint64_t& value) {
  if (text.empty() || text.size() > 19) return false;
  value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return true;
}

bool is_chunked(std::string_view value) {
  constexpr std::string_view kChunked = "chunked";
  return value.size() == kChunked.size() &&
         std::equal(value.begin(), value.end(), kChunked.begin(),
                    [](char a, char b) { return (a | 0x20) == b; });
}

std::optional<Refusal> frame(std::span<const HeaderView> headers, int version_minor,
                             BodyFraming& framing) {
  const HeaderView* length = nullptr;
  const HeaderView* encoding = nullptr;
  for (const HeaderView& field : headers) {
    if (field.name == "content-length") {
      if (length != nullptr) return framing_refusal("more than one Content-Length");
      length = &field;
    } else if (field.name == "transfer-encoding") {
      if (encoding != nullptr) return framing_refusal("more than one Transfer-Encoding");
      encoding = &field;
    }
  }
  if (encoding != nullptr) {
    if (length != nullptr) return framing_refusal("Transfer-Encoding with Content-Length");
    if (version_minor < 1) return framing_refusal("Transfer-Encoding before HTTP/1.1");
    if (!is_chunked(encoding->value)) {
      return framing_refusal("Transfer-Encoding must be exactly `chunked`");
    }
    framing.kind = Framing::kChunked;
  } else if (length != nullptr) {
    framing.kind = Framing::kLength;
    if (!read_length(length->value, framing.length)) {
      return framing_refusal("Content-Length must be one decimal number");
    }
  }
  return std::nullopt;
}

bool is_authority(std::string_view text) {
  constexpr std::string_view kExtra = "-._~%!$&'()*+;=:[]";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kExtra.find(c) != std::string_view::npos;
  });
}

bool starts_with_letters(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         std::equal(lower.begin(), lower.end(), text.begin(), [](char l, char t) {
           return l == (t >= 'A' && t <= 'Z' ? static_cast<char>(t + 32) : t);
         });
}

std::optional<Refusal> read_host(HttpRequest& request) {
  switch (request.header_count("host")) {
    case 0:
      if (request.version_minor > 0) return refuse("no Host header");
      return std::nullopt;
    case 1:
      request.host = request.header("host");
      if (!is_authority(request.host)) return refuse("malformed Host header");
      return std::nullopt;
    default: return refuse("more than one Host header");
  }
}

}  // namespace

std::optional<Refusal> HeaderScan::scan(std::string_view bytes, std::size_t limit,
                                        std::size_t& length) {
  length = 0;
  const auto too_long = [limit] {
    return Refusal{431, "http.header_too_large",
                   "headers are longer than " + std::to_string(limit) + " bytes"};
  };
  while (true) {
    const std::size_t end = bytes.find('\n', line_start_);
    if (end == std::string_view::npos) {
      if (bytes.size() >= limit) return too_long();
      return std::nullopt;
    }
    if (end >= limit) return too_long();
    const std::string_view line = bytes.substr(line_start_, end - line_start_);
    if (line.empty() || line.back() != '\r') return refuse("a line does not end with CRLF");
    if (line.size() == 1) {
      if (line_start_ == 0) return refuse("an empty line before the start line");
      length = end + 1;
      return std::nullopt;
    }
    if (line.find('\r') != line.size() - 1) return refuse("a bare CR in a header line");
    if (line.find('\0') != std::string_view::npos) return refuse("a NUL in a header line");
    if (line.front() == ' ' || line.front() == '\t') return refuse("a folded header line");
    line_start_ = end + 1;
  }
}

std::optional<Refusal> frame_request(std::span<const HeaderView> headers, int version_minor,
                                     BodyFraming& framing) {
  framing = {};
  return frame(headers, version_minor, framing);
}

std::optional<Refusal> frame_response(std::span<const HeaderView> headers, int version_minor,
                                      int status, bool to_head, BodyFraming& framing) {
  framing = {Framing::kUntilClose, 0};
  if (auto refusal = frame(headers, version_minor, framing)) return refusal;
  const bool bodiless = to_head || status / 100 == 1 || status == 204 || status == 304;
  if (bodiless) framing = {};
  return std::nullopt;
}

std::optional<Refusal> read_target(HttpRequest& request) {
  const std::string_view target = request.target;
  const bool printable = std::all_of(target.begin(), target.end(),
                                     [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
  if (target.empty() || !printable) return refuse("a byte that no request target may have");
  if (auto refusal = read_host(request)) return refusal;
  std::string_view rest = target;
  if (rest == "*" && request.method == "OPTIONS") {
    request.path = rest;
    return std::nullopt;
  }
  if (rest.front() != '/') {
    const std::size_t scheme = starts_with_letters(rest, "http://")    ? 7
                               : starts_with_letters(rest, "https://") ? 8
                                                                       : 0;
    if (scheme == 0) return refuse("the request target must begin with `/` or be an http URL");
    rest.remove_prefix(scheme);
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    // RFC 9112 section 3.2.2: the authority of the target replaces the Host header.
    request.host = rest.substr(0, end);
    if (!is_authority(request.host)) return refuse("malformed authority in the request target");
    rest.remove_prefix(end);
    if (rest.empty() || rest.front() == '?') {
      request.path = "/";
      request.query = rest.substr(std::min<std::size_t>(1, rest.size()));
      return std::nullopt;
    }
  }
  const std::size_t question = std::min(rest.find('?'), rest.size());
  request.path = rest.substr(0, question);
  request.query = rest.substr(std::min(question + 1, rest.size()));
  return std::nullopt;
}

}  // namespace ambit::net::internal
