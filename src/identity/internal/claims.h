// Task claims to and from the payload of a token.
#pragma once

#include <optional>

#include "identity/jwt.h"

namespace ambit::identity::internal {

text::Json to_payload(const TaskClaims& claims);

// Fails with `token.malformed`, naming the claim that is missing or of the wrong kind.
Result<TaskClaims> claims_from(const text::Json& payload);

// The NumericDate called `name`: whole seconds from 1970 to 9999, or nothing.
std::optional<Time> numeric_date(const text::Json& payload, std::string_view name);

// Whole seconds since 1970, rounded down.
std::int64_t to_seconds(Time time);

}  // namespace ambit::identity::internal
