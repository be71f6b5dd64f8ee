#include "cedar_engine/internal/fault.h"

#include "cedar/number_types.h"
#include "cedar_engine/internal/functions.h"

namespace ambit::cedar::engine {
namespace {

// What the parser of the text says, which failed before.
std::string constructor_message(Function function, std::string_view text) {
  const auto message = [](const auto& parsed) {
    return parsed ? std::string() : parsed.error().message;
  };
  switch (function) {
    case Function::kDecimal: return message(parse_decimal(text));
    case Function::kIp: return message(parse_ip(text));
    case Function::kDatetime: return message(parse_datetime(text));
    default: return message(parse_duration_text(text));
  }
}

std::string uid_text(EntityId id, const RequestSymbols& symbols) {
  return "`" + to_cedar_text(symbols.uid_of(id)) + "`";
}

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string arity_message(const Fault& fault) {
  const FunctionShape& shape = shape_of(fault.function);
  return "the number of arguments of " + quoted(shape.name) + ", its receiver counted, is " +
         std::to_string(shape.arity) + ", not " + std::to_string(fault.x);
}

}  // namespace

Datum type_fault(Arena& arena, const char* expected, const Datum& got) {
  Fault fault;
  fault.expected = expected;
  fault.got = got.kind();
  return Datum::error(*arena.copy(fault));
}

std::string message_of(const Fault& fault, const RequestSymbols& symbols) {
  switch (fault.kind) {
    case Fault::Kind::kType:
      return std::string("type error: expected ") + fault.expected + ", got " +
             cedar::name_of(fault.got);
    case Fault::Kind::kArithmetic:
      return "`" + std::to_string(fault.x) + " " + std::string(symbol_of(fault.op)) + " " +
             std::to_string(fault.y) + "` leaves the range of 64 bits";
    case Fault::Kind::kFunctionRange:
      return quoted(shape_of(fault.function).name) + " leaves the range of 64 bits";
    case Fault::Kind::kNoEntity:
      return "entity " + uid_text(fault.entity, symbols) + " does not exist";
    case Fault::Kind::kRecordAttribute:
      return "the record does not have the attribute " + quoted(symbols.text_of(fault.name));
    case Fault::Kind::kEntityAttribute:
      return uid_text(fault.entity, symbols) + " does not have the attribute " +
             quoted(symbols.text_of(fault.name));
    case Fault::Kind::kTag:
      return uid_text(fault.entity, symbols) + " does not have the tag " +
             quoted(fault.text.as_string());
    case Fault::Kind::kArity: return arity_message(fault);
    case Fault::Kind::kConstructor:
      return constructor_message(fault.function, fault.text.as_string());
  }
  return {};
}

}  // namespace ambit::cedar::engine
