#include "crypto/digest.h"
#include "crypto/internal/key_state.h"
#include "crypto/internal/sodium.h"
#include "text/base64url.h"

namespace ambit::crypto {
namespace {

tl::unexpected<Error> malformed(std::string message) {
  return fail(Code::kInvalid, "key.malformed", std::move(message));
}

// A member that holds exactly 32 bytes as base64url.
Result<std::string> field(const text::Json& jwk, std::string_view name) {
  auto bytes = text::from_base64url(jwk.string_or(name, ""));
  if (!bytes || bytes->size() != internal::kFieldBytes) {
    return malformed("the member `" + std::string(name) +
                     "` of the key is not 32 bytes in base64url");
  }
  return bytes;
}

// Optional members that narrow what a key is for (RFC 7517 sections 4.2 and 4.4) must agree.
Result<> check_usage(const text::Json& jwk, Algorithm algorithm) {
  if (jwk.string_or("alg", name_of(algorithm)) != name_of(algorithm)) {
    return malformed("the member `alg` of the key does not fit its type; it would be `" +
                     std::string(name_of(algorithm)) + "`");
  }
  if (jwk.string_or("use", "sig") != "sig") return malformed("the key is not for signatures");
  return {};
}

std::shared_ptr<PublicKey::State> new_state(Algorithm algorithm, text::Json jwk) {
  auto state = std::make_shared<PublicKey::State>();
  state->algorithm = algorithm;
  state->jwk = std::move(jwk);
  state->thumbprint = text::to_base64url(sha256(text::to_canonical_json(state->jwk)).view());
  return state;
}

}  // namespace

const char* name_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEdDSA: return "EdDSA";
    case Algorithm::kES256: return "ES256";
  }
  return "EdDSA";
}

Result<PublicKey> PublicKey::from_ed25519(std::string_view raw) {
  if (raw.size() != crypto_sign_PUBLICKEYBYTES) {
    return malformed("an Ed25519 public key has 32 bytes, not " + std::to_string(raw.size()));
  }
  auto state = new_state(
      Algorithm::kEdDSA,
      text::Json::object({{"crv", "Ed25519"}, {"kty", "OKP"}, {"x", text::to_base64url(raw)}}));
  state->ed25519 = raw;
  return PublicKey(std::move(state));
}

Result<PublicKey> PublicKey::from_jwk(const text::Json& jwk) {
  if (!jwk.is_object()) return malformed("a key is a JSON object (RFC 7517)");
  if (jwk.find("d") != nullptr) return malformed("the key holds its private part `d`");
  const std::string_view type = jwk.string_or("kty", "");
  const std::string_view curve = jwk.string_or("crv", "");
  if (type == "OKP" && curve == "Ed25519") {
    AMBIT_CHECK_OK(check_usage(jwk, Algorithm::kEdDSA));
    AMBIT_TRY(const std::string raw, field(jwk, "x"));
    return from_ed25519(raw);
  }
  if (type != "EC" || curve != "P-256") {
    return fail(Code::kUnsupported, "key.unsupported",
                "a key is of `kty` `OKP` with `crv` `Ed25519`, or of `EC` with `P-256`");
  }
  AMBIT_CHECK_OK(check_usage(jwk, Algorithm::kES256));
  AMBIT_TRY(const std::string x, field(jwk, "x"));
  AMBIT_TRY(const std::string y, field(jwk, "y"));
  internal::Pkey key = internal::p256_key(x, y, "");
  if (!key) return malformed("the point of the key is not on the curve P-256");
  auto state = new_state(Algorithm::kES256, text::Json::object({{"crv", "P-256"},
                                                                {"kty", "EC"},
                                                                {"x", text::to_base64url(x)},
                                                                {"y", text::to_base64url(y)}}));
  state->p256 = std::move(key);
  return PublicKey(std::move(state));
}

Algorithm PublicKey::algorithm() const { return state_->algorithm; }

text::Json PublicKey::jwk() const { return state_->jwk; }

const std::string& PublicKey::thumbprint() const { return state_->thumbprint; }

std::string PublicKey::ed25519_bytes() const { return state_->ed25519; }

bool PublicKey::verify(std::string_view message, std::string_view signature) const {
  if (signature.size() != internal::kSignatureBytes) return false;
  if (state_->algorithm == Algorithm::kES256) {
    return internal::p256_verify(state_->p256.get(), message, signature);
  }
  // libsodium also refuses keys of small order and encodings that are not canonical.
  internal::ensure_sodium();
  return crypto_sign_verify_detached(internal::bytes_of(signature.data()),
                                     internal::bytes_of(message.data()), message.size(),
                                     internal::bytes_of(state_->ed25519.data())) == 0;
}

}  // namespace ambit::crypto
