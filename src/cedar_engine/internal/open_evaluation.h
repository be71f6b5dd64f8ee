// Evaluates policies for a request of which not everything is known.
#pragma once

#include <cstdint>
#include <vector>

#include "cedar_engine/internal/machine.h"
#include "cedar_engine/open_request.h"

namespace ambit::cedar::engine {

// Follows the index where scopes are known and looks into the conditions of all policies that it
// finds there. What can be computed from what is known is; of the rest, every outcome is taken to
// be possible.
class OpenEvaluation {
 public:
  OpenEvaluation(Machine& machine, const OpenRequest& request);
  ~OpenEvaluation();
  OpenEvaluation(const OpenEvaluation&) = delete;
  OpenEvaluation& operator=(const OpenEvaluation&) = delete;

  // In the order of the set.
  void run(std::vector<OpenPolicy>& permits, std::vector<OpenPolicy>& forbids);

 private:
  // Which outcomes an expression may have.
  using Outcomes = std::uint8_t;
  static constexpr Outcomes kTrue = 1;
  static constexpr Outcomes kFalse = 2;
  static constexpr Outcomes kOther = 4;  // a value that is no Boolean
  static constexpr Outcomes kError = 8;

  // Notes when somebody asks for what is not known.
  class Context final : public LazyRecord {
   public:
    Context(Machine& machine, const OpenRequest& request) : machine_(machine), request_(request) {}

    bool find(NameId name, std::string_view text, Datum& out) override;
    Datum all() override;
    bool was_touched = false;

   private:
    Machine& machine_;
    const OpenRequest& request_;
  };

  // --- scopes: `surely` when nothing unknown was passed on the way
  void visit(NodeRef place, bool surely);
  void visit(const ScopeNode& node, bool surely);
  void visit(const ConditionNode& node, bool surely);
  // Outcomes of a test of the variable's scope.
  Outcomes test(Variable variable, ScopeTest::Kind kind, std::uint32_t id);
  void meet(PolicyRef policy, bool surely);

  // --- conditions
  Outcomes eval(std::uint32_t position);
  Outcomes boolean(std::uint32_t position);
  Outcomes all(const Node& node, Outcomes neutral);
  Outcomes choice(const Node& node);
  Outcomes computed(std::uint32_t position);
  Outcomes unknown(const Node& node);
  bool is_open_resource(std::uint32_t position) const;
  bool reads_resource(std::uint32_t position) const;
  OpenPolicy ask(std::uint32_t policy, bool surely);

  Machine& machine_;
  const OpenRequest& request_;
  const Snapshot& snapshot_;
  Context context_;
  RequestEntities::Watch resource_;  // an unknown one may be any entity that is not there
  struct Met {
    std::uint32_t policy = 0;
    bool surely = false;
  };
  std::vector<Met> met_;
};

}  // namespace ambit::cedar::engine
