// Every function and method of the language: how it is called, and what it does to values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cedar/ast.h"
#include "cedar/value.h"

namespace ambit::cedar {

struct FunctionInfo {
  Function function;
  std::string_view name;
  bool is_method;     // `a.f(b)` rather than `f(a, b)`
  bool is_extension;  // arity is checked when it is called, not when it is parsed
  std::size_t arity;  // a method's receiver counts
};

const FunctionInfo& info_of(Function function);

// nullptr when the language has no function or method of that name.
const FunctionInfo* find_function(std::string_view name);

// An evaluation error: what the policy did that has no value. Not a failure of the engine.
struct EvalError {
  std::string message;
};
using EvalResult = tl::expected<Value, EvalError>;

tl::unexpected<EvalError> eval_error(std::string message);

// "expected set, got long"
tl::unexpected<EvalError> type_error(std::string_view expected, const Value& got);

// Calls anything but getTag and hasTag, which need the entity store.
EvalResult call_function(Function function, const std::vector<Value>& arguments);

}  // namespace ambit::cedar
