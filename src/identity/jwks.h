// The public keys that verify our tokens, as others fetch them: a JWK Set, RFC 7517 section 5.
#pragma once

#include <vector>

#include "crypto/keys.h"
#include "text/json.h"

namespace ambit::identity {

// `{"keys": [...]}` in the order given, the current key first and then those before it whose tokens
// may still be alive. Each key has its `kid`, `use` and `alg`.
text::Json to_jwks(const std::vector<crypto::PublicKey>& keys);

}  // namespace ambit::identity
