#include "text/merge_patch.h"

#include <string>
#include <utility>

namespace ambit::text {

// Both are as deep as the parser allows at most, so that the recursion is bounded.
Json merge_patch(Json target, const Json& patch) {
  if (!patch.is_object()) return patch;
  if (!target.is_object()) target = Json::object();
  for (const auto& [name, value] : patch.as_object()) {
    if (value.is_null()) {
      target.erase(name);
    } else {
      const Json* old = target.find(name);
      target.set(name, merge_patch(old ? *old : Json(), value));
    }
  }
  return target;
}

}  // namespace ambit::text
