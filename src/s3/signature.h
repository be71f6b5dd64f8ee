// AWS Signature Version 4 for S3.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "crypto/secret.h"
#include "net/http.h"

namespace ambit::s3 {

struct Credentials {
  std::string access_key;
  crypto::SecretBytes secret_key;
  std::string session_token;  // may be empty
};

// What is signed of a request.
struct Unsigned {
  std::string_view method;
  std::string_view host;  // as the Host header has it
  std::string_view path;  // percent-encoded, begins with `/`
  std::string_view body;
  std::vector<net::HttpHeader> headers = {};  // others that are signed; names in lower case
};

struct Scope {
  std::string region;
  std::string service = "s3";
  Time at;
};

// The headers to send with the request, beside its own: `x-amz-date`, `x-amz-content-sha256`,
// `x-amz-security-token` where there is a token, and `authorization`.
std::vector<net::HttpHeader> sign(const Unsigned& request, const Credentials& credentials,
                                  const Scope& scope);

// Every byte but RFC 3986 unreserved ones and `/` percent-encoded, as S3 wants an object's key.
std::string encode_key(std::string_view key);

}  // namespace ambit::s3
