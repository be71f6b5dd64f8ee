// Types that several tools describe alike, and where they can stand once for all.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tool_schema/internal/generated_schema.h"
#include "tool_schema/tool_listing.h"

namespace ambit::tool_schema {

// A type that can be shared: an enumeration, or an object whose members are all primitive.
struct SharedType {
  std::string name;
  ListedType type;
  std::string name_space;  // the innermost one that holds all its places
};

// INVARIANT of the keys: equal for types of the same name that say the same, and only for them.
using SharedTypes = std::map<std::string, SharedType>;

std::string key_of(const std::string& name, const ListedType& type);

// What occurs more than once in the listing and can stand at its place: nothing else of that name
// would, and what the stub has there says the same.
SharedTypes shared_types(const ToolListing& listing, const GeneratorOptions& options,
                         const GeneratedSchema& schema);

}  // namespace ambit::tool_schema
