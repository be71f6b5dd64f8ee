#include "host/internal/spelling.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace ambit::host::internal {
namespace {

constexpr std::uint32_t kMalformed = 0xFFFF'FFFF;

// Takes the first code point off `text`; kMalformed when it does not start with one.
std::uint32_t take_code_point(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80             ? 1
                             : (lead & 0xE0) == 0xC0 ? 2
                             : (lead & 0xF0) == 0xE0 ? 3
                             : (lead & 0xF8) == 0xF0 ? 4
                                                     : 0;
  if (length == 0 || text.size() < length) return kMalformed;
  constexpr std::array<std::uint32_t, 5> kPayload{0, 0x7F, 0x1F, 0x0F, 0x07};
  constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  std::uint32_t point = lead & kPayload[length];
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0u) != 0x80) return kMalformed;
    point = (point << 6) | (byte & 0x3Fu);
  }
  text.remove_prefix(length);
  const bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
  return point < kSmallest[length] || point > 0x10FFFF || is_surrogate ? kMalformed : point;
}

// What some language's trim() removes, or some shell's unquoting.
bool is_trimmed(std::uint32_t point) {
  constexpr std::array<std::uint32_t, 13> kOthers{
      ' ', '"', '\'', '`', 0xA0, 0x1680, 0x180E, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF};
  return (point >= 0x2000 && point <= 0x200B) ||
         std::find(kOthers.begin(), kOthers.end(), point) != kOthers.end();
}

bool starts_with_file_scheme(std::string_view path) {
  constexpr std::string_view kScheme = "file:";
  return path.size() >= kScheme.size() &&
         std::equal(kScheme.begin(), kScheme.end(), path.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
         });
}

tl::unexpected<Error> ambiguous(const std::string& message) {
  return fail(Code::kInvalid, "target.ambiguous", message);
}

}  // namespace

bool is_showable(std::string_view text) {
  while (!text.empty()) {
    const std::uint32_t point = take_code_point(text);
    if (point == kMalformed || point < 0x20 || (point >= 0x7F && point < 0xA0)) return false;
  }
  return true;
}

Result<> check_spelling(std::string_view path) {
  if (path.empty()) return ambiguous("the path is empty");
  if (path.size() > kMaxPathBytes) {
    return ambiguous("the path has " + std::to_string(path.size()) + " bytes, and at most " +
                     std::to_string(kMaxPathBytes) + " are allowed");
  }
  if (!is_showable(path)) {
    return ambiguous("the path has control characters or is not UTF-8 text; remove them");
  }
  const std::string quoted = "path `" + std::string(path) + "`";
  if (path.find('\\') != std::string_view::npos) {
    return ambiguous(quoted + " has a backslash; separate names with `/`");
  }
  if (path.front() == '~') {
    return ambiguous(quoted + " starts with `~`; write the home folder out, or `./~` for a name");
  }
  if (starts_with_file_scheme(path)) {
    return ambiguous(quoted + " is a URI; write the path alone");
  }
  std::string_view rest = path;
  const std::uint32_t first = take_code_point(rest);
  std::size_t last = path.size() - 1;
  while ((static_cast<unsigned char>(path[last]) & 0xC0u) == 0x80) --last;
  rest = path.substr(last);
  if (is_trimmed(first) || is_trimmed(take_code_point(rest))) {
    return ambiguous(quoted + " starts or ends with white space or a quote; remove it");
  }
  return {};
}

}  // namespace ambit::host::internal
