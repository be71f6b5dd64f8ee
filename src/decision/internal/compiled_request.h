// A request for the compiled engine: principal, action, resource and the entities around them.
#pragma once

#include <vector>

#include "base/result.h"
#include "cedar_engine/request_evaluator.h"
#include "decision/internal/datum_make.h"
#include "decision/snapshot.h"

namespace ambit::decision {

// The memory that the requests of one thread use, one after the other. What it takes in is
// borrowed.
class CompiledRequest {
 public:
  // Of this thread. Memory only: nothing of one request is seen by the next.
  static CompiledRequest& of_this_thread();

  // Forgets the last request and takes in what every request about the action has in common.
  void begin(const CompiledSet& set, const KnownEntities& known);
  // Takes in the resource, which is none of the entities above.
  cedar::EntityId add(const domain::Target& target);

  cedar::EntityId agent() const { return agent_.id; }
  cedar::EntityId action() const { return action_.id; }
  cedar::EntityId server() const { return server_.id; }
  cedar::RequestEvaluator& evaluator() { return evaluator_; }
  DatumMake& make() { return make_; }

 private:
  struct Known final : cedar::LazyEntity {
    cedar::Datum make(std::vector<cedar::EntityId>& parents) override;
    cedar::RequestEvaluator* evaluator = nullptr;
    const cedar::Entity* entity = nullptr;
    cedar::EntityId id{};
  };
  struct Resource final : cedar::LazyEntity {
    cedar::Datum make(std::vector<cedar::EntityId>& parents) override;
    CompiledRequest* request = nullptr;
    const domain::Target* target = nullptr;
  };

  CompiledRequest() = default;
  void add(const cedar::Entity& entity, Known& known);

  cedar::RequestEvaluator evaluator_;
  DatumMake make_{evaluator_};
  Known agent_;
  Known action_;
  Known server_;
  Resource resource_;
};

// What the snapshot knows of agent, action and server, made anew where it has nothing.
Result<std::shared_ptr<const KnownEntities>> known_of(const ContextParts& parts);

}  // namespace ambit::decision
