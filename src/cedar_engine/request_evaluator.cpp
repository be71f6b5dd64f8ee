#include "cedar_engine/request_evaluator.h"

#include <algorithm>

#include "cedar_engine/internal/machine.h"

namespace ambit::cedar {

class RequestEvaluator::Impl : public engine::Machine {};

RequestEvaluator::RequestEvaluator() : impl_(std::make_unique<Impl>()) {}
RequestEvaluator::~RequestEvaluator() = default;
RequestEvaluator::RequestEvaluator(RequestEvaluator&&) noexcept = default;
RequestEvaluator& RequestEvaluator::operator=(RequestEvaluator&&) noexcept = default;

Evaluation RequestEvaluator::evaluate(const Request& request, const CompiledPolicies& policies,
                                      const Entities& entities) {
  begin(policies, entities);
  return evaluation(decide(request));
}

void RequestEvaluator::begin(const CompiledPolicies& policies, const CompiledEntities* entities) {
  impl_->begin(policies, entities == nullptr ? nullptr : &entities->store(), nullptr);
}

void RequestEvaluator::begin(const CompiledPolicies& policies, const Entities& entities) {
  impl_->begin(policies, nullptr, &entities);
}

EntityId RequestEvaluator::entity(const EntityUid& uid) { return impl_->symbols().entity(uid); }

EntityId RequestEvaluator::entity(std::string_view type, std::string_view id) {
  return impl_->symbols().copied_entity(type, id, impl_->arena());
}

NameId RequestEvaluator::name(std::string_view text) {
  return impl_->symbols().copied_name(text, impl_->arena());
}

Datum RequestEvaluator::copied_string(std::string_view text) {
  return Datum::string(impl_->arena().copy_text(text));
}

Datum RequestEvaluator::set(std::span<const Datum> elements) {
  Datum* out = impl_->arena().array<Datum>(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) out[i] = impl_->native(elements[i]);
  return engine::make_set(out, elements.size());
}

Datum RequestEvaluator::record(std::span<const DatumField> fields) {
  engine::Arena& arena = impl_->arena();
  DatumField* copies = static_cast<DatumField*>(arena.allocate(fields.size_bytes()));
  for (std::size_t i = 0; i < fields.size(); ++i) {
    new (copies + i) DatumField{fields[i].name, impl_->native(fields[i].value)};
  }
  return engine::make_record(copies, fields.size(), arena);
}

Datum RequestEvaluator::value(const Value& value) { return impl_->wrap(value); }

Result<void> RequestEvaluator::add_entity(EntityId id, const Datum& attributes,
                                          std::span<const EntityId> parents, const Datum& tags) {
  return impl_->entities().add(id, attributes, parents, tags);
}

void RequestEvaluator::add_entity(EntityId id, LazyEntity& entity) {
  impl_->entities().add(id, entity);
}

CompiledOutcome RequestEvaluator::decide(EntityId principal, EntityId action, EntityId resource,
                                         const Datum& context) {
  return impl_->decide(principal, action, resource, context);
}

CompiledOutcome RequestEvaluator::decide(const Request& request) {
  engine::RequestSymbols& symbols = impl_->symbols();
  return impl_->decide(symbols.entity(request.principal), symbols.entity(request.action),
                       symbols.entity(request.resource), impl_->wrap(request.context));
}

OpenOutcome RequestEvaluator::decide(const OpenRequest& request) { return impl_->decide(request); }

std::string RequestEvaluator::error_message(const CompiledError& error) const {
  return engine::message_of(*error.fault, impl_->symbols());
}

Evaluation RequestEvaluator::evaluation(const CompiledOutcome& outcome) const {
  const CompiledPolicies& policies = impl_->policies();
  Evaluation out;
  const auto add = [&](std::span<const std::uint32_t> from, std::vector<const Policy*>& to) {
    to.reserve(from.size());
    for (const std::uint32_t position : from) to.push_back(&policies.policy(position));
  };
  add(outcome.satisfied_permits, out.satisfied_permits);
  add(outcome.satisfied_forbids, out.satisfied_forbids);
  out.errors.reserve(outcome.errors.size());
  for (const CompiledError& error : outcome.errors) {
    out.errors.push_back({&policies.policy(error.policy), error_message(error)});
  }
  return out;
}

}  // namespace ambit::cedar
