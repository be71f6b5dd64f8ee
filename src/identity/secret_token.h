// Access tokens of humans and services: opaque secrets, of which only a hash is stored.
#pragma once

#include <string_view>

#include "crypto/digest.h"
#include "crypto/secret.h"

namespace ambit::identity {

// Lets scanners recognise a leaked token, and doors tell it from a task credential.
inline constexpr std::string_view kSecretTokenPrefix = "amb_";

// `amb_` and 256 random bits. Shown to its owner once and never stored.
crypto::SecretBytes generate_secret_token();

// Whether `text` has the form of such a token.
bool is_secret_token(std::string_view text);

// What is stored, and what a presented token is looked up by. Plain SHA-256 and not a password
// hash: slow hashes make up for guessable secrets, and 256 random bits cannot be guessed, whereas a
// slow hash at each request could be abused to exhaust the server.
crypto::Digest hash_secret_token(std::string_view token);

// Compares in constant time.
bool matches_secret_token(std::string_view presented, const crypto::Digest& stored);

}  // namespace ambit::identity
