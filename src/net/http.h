// An HTTP request as a handler sees it and a response as it gives one. No I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ambit::net {

// A header of a message that was received; the name is in lower case.
struct HeaderView {
  std::string_view name;
  std::string_view value;
};

struct Peer {
  std::string address;  // numeric, such as `127.0.0.1` or `::1`
  std::uint16_t port = 0;
  bool is_loopback = false;
};

struct TlsInfo {
  bool active = false;
  // SHA-256 of the client certificate's DER (the `x5t#S256` of RFC 8705, raw bytes); empty when the
  // client showed none. Only a certificate that the configured client CA vouches for gets here.
  std::string client_certificate_sha256;
};

// All views point into the connection's memory. They stay valid until the exchange that the request
// came with is answered, also when the client goes away before; copy what is needed after that.
struct HttpRequest {
  std::string_view method;  // as sent, case-sensitive
  std::string_view target;  // as sent
  std::string_view host;    // authority of an absolute-form target, else the Host header
  std::string_view path;    // begins with `/` (or is `*`), still percent-encoded
  std::string_view query;   // without the `?`
  int version_minor = 1;    // HTTP/1.x
  std::span<const HeaderView> headers;
  std::string_view body;
  const Peer* peer = nullptr;
  const TlsInfo* tls = nullptr;

  // Value of the header `lower_case_name`, empty when it is absent or occurs more than once: a
  // header that must be single is not half believed.
  std::string_view header(std::string_view lower_case_name) const;
  // How often the header occurs.
  std::size_t header_count(std::string_view lower_case_name) const;
};

struct HttpHeader {
  std::string name;
  std::string value;
};

// Also what a client gets: then header names are in lower case and `content_type` is empty.
struct HttpResponse {
  int status = 200;
  // Must outlive the response: a string literal. Empty for none, or when `headers` has it.
  std::string_view content_type = {};
  std::vector<HttpHeader> headers = {};
  std::string body = {};

  // First value of a header, names compared without case; empty when absent.
  std::string_view header(std::string_view name) const;

  static HttpResponse json(int status, std::string body);
  static HttpResponse text(int status, std::string body);
};

// The standard phrase of `status` (RFC 9110 section 15), or an empty string.
std::string_view reason_phrase(int status);

// RFC 9457 problem details: `{"status":…,"reason":…,"detail":…}` as application/problem+json.
// `reason` is for machines (`http.body_too_large`), `detail` for people.
HttpResponse problem(int status, std::string_view reason, std::string_view detail);

// `problem` of an Error: its code decides the status (invalid 400, unauthenticated 401, denied 403,
// not_found 404, conflict 409, expired 410, exhausted 429, unavailable 503, unsupported 501,
// internal 500).
HttpResponse problem(const Error& error);
int status_of(Code code);

// Decodes `%XX`; fails with `http.percent` on a stray `%`. `+` stays `+`.
Result<std::string> percent_decode(std::string_view text);

// Encodes all but RFC 3986 unreserved characters.
std::string percent_encode(std::string_view text);

// The decoded value of `name` in a query string (`+` is a space), or nothing when it is absent or
// malformed.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

// True for a field name (RFC 9110 section 5.1) or method.
bool is_token(std::string_view text);
// True for a field value that can be sent: no CR, LF, NUL or other control except HTAB, no white
// space at either end.
bool is_field_value(std::string_view text);

}  // namespace ambit::net
