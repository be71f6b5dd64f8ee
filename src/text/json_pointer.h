// Writing JSON pointers (RFC 6901); json.h resolves them.
#pragma once

#include <string>
#include <string_view>

namespace ambit::text {

// Appends `/` and `token`, escaped as section 3 says.
inline void append_pointer_token(std::string& pointer, std::string_view token) {
  pointer += '/';
  for (const char c : token) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

}  // namespace ambit::text
