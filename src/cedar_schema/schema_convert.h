// The same schema in its other syntax, as the command line and other tools offer it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "text/json.h"

namespace ambit::cedar {

// A schema in text as JSON. It must be right as a whole, not only in form. Errors as in
// Schema::parse().
Result<text::Json> schema_text_to_json(std::string_view text);

// A schema in JSON as text that means exactly the same. Errors as in Schema::from_json(), and
// `cedar.schema` with code kUnsupported where text cannot say it.
Result<std::string> schema_json_to_text(const text::Json& json);

}  // namespace ambit::cedar
