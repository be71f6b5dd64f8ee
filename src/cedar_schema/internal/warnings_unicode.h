// What Unicode says of characters in names: their scripts, and whether they should be in names at
// all (Unicode Technical Standard #39).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ambit::cedar::unicode {

// One bit a script, among them the three that stand for Han with Bopomofo, Japanese and Korean.
using ScriptSet = std::array<std::uint64_t, 3>;

inline constexpr std::size_t kScriptSets = 288;
inline constexpr std::size_t kScriptRuns = 1885;
inline constexpr std::size_t kStatusFlips = 3226;

// Every augmented script set that a character has. The first is empty (unassigned), the second all
// (common and inherited).
extern const std::array<ScriptSet, kScriptSets> kSets;

// Runs of characters with the same set, in order: the first character (times 512) and the number of
// their set.
extern const std::array<std::uint32_t, kScriptRuns> kRuns;

// Where the identifier status changes, in order, beginning with Restricted at 0.
extern const std::array<std::uint32_t, kStatusFlips> kFlips;

// The scalar at `offset` of valid UTF-8; `offset` goes on to the next.
std::uint32_t next_scalar(std::string_view text, std::size_t& offset);

ScriptSet scripts_of(std::uint32_t scalar);

// Whether the General Security Profile allows it in identifiers.
bool is_allowed_in_identifier(std::uint32_t scalar);

// Whether it changes the direction in which text is shown.
bool is_bidi_control(std::uint32_t scalar);

// Whether some script, or mixture of scripts that a language uses, has all characters.
// Precondition of this and the next: valid UTF-8.
bool is_single_script(std::string_view text);

bool has_bidi_control(std::string_view text);

}  // namespace ambit::cedar::unicode
