// Text from elsewhere made safe and honest to look at.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ambit::cli {

// `text` with everything that would act on a terminal or deceive a reader written out: control
// characters, characters that change direction, invisible ones, spaces that are not U+0020 (all as
// `\u{202E}`, the common ones as `\n`, `\t`, `\r`) and bytes that are not UTF-8 (as `\xFF`).
std::string visible(std::string_view text);

// Whether `visible` would change `text`.
bool is_plain(std::string_view text);

// Columns that `text` takes on a terminal, one a character.
std::size_t width_of(std::string_view text);

}  // namespace ambit::cli
