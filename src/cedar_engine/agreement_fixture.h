// For tests: asks the compiled engine in every way it can be asked, and compares with the
// reference.
#pragma once

#include <string>
#include <vector>

#include "cedar/authorizer.h"
#include "cedar_engine/policy_compiler.h"
#include "cedar_engine/request_evaluator.h"

namespace ambit::cedar {

inline std::string describe(const Evaluation& evaluation) {
  std::string out = "permits";
  for (const Policy* policy : evaluation.satisfied_permits) out += " " + policy->id;
  out += "\nforbids";
  for (const Policy* policy : evaluation.satisfied_forbids) out += " " + policy->id;
  out += "\nerrors";
  for (const PolicyError& error : evaluation.errors) {
    out += "\n  " + error.policy->id + ": " + error.message;
  }
  return out;
}

// The value built by an evaluator, nothing borrowed.
inline Datum built(RequestEvaluator& evaluator, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kString: return evaluator.copied_string(value.as_string());
    case Value::Kind::kEntity:
      return Datum::entity(evaluator.entity(value.as_entity().type, value.as_entity().id));
    case Value::Kind::kSet: {
      std::vector<Datum> out;
      for (const Value& element : value.as_set()) out.push_back(built(evaluator, element));
      return evaluator.set(out);
    }
    case Value::Kind::kRecord: {
      std::vector<DatumField> out;
      for (const auto& [name, field] : value.as_record()) {
        out.push_back({evaluator.name(name), built(evaluator, field)});
      }
      return evaluator.record(out);
    }
    default: return evaluator.value(value);
  }
}

// One world of policies and entities, in which many requests are asked. `entities` in an order in
// which parents stand after their children.
class Agreement {
 public:
  Agreement(PolicyCompiler& compiler, RequestEvaluator& evaluator, const PolicySet& policies,
            std::vector<Entity> entities)
      : evaluator_(evaluator),
        policies_(policies),
        entities_(std::move(entities)),
        plain_(Entities::make(entities_).value()),
        compiled_(compiler.compile(policies)),
        whole_(compiler.compile(entities_).value()) {
    const auto middle = entities_.begin() + static_cast<std::ptrdiff_t>(entities_.size() / 2);
    upper_ = compiler.compile(std::vector<Entity>(middle, entities_.end())).value();
  }

  // What differs, for people; empty when nothing does.
  std::string difference(const Request& request) {
    const std::string expected = describe(cedar::evaluate(request, policies_, plain_));
    std::string out;
    const auto compare = [&](const char* way, const Evaluation& actual) {
      const std::string text = describe(actual);
      if (text != expected)
        out += std::string(way) + ":\n" + text + "\nbut the reference:\n" + expected;
    };
    compare("plain entities", evaluator_.evaluate(request, *compiled_, plain_));
    compare("compiled entities", over_compiled(request));
    compare("entities of the request", over_layers(request));
    return out;
  }

 private:
  Evaluation over_compiled(const Request& request) {
    evaluator_.begin(*compiled_, whole_.get());
    return evaluator_.evaluation(evaluator_.decide(request));
  }

  // Half of the entities in the store, half in the request; all built, nothing borrowed.
  Evaluation over_layers(const Request& request) {
    evaluator_.begin(*compiled_, upper_.get());
    for (std::size_t i = entities_.size() / 2; i-- > 0;) {
      const Entity& entity = entities_[i];
      std::vector<EntityId> parents;
      for (const EntityUid& parent : entity.parents) parents.push_back(evaluator_.entity(parent));
      const auto added = evaluator_.add_entity(evaluator_.entity(entity.uid.type, entity.uid.id),
                                               built(evaluator_, entity.attributes), parents,
                                               built(evaluator_, entity.tags));
      if (!added) return {{}, {}, {{&policies_.policies().front(), added.error().message}}};
    }
    const auto uid = [&](const EntityUid& text) { return evaluator_.entity(text.type, text.id); };
    return evaluator_.evaluation(evaluator_.decide(uid(request.principal), uid(request.action),
                                                   uid(request.resource),
                                                   built(evaluator_, request.context)));
  }

  RequestEvaluator& evaluator_;
  PolicySet policies_;
  std::vector<Entity> entities_;
  Entities plain_;
  std::shared_ptr<const CompiledPolicies> compiled_;
  std::shared_ptr<const CompiledEntities> whole_;
  std::shared_ptr<const CompiledEntities> upper_;
};

}  // namespace ambit::cedar
