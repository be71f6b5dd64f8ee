#include "identity/internal/compact_jws.h"

#include <optional>

#include "text/base64url.h"

namespace ambit::identity::internal {
namespace {

constexpr std::size_t kSignatureBytes = 64;
constexpr text::JsonLimits kLimits{.max_bytes = kMaxJwsBytes, .max_depth = 16};

// Never the algorithm that the token asks for, but one of two that it may name (RFC 8725 3.1).
std::optional<crypto::Algorithm> allowed_algorithm(std::string_view name) {
  for (const auto algorithm : {crypto::Algorithm::kEdDSA, crypto::Algorithm::kES256}) {
    if (name == crypto::name_of(algorithm)) return algorithm;
  }
  return std::nullopt;
}

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
};

std::optional<Parts> split(std::string_view compact) {
  const std::size_t first = compact.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = compact.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  // A third dot falls into the signature, where it is not base64url.
  return Parts{compact.substr(0, first), compact.substr(first + 1, second - first - 1),
               compact.substr(second + 1)};
}

Result<text::Json> parse_object(std::string_view bytes, std::string_view family,
                                std::string_view part) {
  auto value = text::parse_json(bytes, kLimits);
  if (!value || !value->is_object()) {
    return refuse(family, "malformed", "the " + std::string(part) + " is not a JSON object");
  }
  return value;
}

}  // namespace

tl::unexpected<Error> refuse(std::string_view family, std::string_view what, std::string message) {
  return fail(Code::kUnauthenticated, std::string(family).append(".").append(what),
              std::move(message));
}

Result<CompactJws> parse_compact_jws(std::string_view compact, std::string_view family) {
  if (compact.size() > kMaxJwsBytes) {
    return refuse(family, "malformed",
                  "longer than " + std::to_string(kMaxJwsBytes) + " bytes, the most accepted");
  }
  const auto parts = split(compact);
  if (!parts) {
    return refuse(family, "malformed", "not three parts with dots between them (RFC 7515)");
  }
  auto header = text::from_base64url(parts->header);
  auto payload = text::from_base64url(parts->payload);
  auto signature = text::from_base64url(parts->signature);
  if (!header || !payload || !signature || signature->size() != kSignatureBytes) {
    return refuse(family, "malformed",
                  "a part is not base64url without padding, or the signature is not 64 bytes");
  }
  CompactJws jws;
  AMBIT_TRY(jws.header, parse_object(*header, family, "header"));
  if (jws.header.find("crit") != nullptr) {
    return refuse(family, "malformed", "the header has critical extensions; none is supported");
  }
  const auto algorithm = allowed_algorithm(jws.header.string_or("alg", ""));
  if (!algorithm) return refuse(family, "algorithm", "`alg` must be `EdDSA` or `ES256`");
  jws.algorithm = *algorithm;
  jws.payload = *std::move(payload);
  jws.signing_input = compact.substr(0, parts->header.size() + 1 + parts->payload.size());
  jws.signature = *std::move(signature);
  return jws;
}

Result<text::Json> parse_payload(std::string_view payload, std::string_view family) {
  return parse_object(payload, family, "payload");
}

std::string sign_compact_jws(const crypto::SigningKey& key, const text::Json& header,
                             const text::Json& payload) {
  std::string out = text::to_base64url(text::to_canonical_json(header));
  out += '.';
  out += text::to_base64url(text::to_canonical_json(payload));
  const std::string signature = text::to_base64url(key.sign(out));
  out += '.';
  out += signature;
  return out;
}

}  // namespace ambit::identity::internal
