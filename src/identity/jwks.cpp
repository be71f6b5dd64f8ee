#include "identity/jwks.h"

namespace ambit::identity {

text::Json to_jwks(const std::vector<crypto::PublicKey>& keys) {
  text::Json list = text::Json::array();
  for (const crypto::PublicKey& key : keys) {
    text::Json jwk = key.jwk();
    jwk.set("kid", key.thumbprint());
    jwk.set("use", "sig");
    jwk.set("alg", crypto::name_of(key.algorithm()));
    list.push_back(std::move(jwk));
  }
  return text::Json::object({{"keys", std::move(list)}});
}

}  // namespace ambit::identity
