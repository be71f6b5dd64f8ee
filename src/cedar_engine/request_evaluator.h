// Decides requests by compiled policies, without allocating once it is warm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cedar/authorizer.h"
#include "cedar_engine/compiled_policies.h"
#include "cedar_engine/datum.h"
#include "cedar_engine/open_request.h"

namespace ambit::cedar {

// A policy that has no answer; RequestEvaluator::error_message() says why.
struct CompiledError {
  std::uint32_t policy = 0;
  const engine::Fault* fault = nullptr;
};

// What each policy says of a request, as positions in the policy set, in its order. Valid until the
// evaluator is used again.
struct CompiledOutcome {
  std::span<const std::uint32_t> satisfied_permits;
  std::span<const std::uint32_t> satisfied_forbids;
  std::span<const CompiledError> errors;

  // Cedar's answer, which leaves out policies that err.
  bool allows() const { return !satisfied_permits.empty() && satisfied_forbids.empty(); }
};

// The memory of requests, one after the other; one evaluator a thread. Answers what
// cedar::evaluate() answers, in everything.
//
// Either call evaluate(); or begin(), build what the request needs, and call decide() as often as
// wanted. What is borrowed (policies, entities, texts, values) must outlive the last decide().
class RequestEvaluator {
 public:
  RequestEvaluator();
  ~RequestEvaluator();
  RequestEvaluator(RequestEvaluator&&) noexcept;
  RequestEvaluator& operator=(RequestEvaluator&&) noexcept;

  // In place of cedar::evaluate(). Converts only what policies look at.
  Evaluation evaluate(const Request& request, const CompiledPolicies& policies,
                      const Entities& entities);

  // Forgets the last request. `entities` may be null for none; it and `policies` must be of one
  // compiler.
  void begin(const CompiledPolicies& policies, const CompiledEntities* entities);
  // The same over a store that is not compiled.
  void begin(const CompiledPolicies& policies, const Entities& entities);

  // --- what the request is made of, until the next begin()

  EntityId entity(const EntityUid& uid);
  // Copies the texts when they are not known.
  EntityId entity(std::string_view type, std::string_view id);
  NameId name(std::string_view text);
  Datum copied_string(std::string_view text);
  Datum set(std::span<const Datum> elements);
  // Names are unique.
  Datum record(std::span<const DatumField> fields);
  // Sets and records are not converted before a policy looks into them.
  Datum value(const Value& value);
  static Datum lazy(LazyRecord& record) { return Datum::lazy(record); }

  // Adds an entity for this request. Its ancestors are the parents and theirs, so a parent is added
  // before its children: `cedar.entity_layer` when an entity with parents was named as a parent
  // before. Also `cedar.entity_duplicate` when the entity is there already, also in the store;
  // `cedar.entity_cycle` when it is its own parent; `cedar.entity_invalid` when attributes or tags
  // are not records.
  Result<void> add_entity(EntityId id, const Datum& attributes,
                          std::span<const EntityId> parents = {},
                          const Datum& tags = Datum::sorted_record(nullptr, 0));

  // Adds one that is made when a policy looks at it. Preconditions: no entity of that id is there,
  // and the lazy entities are no cycle of parents.
  void add_entity(EntityId id, LazyEntity& entity);

  // --- the answer

  CompiledOutcome decide(EntityId principal, EntityId action, EntityId resource,
                         const Datum& context);
  CompiledOutcome decide(const Request& request);

  // What policies may say of all the requests that `request` stands for.
  OpenOutcome decide(const OpenRequest& request);

  // Why a policy of the last outcome has no answer, in the words of the reference evaluator.
  std::string error_message(const CompiledError& error) const;

  // An outcome of the last begin() in the form of the reference evaluator.
  Evaluation evaluation(const CompiledOutcome& outcome) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ambit::cedar
