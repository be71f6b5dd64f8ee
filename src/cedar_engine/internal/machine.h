// Evaluates the code of a snapshot for one request, and walks its index.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cedar_engine/internal/fault.h"
#include "cedar_engine/internal/request_entities.h"
#include "cedar_engine/internal/snapshot.h"
#include "cedar_engine/open_request.h"
#include "cedar_engine/request_evaluator.h"

namespace ambit::cedar::engine {

class Machine {
 public:
  Machine() : entities_(symbols_, arena_) {}
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  void begin(const CompiledPolicies& policies, const EntityStore* store, const Entities* source);
  CompiledOutcome decide(EntityId principal, EntityId action, EntityId resource,
                         const Datum& context);
  OpenOutcome decide(const OpenRequest& request);

  Arena& arena() { return arena_; }
  RequestSymbols& symbols() { return symbols_; }
  const RequestSymbols& symbols() const { return symbols_; }
  RequestEntities& entities() { return entities_; }
  const CompiledPolicies& policies() const { return *policies_; }

  // A value that need not be converted yet.
  Datum wrap(const Value& value);
  // The same value, converted.
  Datum native(const Datum& datum) { return datum.is_foreign() ? convert(datum) : datum; }

 private:
  friend class OpenEvaluation;

  // One of the three entities of the request; what is known of it is looked up when first asked
  // for.
  struct Subject {
    EntityId id{};
    bool is_known = false;
    const EntityData* data = nullptr;
  };
  // The result of a node that is read more than once.
  struct Kept {
    Datum value;
    std::uint32_t epoch = 0;
  };

  // --- evaluating (machine.cpp). Each gives a value, or an error in place of one.
  Datum eval(std::uint32_t position) {
    const Node& node = nodes_[position];
    if (node.op() == Op::kConstant) return constants_[node.a];
    if (node.op() == Op::kVariable) return variables_[node.a];
    if (node.slot() == 0) return compute(node);
    Kept& kept = kept_.data()[node.slot()];
    if (kept.epoch != epoch_) kept = {settled(compute(node)), epoch_};
    return kept.value;
  }
  Datum compute(const Node& node);
  Datum convert(const Datum& foreign);
  // Whoever reads a set looks through all of it, so it is converted before it is kept.
  Datum settled(const Datum& value) {
    return value.kind() == Datum::Kind::kSet ? native(value) : value;
  }
  Datum boolean(std::uint32_t position);
  Datum all(const Node& node, bool neutral);
  Datum equal(const Node& node, bool wanted);
  Datum in(const Node& node);
  Datum in(const Datum& member, const Datum& container);
  Datum has(const Node& node);
  Datum attribute(const Datum& owner, NameId name);
  Datum like(const Node& node);
  Datum is(const Node& node);
  Datum set(const Node& node);
  Datum record(const Node& node);
  Datum tag(const Node& node);
  Datum call(const Node& node);
  Datum wrong_arity(const Node& node);
  // Two operands, then `apply`.
  template <class Apply>
  Datum binary(const Node& node, Apply apply);

  std::span<const std::uint32_t> list(const Node& node) const { return {lists_ + node.b, node.c}; }
  // The field of a record, converted no further than it must; false when there is none.
  bool find(const Datum& record, NameId name, Datum& out);
  bool find_tag(const EntityData* data, std::string_view name, Datum& out);
  bool belongs(EntityId member, EntityId ancestor);
  NameId type_of(EntityId id) const { return symbols_.type_of(id); }
  const EntityData* data_of(Subject& subject) {
    if (!subject.is_known) {
      subject.data = entities_.find(subject.id);
      subject.is_known = true;
    }
    return subject.data;
  }
  [[gnu::cold]] Datum no_entity(EntityId id);
  [[gnu::cold]] Datum no_attribute(const Datum& owner, NameId name);
  Datum fault(const Fault& fault) { return Datum::error(*arena_.copy(fault)); }

  // --- walking (machine_index.cpp)
  void next_epoch();
  void bind(EntityId principal, EntityId action, EntityId resource, const Datum& context);
  void visit(NodeRef place);
  void visit(const ScopeNode& node, std::uint32_t position);
  void visit_ancestors(const ScopeNode& node, std::uint32_t position, Subject& subject);
  void visit(const ConditionNode& node);
  void visit(const Guard& guard);
  void visit(const Dispatch& dispatch, std::uint32_t position);
  void ask(const Single& single);
  void satisfied(PolicyRef policy);
  void failed(PolicyRef policy, const Fault& why);
  void all_failed(Range policies, const Fault& why);
  bool met_before(PolicyRef policy);

  Arena arena_;
  RequestSymbols symbols_;
  RequestEntities entities_;
  const CompiledPolicies* policies_ = nullptr;
  // Of the snapshot's code; plain pointers, as they are followed for every node.
  const Node* nodes_ = nullptr;
  const std::uint32_t* lists_ = nullptr;
  const Datum* constants_ = nullptr;
  const PatternCode* patterns_ = nullptr;
  const Index* index_ = nullptr;
  HashKey key_;
  Datum variables_[4];
  Subject subjects_[3];
  std::vector<Kept> kept_;
  std::uint32_t epoch_ = 0;
  std::vector<std::uint32_t> met_;  // by policy: the epoch in which it was last met
  std::vector<std::uint32_t> permits_;
  std::vector<std::uint32_t> forbids_;
  std::vector<CompiledError> errors_;
  std::vector<OpenPolicy> open_permits_;
  std::vector<OpenPolicy> open_forbids_;
};

}  // namespace ambit::cedar::engine
