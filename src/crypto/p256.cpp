#include <openssl/core_names.h>

#include "crypto/digest.h"
#include "crypto/internal/key_state.h"
#include "crypto/internal/sodium.h"

namespace ambit::crypto::internal {
namespace {

constexpr char kGroup[] = "prime256v1";
constexpr std::size_t kMaxDerBytes = 72;

BigNumber number_from(std::string_view bytes) {
  return BigNumber(BN_bin2bn(bytes_of(bytes.data()), static_cast<int>(bytes.size()), nullptr));
}

std::string field_bytes(const BIGNUM* number) {
  std::string out(kFieldBytes, '\0');
  require(BN_bn2binpad(number, bytes_of(out.data()), static_cast<int>(out.size())) > 0,
          "number to bytes");
  return out;
}

std::string key_number(const EVP_PKEY* key, const char* name) {
  BIGNUM* raw = nullptr;
  require(EVP_PKEY_get_bn_param(key, name, &raw) == 1, "read a key's number");
  const BigNumber number(raw);
  return field_bytes(number.get());
}

// Whether the scalar is in range and belongs to the point.
bool consistent(EVP_PKEY* key) {
  const PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return context && EVP_PKEY_check(context.get()) == 1;
}

}  // namespace

Pkey p256_key(std::string_view x, std::string_view y, std::string_view d) {
  const std::string point = std::string("\x04").append(x).append(y);
  const BigNumber scalar = number_from(d);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  require(builder && scalar &&
              OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, kGroup,
                                              0) == 1 &&
              OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                               point.size()) == 1 &&
              (d.empty() ||
               OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get()) == 1),
          "key parameters");
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  require(params && context && EVP_PKEY_fromdata_init(context.get()) == 1, "key import");
  EVP_PKEY* raw = nullptr;
  const int selection = d.empty() ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
  if (EVP_PKEY_fromdata(context.get(), &raw, selection, params.get()) != 1) return nullptr;
  Pkey key(raw);
  if (!d.empty() && !consistent(key.get())) return nullptr;
  return key;
}

Pkey p256_generate() {
  Pkey key(EVP_EC_gen(kGroup));
  require(key != nullptr, "generate a P-256 key");
  return key;
}

P256Parts p256_parts(const EVP_PKEY* key) {
  return {key_number(key, OSSL_PKEY_PARAM_EC_PUB_X), key_number(key, OSSL_PKEY_PARAM_EC_PUB_Y),
          SecretBytes(key_number(key, OSSL_PKEY_PARAM_PRIV_KEY))};
}

bool p256_verify(EVP_PKEY* key, std::string_view message, std::string_view signature) {
  if (signature.size() != kSignatureBytes) return false;
  const EcdsaSignature pair(ECDSA_SIG_new());
  BigNumber r = number_from(signature.substr(0, kFieldBytes));
  BigNumber s = number_from(signature.substr(kFieldBytes));
  require(pair && r && s && ECDSA_SIG_set0(pair.get(), r.release(), s.release()) == 1,
          "signature to numbers");
  unsigned char der[kMaxDerBytes];
  unsigned char* end = der;
  const int size = i2d_ECDSA_SIG(pair.get(), &end);
  const Digest digest = sha256(message);
  const PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return size > 0 && context && EVP_PKEY_verify_init(context.get()) == 1 &&
         EVP_PKEY_verify(context.get(), der, static_cast<std::size_t>(size), digest.bytes.data(),
                         digest.bytes.size()) == 1;
}

std::string p256_sign(EVP_PKEY* key, std::string_view message) {
  const Digest digest = sha256(message);
  const PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  unsigned char der[kMaxDerBytes];
  std::size_t size = sizeof der;
  require(
      context && EVP_PKEY_sign_init(context.get()) == 1 &&
          EVP_PKEY_sign(context.get(), der, &size, digest.bytes.data(), digest.bytes.size()) == 1,
      "sign with P-256");
  const unsigned char* at = der;
  const EcdsaSignature pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  require(pair != nullptr, "signature from DER");
  return field_bytes(ECDSA_SIG_get0_r(pair.get())) + field_bytes(ECDSA_SIG_get0_s(pair.get()));
}

}  // namespace ambit::crypto::internal
