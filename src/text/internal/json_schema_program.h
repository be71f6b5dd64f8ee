// A JSON Schema as compile() leaves it and validate() walks it.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "text/internal/pattern.h"
#include "text/json.h"

namespace ambit::text::internal {

// A set of types. A number is integral or fractional, so that `integer` also takes 1.0.
using Types = std::uint8_t;
inline constexpr Types kNullType = 1;
inline constexpr Types kBoolType = 2;
inline constexpr Types kIntegralType = 4;
inline constexpr Types kFractionalType = 8;
inline constexpr Types kNumberType = kIntegralType | kFractionalType;
inline constexpr Types kStringType = 16;
inline constexpr Types kArrayType = 32;
inline constexpr Types kObjectType = 64;
inline constexpr Types kAnyType = 127;

inline constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

struct SchemaNode;

struct SizeRange {
  std::size_t least = 0;
  std::size_t most = kNoLimit;
};

struct NumberRules {
  std::optional<Json> minimum, maximum, exclusive_minimum, exclusive_maximum, multiple_of;
};

struct StringRules {
  SizeRange length;  // in code points
  std::optional<Pattern> pattern;
  std::string pattern_source;
};

struct ArrayRules {
  SizeRange length;
  bool unique = false;
  std::vector<const SchemaNode*> prefix;
  const SchemaNode* rest = nullptr;
  const SchemaNode* contains = nullptr;
  SizeRange contained{1, kNoLimit};
};

struct NamedSchema {
  std::string name;
  const SchemaNode* schema = nullptr;
};

struct ObjectRules {
  SizeRange size;
  bool declares = false;                // has `properties`, perhaps without any
  std::vector<NamedSchema> properties;  // INVARIANT: sorted by name
  std::vector<std::pair<Pattern, const SchemaNode*>> patterns;
  const SchemaNode* additional = nullptr;
  const SchemaNode* unevaluated = nullptr;
  const SchemaNode* names = nullptr;
  std::vector<std::string> required;
  std::vector<std::pair<std::string, std::vector<std::string>>> dependent_required;
  std::vector<NamedSchema> dependent_schemas;

  // The schema of the declared member `name`, or nullptr.
  const SchemaNode* property(std::string_view name) const;
  // Whether it says something about members, so that they count as declared.
  bool covers_members() const {
    return declares || !patterns.empty() || additional != nullptr || unevaluated != nullptr;
  }
};

struct SchemaNode {
  Types types = kAnyType;
  bool never = false;  // the schema `false`
  std::optional<std::vector<Json>> choices;
  std::optional<Json> constant;
  std::unique_ptr<NumberRules> number;
  std::unique_ptr<StringRules> string;
  std::unique_ptr<ArrayRules> array;
  std::unique_ptr<ObjectRules> object;

  bool combines = false;  // any of the following is there
  const SchemaNode* reference = nullptr;
  std::vector<const SchemaNode*> all_of, any_of, one_of;
  const SchemaNode* negated = nullptr;
  const SchemaNode* condition = nullptr;
  const SchemaNode* consequence = nullptr;
  const SchemaNode* alternative = nullptr;
};

struct SchemaProgram {
  std::deque<SchemaNode> nodes;  // addresses stay, so that nodes may point at each other
  bool closed_root = false;      // the outermost object has no members but those that are declared
  const SchemaNode* root = nullptr;
  std::vector<std::string> ignored;
};

Result<SchemaProgram> compile_schema(const Json& schema);
Result<> validate_value(const SchemaProgram& program, const Json& value);

// `text` for an error message: at most 64 bytes, without control characters.
std::string shown(std::string_view text);

}  // namespace ambit::text::internal
