// The type of one argument or of a part of it.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace ambit::tool_schema {

struct ArgumentNode;

struct ArgumentMember {
  std::string name;
  std::shared_ptr<const ArgumentNode> type;
  bool required = false;
};

struct ArgumentNode {
  enum class Kind {
    kBool,
    kLong,
    kString,
    kDecimal,      // of a number
    kDecimalText,  // of a string with format `decimal`
    kDatetime,
    kDuration,
    kIp,
    kNull,
    kUnknown,
    kSet,     // element
    kTuple,   // members `proj0`...
    kUnion,   // members `typeChoice0`...
    kRecord,  // members, sorted by name
    kMap      // the same, and the type of the others as element
  };

  Kind kind = Kind::kUnknown;
  std::vector<ArgumentMember> members = {};
  std::shared_ptr<const ArgumentNode> element = nullptr;
  std::string name_space = {};  // of a map's entity type
  std::string type_name = {};
  bool names_entities = false;  // itself or a part of it is a map
};

}  // namespace ambit::tool_schema
