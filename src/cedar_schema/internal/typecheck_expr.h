// The condition of a policy as the type checker walks it: scope and conditions in one tree of few
// kinds, where equal trees have equal numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cedar/ast.h"
#include "cedar/policy.h"

namespace ambit::cedar {

struct CheckedExpr {
  enum class Kind : std::uint8_t {
    kLiteral,
    kVariable,
    kSlot,  // `?principal` or `?resource`, by `variable`
    kIf,
    kAnd,  // two children or more: (a && b) && c, or a && (b && c) with `from_right`
    kOr,
    kNot,
    kNegate,
    kIsEmpty,
    kEqual,
    kLess,
    kLessEqual,
    kAdd,
    kSubtract,
    kMultiply,
    kIn,
    kContains,
    kContainsAll,
    kContainsAny,
    kGetTag,
    kHasTag,
    kGetAttribute,  // names: the attribute
    kHas,           // names: the path; children[i] is what has names[i]
    kLike,
    kIs,  // names: the type; a second child is what it must be in
    kSet,
    kRecord,  // names: of the children, sorted
    kCall     // of an extension function
  };

  Kind kind = Kind::kLiteral;
  Variable variable = Variable::kPrincipal;
  Function function = Function::kIp;
  bool from_right = false;
  std::uint32_t id = 0;     // its place in its program
  std::uint32_t shape = 0;  // equal for equal trees of one program, wherever they stand
  SourceSpan span;
  std::vector<const CheckedExpr*> children;
  std::vector<std::string> names;
  std::optional<Value> literal;
  const Pattern* pattern = nullptr;  // of kLike; belongs to the policy
  const Expr* source = nullptr;      // what it was made of, where that is one expression
};

// Where the three parts of a policy's head stand in its source. Of length 0 when the policy was not
// read from text.
struct ScopeSpans {
  SourceSpan principal, action, resource;
};

ScopeSpans locate_scope(const Policy& policy);

// Which entities of a head are left open, as in a template.
struct OpenSlots {
  bool principal = false;
  bool resource = false;
};

// A policy's condition and the parts of it. The policy must outlive it.
class CheckedProgram {
 public:
  explicit CheckedProgram(const Policy& policy, OpenSlots slots = {});
  CheckedProgram(const CheckedProgram&) = delete;
  CheckedProgram& operator=(const CheckedProgram&) = delete;

  // principal && (action && (resource && (condition && ...)))
  const CheckedExpr& root() const { return *root_; }

  // Every node, children before parents.
  const std::deque<CheckedExpr>& nodes() const { return nodes_; }

 private:
  using Node = const CheckedExpr*;

  Node scope(Variable variable, const EntityScope& scope, SourceSpan span);
  Node scope(const ActionScope& scope, SourceSpan span);
  Node scope_entity(Variable variable, const EntityScope& scope, SourceSpan span);
  Node condition(const Condition& condition);
  SourceSpan narrow(SourceSpan part, const std::string& text) const;

  Node lower(const Expr& expr);
  Node lower(const Expr& expr, const Literal& n);
  Node lower(const Expr& expr, const VariableRef& n);
  Node lower(const Expr& expr, const IfThenElse& n);
  Node lower(const Expr& expr, const AllOf& n);
  Node lower(const Expr& expr, const AnyOf& n);
  Node lower(const Expr& expr, const Not& n);
  Node lower(const Expr& expr, const Negate& n);
  Node lower(const Expr& expr, const Binary& n);
  Node lower(const Expr& expr, const Has& n);
  Node lower(const Expr& expr, const GetAttribute& n);
  Node lower(const Expr& expr, const Like& n);
  Node lower(const Expr& expr, const Is& n);
  Node lower(const Expr& expr, const SetLiteral& n);
  Node lower(const Expr& expr, const RecordLiteral& n);
  Node lower(const Expr& expr, const Call& n);

  Node literal(Value value, SourceSpan span);
  Node variable(Variable variable, SourceSpan span);
  Node list(CheckedExpr::Kind kind, std::vector<Node> operands, SourceSpan span);
  Node make(CheckedExpr::Kind kind, std::vector<Node> children, SourceSpan span);
  Node add(CheckedExpr node);

  const Policy& policy_;
  std::deque<CheckedExpr> nodes_;
  std::map<std::string, std::uint32_t> shapes_;
  OpenSlots slots_;
  Node root_ = nullptr;
};

}  // namespace ambit::cedar
