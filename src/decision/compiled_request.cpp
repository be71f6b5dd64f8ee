#include "decision/internal/compiled_request.h"

#include "decision/internal/opinion.h"
#include "decision/internal/policy_request.h"

namespace ambit::decision {

using cedar::Datum;
using cedar::EntityId;

CompiledRequest& CompiledRequest::of_this_thread() {
  thread_local CompiledRequest request;
  return request;
}

void CompiledRequest::begin(const CompiledSet& set, const KnownEntities& known) {
  evaluator_.begin(*set.policies, nullptr);
  add(known.agent, agent_);
  add(known.action, action_);
  add(known.server, server_);
}

void CompiledRequest::add(const cedar::Entity& entity, Known& known) {
  known.evaluator = &evaluator_;
  known.entity = &entity;
  known.id = evaluator_.entity(entity.uid);
  evaluator_.add_entity(known.id, known);
}

Datum CompiledRequest::Known::make(std::vector<EntityId>& parents) {
  for (const auto& parent : entity->parents) parents.push_back(evaluator->entity(parent));
  return evaluator->value(entity->attributes);
}

EntityId CompiledRequest::add(const domain::Target& target) {
  resource_.request = this;
  resource_.target = &target;
  const EntityId id = evaluator_.entity(type_of(target.kind), target.value);
  evaluator_.add_entity(id, resource_);
  return id;
}

Datum CompiledRequest::Resource::make(std::vector<EntityId>& parents) {
  parents.push_back(request->server());
  for_each_folder(*target, [&](std::string_view folder) {
    parents.push_back(request->evaluator().entity("Ambit::Path", folder));
  });
  return Datum::sorted_record(nullptr, 0);
}

Result<std::shared_ptr<const KnownEntities>> known_of(const ContextParts& parts) {
  if (parts.snapshot.known) return parts.snapshot.known;
  return known_entities(*parts.snapshot.agent, *parts.snapshot.server, *parts.snapshot.tool,
                        parts.action.effect.action_class);
}

namespace {

// Asks about one target, or about the server where the action has none.
Result<> ask(const ContextParts& parts, const KnownEntities& known, const domain::Target* target,
             OpinionBuilder& out) {
  const CompiledSet& set = *parts.snapshot.policies->compiled;
  CompiledRequest& request = CompiledRequest::of_this_thread();
  request.begin(set, known);
  AMBIT_CHECK_OK(request.make().begin(known.input, parts.action.arguments));
  const EntityId resource = target == nullptr ? request.server() : request.add(*target);
  LazyContext context(request.make(), parts, set);
  cedar::RequestEvaluator& evaluator = request.evaluator();
  const cedar::CompiledOutcome outcome =
      evaluator.decide(request.agent(), request.action(), resource, Datum::lazy(context));
  for (const std::uint32_t policy : outcome.satisfied_permits) out.permit(policy);
  for (const std::uint32_t policy : outcome.satisfied_forbids) out.forbid(policy);
  for (const cedar::CompiledError& error : outcome.errors) {
    out.fault(error.policy, evaluator.error_message(error));
  }
  out.end_of_target();
  return {};
}

}  // namespace

Result<Opinion> ask_compiled(const ContextParts& parts) {
  AMBIT_TRY(const auto known, known_of(parts));
  OpinionBuilder out(parts.snapshot.policies->set);
  if (parts.action.targets.empty()) AMBIT_CHECK_OK(ask(parts, *known, nullptr, out));
  for (const auto& target : parts.action.targets) {
    AMBIT_CHECK_OK(ask(parts, *known, &target, out));
  }
  return out.take();
}

}  // namespace ambit::decision
