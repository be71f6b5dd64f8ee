// base64url without padding (RFC 4648 section 5), and lower-case hex.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ambit::text {

std::string to_base64url(std::string_view bytes);
void append_base64url(std::string& out, std::string_view bytes);

// Strict: no padding, no white space, no other alphabet, no stray low bits.
Result<std::string> from_base64url(std::string_view text);

// The same into `out`; false where the text is not the form of exactly as many bytes.
bool read_base64url(std::string_view text, std::span<std::uint8_t> out);

// Standard alphabet with padding (RFC 4648 section 4), as signed notes use.
std::string to_base64(std::string_view bytes);
Result<std::string> from_base64(std::string_view text);

std::string to_hex(std::string_view bytes);
void append_hex(std::string& out, std::string_view bytes);
Result<std::string> from_hex(std::string_view text);

}  // namespace ambit::text
