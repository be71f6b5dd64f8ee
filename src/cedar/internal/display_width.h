// How wide text is when it is shown.
#pragma once

#include <cstddef>
#include <string_view>

namespace ambit::cedar {

// Columns that `text` takes in a terminal, scalar by scalar: what joins several into one picture,
// as some emoji do, counts for each. Control characters count for one.
std::size_t display_width(std::string_view text);

}  // namespace ambit::cedar
