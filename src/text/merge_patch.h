// Changes to a JSON document that look like the document.
#pragma once

#include "text/json.h"

namespace ambit::text {

// The document with the patch applied (RFC 7396, section 2): a null member removes, an object goes
// deeper, anything else replaces.
Json merge_patch(Json target, const Json& patch);

}  // namespace ambit::text
