// A Cedar expression as a tree. Parsing makes it, printing and evaluating read it; it never
// changes.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cedar/diagnostic.h"
#include "cedar/pattern.h"
#include "cedar/value.h"

namespace ambit::cedar {

struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;

enum class Variable { kPrincipal, kAction, kResource, kContext };

enum class BinaryOp {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kAdd,
  kSubtract,
  kMultiply
};

// What can be called, as `ip("::1")` or as `a.contains(b)`; internal/functions.h describes each.
enum class Function {
  kContains,
  kContainsAll,
  kContainsAny,
  kIsEmpty,
  kGetTag,
  kHasTag,
  kDecimal,
  kLessThan,
  kLessThanOrEqual,
  kGreaterThan,
  kGreaterThanOrEqual,
  kIp,
  kIsIpv4,
  kIsIpv6,
  kIsLoopback,
  kIsMulticast,
  kIsInRange,
  kDatetime,
  kDuration,
  kOffset,
  kDurationSince,
  kToDate,
  kToTime,
  kToMilliseconds,
  kToSeconds,
  kToMinutes,
  kToHours,
  kToDays
};

// The kinds of expression. Two are equal when their trees are; where they stood does not count.
struct Literal {  // a bool, long, string or entity
  Value value;
};
struct VariableRef {
  Variable variable;
};
struct IfThenElse {
  ExprPtr condition, then, otherwise;
};
struct AllOf {  // a && b && c, from left to right; two operands or more
  std::vector<ExprPtr> operands;
};
struct AnyOf {  // a || b || c
  std::vector<ExprPtr> operands;
};
struct Not {
  ExprPtr operand;
};
struct Negate {
  ExprPtr operand;
};
struct Binary {
  BinaryOp op;
  ExprPtr left, right;
};
struct Has {  // target has a.b.c; more than one step only of identifiers
  ExprPtr target;
  std::vector<std::string> path;
};
struct GetAttribute {
  ExprPtr target;
  std::string name;
};
struct Like {
  ExprPtr target;
  Pattern pattern;
};
struct Is {  // target is Type, or target is Type in container
  ExprPtr target;
  std::string type;
  ExprPtr container;  // null without `in`
};
struct SetLiteral {
  std::vector<ExprPtr> elements;
};
struct RecordLiteral {  // names are unique
  std::vector<std::pair<std::string, ExprPtr>> fields;
};
struct Call {  // a method's receiver is its first argument
  Function function;
  std::vector<ExprPtr> arguments;
  // The result where it is known while parsing (`ip("::1")`). Follows from the rest.
  std::optional<Value> constant;
};

struct Expr {
  using Node = std::variant<Literal, VariableRef, IfThenElse, AllOf, AnyOf, Not, Negate, Binary,
                            Has, GetAttribute, Like, Is, SetLiteral, RecordLiteral, Call>;
  Node node;
  SourceSpan span;
  std::size_t depth = 1;  // levels of the tree, at most kMaxExpressionDepth
};

// Whether two trees are the same, wherever they stood. Null equals only null.
bool same_tree(const ExprPtr& a, const ExprPtr& b);

// The expressions that this one is directly made of, in the order they stand; none null.
std::vector<ExprPtr> operands_of(const Expr& expr);

// `==`, `in`, `+`
std::string_view symbol_of(BinaryOp op);

// `principal`
std::string_view name_of(Variable variable);

// The expression in Cedar, with parentheses only where they are needed; parsing it gives the same
// tree.
std::string to_cedar_text(const Expr& expr);

}  // namespace ambit::cedar
