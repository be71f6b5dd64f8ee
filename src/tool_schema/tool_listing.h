// Tools as MCP servers list them, with the types of what they take and give.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "text/json.h"

namespace ambit::tool_schema {

struct ListedMember;

// A type as a JSON Schema of a tool describes it, as far as the schema generator tells types apart.
struct ListedType {
  enum class Kind {
    kBool,
    kInteger,
    kFloat,
    kNumber,
    kString,
    kDecimal,
    kDatetime,
    kDuration,
    kIp,
    kNull,
    kUnknown,
    kEnum,       // variants
    kArray,      // parts: the element
    kTuple,      // parts
    kUnion,      // parts
    kObject,     // members, and in parts the type of further ones where they have one
    kReference,  // reference
  };

  // Made where its members' type is complete.
  ListedType();
  explicit ListedType(Kind the_kind);
  ListedType(const ListedType& other);
  ListedType(ListedType&& other) noexcept;
  ListedType& operator=(const ListedType& other);
  ListedType& operator=(ListedType&& other) noexcept;
  ~ListedType();

  Kind kind = Kind::kUnknown;
  std::vector<std::string> variants;
  std::vector<ListedType> parts;
  std::vector<ListedMember> members;
  std::string reference = {};  // of `#/$defs/NAME`

  // Neither made of other types nor a reference to one, and no enumeration.
  bool is_primitive() const { return kind <= Kind::kUnknown; }

  friend bool operator==(const ListedType& a, const ListedType& b);
};

struct ListedMember {
  std::string name;
  ListedType type;
  bool required = false;

  friend bool operator==(const ListedMember&, const ListedMember&) = default;
};

using ListedDefinitions = std::map<std::string, ListedType>;

struct ListedParameters {
  std::vector<ListedMember> members;
  ListedDefinitions definitions;
};

struct ListedTool {
  std::string name;
  ListedParameters inputs;
  ListedParameters outputs;
  ListedDefinitions definitions;
};

struct ToolListing {
  std::vector<ListedTool> tools;
  ListedDefinitions definitions;
};

// Reads the answer to `tools/list`, its `result`, the array of tools in it, or one tool. Only
// references within `$defs` are understood. Error reason `tool_schema.listing`; the message says
// where.
Result<ToolListing> listing_from_json(const text::Json& json);

}  // namespace ambit::tool_schema
