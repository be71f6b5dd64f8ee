// A symmetric key of 32 bytes in a file that only its owner can read.
#pragma once

#include <string>

#include "base/result.h"
#include "crypto/secret.h"

namespace ambit::crypto {

inline constexpr std::size_t kSymmetricKeyBytes = 32;

SecretBytes generate_symmetric_key();

// Reads what write_symmetric_key wrote: a JWK of kty `oct` (RFC 7518 section 6.4). Errors:
// `key.not_found`, `key.permissions` when others can read the file, `key.malformed`, `key.io`.
Result<SecretBytes> read_symmetric_key(const std::string& path);

// Mode 0600, durably and all at once; `key.exists` when the file is there, else `key.io`.
Result<> write_symmetric_key(const std::string& path, const SecretBytes& key);

// Gives the file another name, durably, in place of whatever had it; `key.io`.
Result<> move_symmetric_key(const std::string& from, const std::string& to);

}  // namespace ambit::crypto
