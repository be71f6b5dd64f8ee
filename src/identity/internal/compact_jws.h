// JWS in compact form (RFC 7515 section 3.1), taken apart strictly and put together.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/keys.h"
#include "text/json.h"

namespace ambit::identity::internal {

constexpr std::size_t kMaxJwsBytes = 8 * 1024;

// The parts of a JWS whose signature nobody has checked yet.
struct CompactJws {
  crypto::Algorithm algorithm = crypto::Algorithm::kEdDSA;
  text::Json header;
  std::string payload;  // decoded from base64url, not yet read
  std::string signing_input;
  std::string signature;  // 64 bytes
};

// Accepts three parts in base64url of at most `kMaxJwsBytes` together, a header that is a JSON
// object without `crit`, and EdDSA or ES256. Reasons are FAMILY.malformed and FAMILY.algorithm,
// where `family` is `token` or `dpop`; messages quote nothing of the input.
Result<CompactJws> parse_compact_jws(std::string_view compact, std::string_view family);

// Fails with FAMILY.malformed unless the payload is a JSON object. Call it after the signature was
// verified, so that strangers do not reach the reader.
Result<text::Json> parse_payload(std::string_view payload, std::string_view family);

std::string sign_compact_jws(const crypto::SigningKey& key, const text::Json& header,
                             const text::Json& payload);

// Errors of a caller who did not prove who it is: `FAMILY.what`.
tl::unexpected<Error> refuse(std::string_view family, std::string_view what, std::string message);

}  // namespace ambit::identity::internal
