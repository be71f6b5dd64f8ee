// Turns expressions into code: equal expressions become one node, constant ones a constant.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cedar/ast.h"
#include "cedar_engine/internal/code.h"
#include "cedar_engine/internal/symbols.h"

namespace ambit::cedar::engine {

class CodeBuilder {
 public:
  explicit CodeBuilder(SymbolWriter& symbols);

  std::uint32_t compile(const Expr& expr);

  std::uint32_t constant(const Datum& datum);
  std::uint32_t variable(Variable variable);
  // `variable in [entities]`, `variable is Type`; neither can err.
  std::uint32_t in_any(Variable variable, const std::vector<EntityUid>& entities);
  std::uint32_t is_type(Variable variable, const std::string& type);

  const Code& code() const { return code_; }
  std::shared_ptr<const CodeStorage> storage() const { return storage_; }

 private:
  // Numbers of operands of the node under construction, on a stack that compile() shares.
  using List = std::span<const std::uint32_t>;

  std::uint32_t node(const Literal& n);
  std::uint32_t node(const VariableRef& n) { return variable(n.variable); }
  std::uint32_t node(const IfThenElse& n);
  std::uint32_t node(const AllOf& n) { return junction(Op::kAll, n.operands); }
  std::uint32_t node(const AnyOf& n) { return junction(Op::kAny, n.operands); }
  std::uint32_t node(const Not& n);
  std::uint32_t node(const Negate& n);
  std::uint32_t node(const Binary& n);
  std::uint32_t node(const Has& n);
  std::uint32_t node(const GetAttribute& n);
  std::uint32_t node(const Like& n);
  std::uint32_t node(const Is& n);
  std::uint32_t node(const SetLiteral& n);
  std::uint32_t node(const RecordLiteral& n);
  std::uint32_t node(const Call& n);
  // Whatever the tree may hold besides, such as a slot, cannot stand in a policy of a set.
  template <class Other>
  std::uint32_t node(const Other&) {
    return constant(Datum());
  }

  std::uint32_t junction(Op op, const std::vector<ExprPtr>& operands);
  bool is_boolean(std::uint32_t node) const;
  std::uint32_t pattern(const Pattern& pattern);

  // The node of this content, made if there is none yet.
  std::uint32_t intern(Node node, List list = {});
  std::uint64_t hash_of(const Node& node, List list) const;
  List list_of(const Node& node) const;

  // The constant that a node of constant operands comes to, or nothing when it errs.
  bool constant_of(std::uint32_t node, Datum& out) const;
  std::uint32_t folded(const Datum& result, std::uint32_t otherwise);

  SymbolWriter& symbols_;
  std::shared_ptr<CodeStorage> storage_;
  Code code_;
  HashSlots nodes_;
  HashSlots constants_;
  HashSlots patterns_;
  Arena scratch_;  // results of folding, before they are kept
};

}  // namespace ambit::cedar::engine
