// Cedar's human syntax of schemas: text to fragment and back.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cedar/diagnostic.h"
#include "cedar_schema/schema_fragment.h"

namespace ambit::cedar {

// Reads one text. Checks its form, and that nothing is declared twice or has a reserved name; what
// its names mean is for Schema::resolve(). A record with the same attribute twice is refused too.
tl::expected<SchemaFragment, Diagnostic> parse_schema_fragment(std::string_view text);

// The fragment as text, laid out as the Rust implementation does; reading it gives a schema that
// resolves to the same. Error reason `cedar.schema` for what only JSON can say: a shape that is
// named instead of written out, and a common type of the name of an entity type beside it.
Result<std::string> to_schema_text(const SchemaFragment& fragment);

// `{a?: Long}` as it would stand in such a text, `indent` spaces in.
std::string to_schema_text(const TypeExpression& type, std::size_t indent = 0);

}  // namespace ambit::cedar
