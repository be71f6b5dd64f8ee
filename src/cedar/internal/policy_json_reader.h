// What the readers of policies, scopes and expressions in JSON share.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"
#include "text/json.h"

namespace ambit::cedar {

tl::unexpected<Error> bad_policy_json(std::string message);

// Refuses anything but an object with members of these names only.
Result<> only(const text::Json& json, std::initializer_list<std::string_view> names);

// The type named by the member `entity_type`.
Result<std::string> entity_type_from_json(const text::Json& json);

// The same result, with `place` before the message of an error.
template <class T>
Result<T> located(std::string_view place, Result<T> result) {
  if (!result) result.error().message = "`" + std::string(place) + "`: " + result.error().message;
  return result;
}

}  // namespace ambit::cedar
