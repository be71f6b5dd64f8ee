// A validating walk over one JSON text that keeps the bytes: what is passed on stays exactly as it
// was written (numbers above all), yet nothing malformed gets through.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ambit::mcp {

// One member of an object: its key decoded, its value as the bytes between the separators.
struct RawMember {
  std::string key;
  std::string_view value;
};

struct ScanLimits {
  std::size_t max_bytes = 16u << 20;
  std::size_t max_depth = 64;
  std::size_t max_items = 4096;  // members or elements of the outermost value
};

// Checks that `bytes` is one JSON object (RFC 8259, valid UTF-8) and returns its members in order.
// A key that stands twice in the outermost object is refused; deeper ones are not looked at.
// Values view into `bytes`. Errors: `json.syntax`, `json.utf8`, `json.duplicate_key`, `json.depth`,
// `json.size`, each with the byte offset or the key.
Result<std::vector<RawMember>> scan_object(std::string_view bytes, ScanLimits limits = {});

// The same for an array: its elements.
Result<std::vector<std::string_view>> scan_array(std::string_view bytes, ScanLimits limits = {});

// The value of the member `key`, empty when there is none.
std::string_view raw_member(const std::vector<RawMember>& members, std::string_view key);

}  // namespace ambit::mcp
