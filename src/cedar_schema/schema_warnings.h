// What is allowed in a schema but may not be meant.
#pragma once

#include <string_view>
#include <vector>

#include "cedar/diagnostic.h"
#include "cedar_schema/schema_fragment.h"

namespace ambit::cedar {

// Types that hide a type of Cedar (`type ipaddr = ...`), and common types that hide an entity type
// of their namespace. `text` is where the fragment was read from; without it, places are not given.
std::vector<Diagnostic> schema_warnings(const SchemaFragment& fragment, std::string_view text = {});

}  // namespace ambit::cedar
