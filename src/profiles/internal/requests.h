// One call as each of the profiles puts it.
#pragma once

#include <optional>

#include "profiles/profile.h"

namespace ambit::profiles {

Result<ProfileRequest> agentcore_request(const text::Json& json);
Result<ProfileRequest> toolhive_request(const text::Json& json);

// The text member called `name`. Error reason `profile.request`.
Result<std::string> text_member(const text::Json& json, const char* name);

// A number as a decimal, digits beyond the fourth cut off as both products do; none when it does
// not fit.
std::optional<cedar::Value> truncated_decimal(const text::Json& number);

}  // namespace ambit::profiles
