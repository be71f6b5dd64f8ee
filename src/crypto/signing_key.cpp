#include "crypto/internal/key_file.h"
#include "crypto/internal/key_state.h"
#include "crypto/internal/sodium.h"
#include "crypto/random.h"
#include "text/base64url.h"

namespace ambit::crypto {
namespace {

// The parse error of a private file is not passed on: it could quote the file.
tl::unexpected<Error> malformed_file(const std::string& path) {
  return fail(Code::kInvalid, "key.malformed",
              "`" + path + "` does not hold a private Ed25519 or P-256 key as a JWK");
}

// A private JWK in which every copy of the private part is wiped.
SecretBytes private_jwk(const text::Json& public_jwk, std::string_view scalar) {
  std::string encoded = text::to_base64url(scalar);
  std::string out;
  out.reserve(512);  // more than the longest key, so that growing leaves no copy behind
  out += "{\"d\":\"";
  out += encoded;
  out += "\",";
  wipe(encoded);
  const std::string rest = text::to_json(public_jwk);
  out.append(rest, 1).append(1, '\n');
  return SecretBytes(std::move(out));
}

// Takes the private part out of `jwk`; empty when there is none that can be read.
SecretBytes take_scalar(text::Json& jwk) {
  text::Json* const d = jwk.find("d");
  if (d == nullptr || !d->is_string()) return {};
  Result<std::string> decoded = text::from_base64url(d->as_string());
  wipe(d->as_string());
  jwk.erase("d");
  return decoded ? SecretBytes(*std::move(decoded)) : SecretBytes();
}

}  // namespace

SigningKey::SigningKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

Result<SigningKey> SigningKey::from_ed25519_seed(std::string_view seed) {
  if (seed.size() != crypto_sign_SEEDBYTES) {
    return fail(Code::kInvalid, "key.malformed", "the seed of an Ed25519 key has 32 bytes");
  }
  internal::ensure_sodium();
  std::string raw(crypto_sign_PUBLICKEYBYTES, '\0');
  std::string secret(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_seed_keypair(internal::bytes_of(raw.data()), internal::bytes_of(secret.data()),
                           internal::bytes_of(seed.data()));
  SecretBytes kept(std::move(secret));
  AMBIT_TRY(PublicKey public_key, PublicKey::from_ed25519(raw));
  return SigningKey(
      std::make_unique<State>(State{std::move(public_key), std::move(kept), nullptr}));
}

Result<SigningKey> SigningKey::from_p256(std::string_view x, std::string_view y,
                                         std::string_view d) {
  if (d.size() != internal::kFieldBytes) {
    return fail(Code::kInvalid, "key.malformed", "the private part of a P-256 key has 32 bytes");
  }
  AMBIT_TRY(PublicKey public_key,
            PublicKey::from_jwk(text::Json::object({{"kty", "EC"},
                                                    {"crv", "P-256"},
                                                    {"x", text::to_base64url(x)},
                                                    {"y", text::to_base64url(y)}})));
  internal::Pkey key = internal::p256_key(x, y, d);
  if (!key) {
    return fail(Code::kInvalid, "key.malformed", "the private part does not belong to the key");
  }
  return SigningKey(
      std::make_unique<State>(State{std::move(public_key), SecretBytes(), std::move(key)}));
}

Result<SigningKey> SigningKey::generate(Algorithm algorithm) {
  if (algorithm == Algorithm::kEdDSA) {
    const SecretBytes seed(random_bytes(crypto_sign_SEEDBYTES));
    return from_ed25519_seed(seed.expose());
  }
  const internal::Pkey key = internal::p256_generate();
  const internal::P256Parts parts = internal::p256_parts(key.get());
  return from_p256(parts.x, parts.y, parts.d.expose());
}

Result<SigningKey> SigningKey::read_file(const std::string& path) {
  AMBIT_TRY(const SecretBytes content, internal::read_private_file(path));
  Result<text::Json> jwk = text::parse_json(content.expose());
  if (!jwk) return malformed_file(path);
  const SecretBytes scalar = take_scalar(*jwk);
  const Result<PublicKey> declared = PublicKey::from_jwk(*jwk);
  if (!declared) return malformed_file(path);
  const Result<std::string> x = text::from_base64url(jwk->string_or("x", ""));
  const Result<std::string> y = text::from_base64url(jwk->string_or("y", ""));
  Result<SigningKey> key = declared->algorithm() == Algorithm::kEdDSA
                               ? from_ed25519_seed(scalar.expose())
                               : from_p256(*x, *y, scalar.expose());
  if (!key || key->public_key().thumbprint() != declared->thumbprint()) return malformed_file(path);
  return key;
}

Result<> SigningKey::write_file(const std::string& path) const {
  const text::Json jwk = public_key().jwk();
  if (algorithm() == Algorithm::kEdDSA) {
    const std::string_view seed = state_->ed25519.expose().substr(0, crypto_sign_SEEDBYTES);
    return internal::write_private_file(path, private_jwk(jwk, seed).expose());
  }
  const internal::P256Parts parts = internal::p256_parts(state_->p256.get());
  return internal::write_private_file(path, private_jwk(jwk, parts.d.expose()).expose());
}

Algorithm SigningKey::algorithm() const { return public_key().algorithm(); }

const PublicKey& SigningKey::public_key() const { return state_->public_key; }

std::string SigningKey::sign(std::string_view message) const {
  if (algorithm() == Algorithm::kES256) return internal::p256_sign(state_->p256.get(), message);
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(internal::bytes_of(signature.data()), nullptr,
                       internal::bytes_of(message.data()), message.size(),
                       internal::bytes_of(state_->ed25519.expose().data()));
  return signature;
}

}  // namespace ambit::crypto
