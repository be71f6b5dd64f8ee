// Reading members of a request, each error naming the place.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "text/json.h"

namespace ambit::doors::authzen {

inline tl::unexpected<Error> missing(std::string_view path) {
  return fail(Code::kInvalid, "field.missing", "`" + std::string(path) + "` is missing");
}

inline tl::unexpected<Error> wrong(std::string_view path, std::string_view what) {
  return fail(Code::kInvalid, "field.invalid", "`" + std::string(path) + "` " + std::string(what));
}

// A whole body, which must be an object. Whatever is wrong with it (too deep, too), it is the
// request that is wrong: Code::kInvalid.
Result<text::Json> parse_body(std::string_view body);

// The object that must stand at `key`.
Result<text::Json*> read_object(text::Json& in, std::string_view key);
// The object that may stand at `key`; null when there is none.
Result<text::Json*> read_optional_object(text::Json& in, std::string_view key,
                                         std::string_view path);

// Takes a text that must be there and not be empty.
Result<> take(text::Json& in, std::string_view key, std::string_view path, std::string& out);
// Takes a text that may be absent.
Result<> take_optional(text::Json& in, std::string_view key, std::string_view path,
                       std::string& out);

}  // namespace ambit::doors::authzen
