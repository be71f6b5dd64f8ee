#include "cedar_engine/policy_compiler.h"

#include <algorithm>
#include <unordered_map>

#include "cedar_engine/internal/code_builder.h"
#include "cedar_engine/internal/datum_ops.h"
#include "cedar_engine/internal/entity_store_builder.h"
#include "cedar_engine/internal/index_builder.h"
#include "cedar_engine/internal/policy_builder.h"
#include "cedar_engine/internal/slots.h"
#include "cedar_engine/internal/snapshot.h"

namespace ambit::cedar {
namespace {

using engine::CompiledPolicy;
using Compiled = std::shared_ptr<const CompiledPolicy>;

// What a policy was compiled from, and to.
struct Known {
  Effect effect;
  EntityScope principal;
  ActionScope action;
  EntityScope resource;
  std::vector<Condition> conditions;
  Compiled compiled;

  explicit Known(const Policy& policy)
      : effect(policy.effect),
        principal(policy.principal),
        action(policy.action),
        resource(policy.resource),
        conditions(policy.conditions) {}
};

bool says(const Known& known, const Policy& policy) {
  const auto same_condition = [](const Condition& a, const Condition& b) {
    return a.is_unless == b.is_unless && (a.body == b.body || same_tree(a.body, b.body));
  };
  return known.effect == policy.effect && known.principal == policy.principal &&
         known.action == policy.action && known.resource == policy.resource &&
         std::equal(known.conditions.begin(), known.conditions.end(), policy.conditions.begin(),
                    policy.conditions.end(), same_condition);
}

// Equal for policies that say the same, in all likelihood different for others. The links of one
// template have its text in common and differ in scope.
std::uint64_t hash_of(const Policy& policy, engine::HashKey key) {
  std::uint64_t out =
      engine::hash_text(policy.text.empty() ? to_cedar_text(policy) : policy.text, key);
  for (const EntityScope* scope : {&policy.principal, &policy.resource}) {
    out = engine::hash_pair(out, engine::hash_text(scope->entity.id, key), key);
  }
  return out;
}

}  // namespace

class PolicyCompiler::Impl {
 public:
  explicit Impl(std::uint64_t hash_key) : symbols_(engine::make_key(hash_key)) { forget(); }

  NameId name(std::string_view text) { return symbols_.name(text); }

  std::shared_ptr<const CompiledPolicies> compile(const PolicySet& policies) {
    // What no set of late has used is most of what is kept: begin anew.
    if (known_.size() > 2 * live_ + kSpare) forget();
    auto snapshot = std::make_unique<engine::Snapshot>();
    std::vector<Compiled> compiled;
    compiled.reserve(policies.policies().size());
    for (const Policy& policy : policies.policies()) {
      compiled.push_back(find_or_compile(policy, snapshot->compiled));
    }
    live_ = compiled.size();
    snapshot->set = policies;
    snapshot->code = code_->code();
    snapshot->storage = code_->storage();
    snapshot->symbols = symbols_.snapshot();
    snapshot->index = engine::build_index(compiled, snapshot->code, symbols_.key());
    snapshot->slots = engine::assign_slots(snapshot->code, snapshot->index);
    snapshot->policies = std::move(compiled);
    return std::make_shared<const CompiledPolicies>(std::move(snapshot));
  }

  Result<std::shared_ptr<const CompiledEntities>> compile(const std::vector<Entity>& entities) {
    AMBIT_TRY(auto store, engine::build_entity_store(entities, symbols_));
    return std::make_shared<const CompiledEntities>(std::move(store));
  }

 private:
  static constexpr std::size_t kSpare = 1024;

  void forget() {
    known_.clear();
    code_ = std::make_unique<engine::CodeBuilder>(symbols_);
  }

  Compiled find_or_compile(const Policy& policy, std::size_t& count) {
    const std::uint64_t hash = hash_of(policy, symbols_.key());
    const auto [begin, end] = known_.equal_range(hash);
    for (auto at = begin; at != end; ++at) {
      if (says(at->second, policy)) return at->second.compiled;
    }
    ++count;
    Known known(policy);
    known.compiled =
        std::make_shared<const CompiledPolicy>(engine::build_policy(policy, *code_, symbols_));
    return known_.emplace(hash, std::move(known))->second.compiled;
  }

  engine::SymbolWriter symbols_;
  std::unique_ptr<engine::CodeBuilder> code_;
  std::unordered_multimap<std::uint64_t, Known> known_;
  std::size_t live_ = 0;
};

PolicyCompiler::PolicyCompiler(std::uint64_t hash_key) : impl_(std::make_unique<Impl>(hash_key)) {}
PolicyCompiler::~PolicyCompiler() = default;
PolicyCompiler::PolicyCompiler(PolicyCompiler&&) noexcept = default;
PolicyCompiler& PolicyCompiler::operator=(PolicyCompiler&&) noexcept = default;

NameId PolicyCompiler::name(std::string_view text) { return impl_->name(text); }

std::shared_ptr<const CompiledPolicies> PolicyCompiler::compile(const PolicySet& policies) {
  return impl_->compile(policies);
}

Result<std::shared_ptr<const CompiledEntities>> PolicyCompiler::compile(
    const std::vector<Entity>& entities) {
  return impl_->compile(entities);
}

}  // namespace ambit::cedar
