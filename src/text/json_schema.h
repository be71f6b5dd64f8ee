// JSON Schema for the inputs of tools: compiled once, then asked about every call.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "text/json.h"

namespace ambit::text {

namespace internal {
struct SchemaProgram;
}

// Decides whether a value may be forwarded, so it is stricter than the standard (JSON Schema
// 2020-12, and drafts 6, 7 and 2019-09 when `$schema` names them) in two ways:
//   - It never half-checks. A keyword that constrains and is not enforced here makes compile()
//   fail:
//     `unevaluatedItems`, references other than `#` and `#/...`, an inner `$id`, a `pattern` that
//     is not a regular language. `format` and the like are annotations, as the standard has them.
//   - It is closed. An object of which some schema that applied to it declares `properties` has no
//     members but those that the applied schemas declare together, unless one of them says
//     `additionalProperties` or `unevaluatedProperties`. With Root::kClosed that holds for the
//     outermost object even when nothing declares a member: a tool that names no arguments takes
//     none.
// A schema that did not apply (a failed branch, the inside of `not`) declares nothing.
// Thread-safe; copies share what was compiled.
class JsonSchema {
 public:
  // Errors name the keyword and its place (`#/properties/path`): `schema.invalid` for a schema that
  // is malformed, `schema.unsupported` for one that cannot be enforced, `schema.too_complex` for
  // one that is too large or too deep.
  enum class Root { kAsDeclared, kClosed };
  static Result<JsonSchema> compile(const Json& schema, Root root = Root::kAsDeclared);

  // Errors name the place in the value (`/paths/0`) and what would be right, never the value
  // itself: `schema.mismatch`, `schema.missing_member`, `schema.unknown_member`, and
  // `schema.too_complex` when the check would take too long.
  Result<> validate(const Json& value) const;

  // Places of members that are no keyword known here (`#/properties/path/x-order`), which the
  // standard lets anybody add and which do not constrain.
  const std::vector<std::string>& ignored() const;

 private:
  explicit JsonSchema(std::shared_ptr<const internal::SchemaProgram> program);

  std::shared_ptr<const internal::SchemaProgram> program_;
};

}  // namespace ambit::text
