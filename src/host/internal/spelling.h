// What a path may look like before anybody asks the file system about it.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace ambit::host::internal {

inline constexpr std::size_t kMaxPathBytes = 4096;

// `target.ambiguous` for what programs are known to read differently: they trim white space and
// quotes, expand `~`, take backslashes for separators, decode `file:` URIs, stop at a NUL.
Result<> check_spelling(std::string_view path);

// UTF-8 without control characters (C0, DEL, C1), so that it can be recorded and shown.
bool is_showable(std::string_view text);

}  // namespace ambit::host::internal
