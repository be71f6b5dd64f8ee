// Random bytes and unguessable identifiers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/time.h"

namespace ambit::crypto {

// `count` bytes from the operating system's generator.
std::string random_bytes(std::size_t count);

// An unguessable secret: `prefix`, then 43 base64url characters (256 bits).
std::string random_token(std::string_view prefix);

// A sortable, unguessable identifier: `prefix`, 10 characters of time, 16 of randomness (a ULID,
// lower case Crockford base32).
std::string random_id(std::string_view prefix, Time now);

}  // namespace ambit::crypto
