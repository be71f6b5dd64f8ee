#include <algorithm>
#include <exception>

#include "cedar_engine/internal/machine.h"
#include "cedar_engine/internal/open_evaluation.h"

namespace ambit::cedar::engine {
namespace {

constexpr auto position_of = [](const auto& item) {
  if constexpr (std::is_same_v<std::decay_t<decltype(item)>, CompiledError>) {
    return item.policy;
  } else {
    return item;
  }
};

// What the walk found comes mostly in the order of the set.
template <class T>
void sort_by_policy(std::vector<T>& items) {
  const auto before = [](const T& a, const T& b) { return position_of(a) < position_of(b); };
  if (items.size() > 1 && !std::is_sorted(items.begin(), items.end(), before)) {
    std::sort(items.begin(), items.end(), before);
  }
}

}  // namespace

void Machine::begin(const CompiledPolicies& policies, const EntityStore* store,
                    const Entities* source) {
  const Snapshot& snapshot = policies.snapshot();
  const std::shared_ptr<const Symbols>* symbols = &snapshot.symbols;
  if (store != nullptr) {
    // The numbers of two compilers have nothing to do with each other: any answer would be wrong.
    if (store->symbols->texts != snapshot.symbols->texts) std::terminate();
    if (store->symbols->uids.size() > snapshot.symbols->uids.size() ||
        store->symbols->names.size() > snapshot.symbols->names.size()) {
      symbols = &store->symbols;
    }
  }
  policies_ = &policies;
  nodes_ = snapshot.code.nodes.data();
  lists_ = snapshot.code.lists.data();
  constants_ = snapshot.code.constants.data();
  patterns_ = snapshot.code.patterns.data();
  index_ = &snapshot.index;
  key_ = snapshot.symbols->key;
  arena_.reset();
  symbols_.reset(*symbols);
  entities_.reset(store, source);
  if (kept_.size() < snapshot.slots) kept_.resize(snapshot.slots);
  if (index_->any_repeated && met_.size() < policies.size()) met_.resize(policies.size());
}

void Machine::next_epoch() {
  if (++epoch_ != 0) return;
  for (Kept& kept : kept_) kept.epoch = 0;
  std::fill(met_.begin(), met_.end(), 0);
  epoch_ = 1;
}

void Machine::bind(EntityId principal, EntityId action, EntityId resource, const Datum& context) {
  next_epoch();
  entities_.expect(principal);
  entities_.expect(resource);
  const EntityId ids[] = {principal, action, resource};
  for (std::size_t i = 0; i < 3; ++i) {
    subjects_[i] = {ids[i], false, nullptr};
    variables_[i] = Datum::entity(ids[i]);
  }
  variables_[static_cast<std::size_t>(Variable::kContext)] = context;
}

CompiledOutcome Machine::decide(EntityId principal, EntityId action, EntityId resource,
                                const Datum& context) {
  permits_.clear();
  forbids_.clear();
  errors_.clear();
  bind(principal, action, resource, context);
  visit(index_->root);
  sort_by_policy(permits_);
  sort_by_policy(forbids_);
  sort_by_policy(errors_);
  return {permits_, forbids_, errors_};
}

OpenOutcome Machine::decide(const OpenRequest& request) {
  OpenEvaluation(*this, request).run(open_permits_, open_forbids_);
  return {open_permits_, open_forbids_};
}

void Machine::visit(NodeRef place) {
  if (!place) return;
  if (place.is_condition()) return visit(index_->conditions.data()[place.position()]);
  visit(index_->scopes.data()[place.position()], place.position());
}

// --- scopes

void Machine::visit(const ScopeNode& node, std::uint32_t position) {
  Subject& subject = subjects_[static_cast<std::size_t>(node.variable)];
  visit(node.any);
  const ScopeKey* key = index_->keys.data() + node.begin;
  if (node.hashed) {
    const auto look_up = [&](ScopeTest::Kind kind, std::uint32_t id) {
      visit(index_->ids.find(IdTable::key_of(position, static_cast<std::uint32_t>(kind), id)));
    };
    if (node.equal_count > 0) look_up(ScopeTest::Kind::kEqual, raw(subject.id));
    if (node.is_count > 0) look_up(ScopeTest::Kind::kIs, raw(type_of(subject.id)));
    if (node.in_count > 0) visit_ancestors(node, position, subject);
    return;
  }
  const ScopeKey* end = key + node.equal_count;
  for (; key != end; ++key) {
    if (key->id == raw(subject.id)) visit(key->child);
  }
  for (end += node.is_count; key != end; ++key) {
    if (key->id == raw(type_of(subject.id))) visit(key->child);
  }
  for (end += node.in_count; key != end; ++key) {
    const EntityId id{key->id};
    if (id == subject.id || (data_of(subject) != nullptr && subject.data->has_ancestor(id))) {
      visit(key->child);
    }
  }
}

// Looks at each key, or at each ancestor, whichever are fewer.
void Machine::visit_ancestors(const ScopeNode& node, std::uint32_t position, Subject& subject) {
  const EntityData* data = data_of(subject);
  const std::size_t ancestors = data == nullptr ? 0 : data->ancestor_count;
  if (node.in_count < ancestors) {
    const ScopeKey* key = index_->keys.data() + node.begin + node.equal_count + node.is_count;
    for (const ScopeKey* end = key + node.in_count; key != end; ++key) {
      const EntityId id{key->id};
      if (id == subject.id || data->has_ancestor(id)) visit(key->child);
    }
    return;
  }
  const auto look_up = [&](EntityId id) {
    constexpr auto kIn = static_cast<std::uint32_t>(ScopeTest::Kind::kIn);
    visit(index_->ids.find(IdTable::key_of(position, kIn, raw(id))));
  };
  look_up(subject.id);
  for (std::size_t i = 0; i < ancestors; ++i) look_up(data->ancestors[i]);
}

// --- conditions

void Machine::visit(const ConditionNode& node) {
  for (const PolicyRef policy : Index::slice(index_->policies, node.satisfied)) satisfied(policy);
  for (const Single& single : Index::slice(index_->singles, node.singles)) ask(single);
  for (const Guard& guard : Index::slice(index_->guards, node.guards)) visit(guard);
  for (std::uint32_t i = 0; i < node.dispatches.count; ++i) {
    const std::uint32_t position = node.dispatches.begin + i;
    visit(index_->dispatches[position], position);
  }
}

void Machine::ask(const Single& single) {
  for (const Conjunct conjunct : Index::slice(index_->conjuncts, single.conjuncts)) {
    const Datum holds = boolean(conjunct.node());
    if (holds.is_error()) return failed(single.policy, holds.as_fault());
    if (holds.as_bool() != conjunct.wanted()) return;
  }
  satisfied(single.policy);
}

void Machine::visit(const Guard& guard) {
  const Datum holds = boolean(guard.node);
  if (holds.is_error()) return all_failed(guard.policies, holds.as_fault());
  visit(holds.as_bool() ? guard.if_true : guard.if_false);
}

void Machine::visit(const Dispatch& dispatch, std::uint32_t position) {
  const Datum subject = eval(dispatch.subject);
  if (subject.is_error()) return all_failed(dispatch.policies, subject.as_fault());
  if (dispatch.kind == Dispatch::Kind::kEqual) {
    return visit(index_->values.find(position, native(subject), key_));
  }
  const Datum::Kind wanted =
      dispatch.kind == Dispatch::Kind::kElement ? Datum::Kind::kSet : Datum::Kind::kEntity;
  if (subject.kind() != wanted) {
    const Datum wrong = type_fault(arena_, name_of(wanted), subject);
    return all_failed(dispatch.policies, wrong.as_fault());
  }
  if (dispatch.kind == Dispatch::Kind::kElement) {
    const Datum elements = native(subject);
    for (std::uint32_t i = 0; i < elements.size(); ++i) {
      visit(index_->values.find(position, elements.elements()[i], key_));
    }
    return;
  }
  const auto look_up = [&](std::uint32_t id) {
    visit(index_->ids.find(IdTable::key_of(position, IdTable::kDispatchKind, id)));
  };
  const EntityId id = subject.as_entity();
  if (dispatch.kind == Dispatch::Kind::kIs) return look_up(raw(type_of(id)));
  look_up(raw(id));
  const EntityData* data = entities_.find(id);
  if (data == nullptr) return;
  for (const EntityId ancestor : *data) look_up(raw(ancestor));
}

// --- answers

bool Machine::met_before(PolicyRef policy) {
  if (!policy.is_repeated()) return false;
  std::uint32_t& met = met_[policy.position()];
  if (met == epoch_) return true;
  met = epoch_;
  return false;
}

void Machine::satisfied(PolicyRef policy) {
  if (met_before(policy)) return;
  (policy.is_forbid() ? forbids_ : permits_).push_back(policy.position());
}

void Machine::failed(PolicyRef policy, const Fault& why) {
  if (met_before(policy)) return;
  errors_.push_back({policy.position(), &why});
}

void Machine::all_failed(Range policies, const Fault& why) {
  for (const PolicyRef policy : Index::slice(index_->policies, policies)) failed(policy, why);
}

}  // namespace ambit::cedar::engine
