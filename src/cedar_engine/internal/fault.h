// Why an expression has no value, as data; the text is made only when somebody asks for it.
#pragma once

#include <cstdint>
#include <string>

#include "cedar/ast.h"
#include "cedar_engine/datum.h"
#include "cedar_engine/internal/symbols.h"

namespace ambit::cedar::engine {

struct Fault {
  enum class Kind : std::uint8_t {
    kType,             // `expected`, but a value of `got`
    kArithmetic,       // `x op y`
    kFunctionRange,    // the result of `function`
    kNoEntity,         // `entity`
    kRecordAttribute,  // `name`
    kEntityAttribute,  // `name` of `entity`
    kTag,              // `text` of `entity`
    kArity,            // of `function`, `x` arguments
    kConstructor       // `function` of `text`
  };

  Kind kind = Kind::kType;
  BinaryOp op = BinaryOp::kAdd;
  Function function = Function::kContains;
  Datum::Kind got = Datum::Kind::kBool;
  EntityId entity{};
  NameId name{};
  const char* expected = "";
  std::int64_t x = 0;
  std::int64_t y = 0;
  Datum text;
};

// The words of the reference evaluator.
std::string message_of(const Fault& fault, const RequestSymbols& symbols);

// Out of line, to keep what leads to them short.
[[gnu::cold]] Datum type_fault(Arena& arena, const char* expected, const Datum& got);

}  // namespace ambit::cedar::engine
