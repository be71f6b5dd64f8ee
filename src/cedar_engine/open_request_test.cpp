// Whatever a request turns out to be, the open request that stands for it allowed for it.
#include "cedar_engine/open_request.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <random>

#include "cedar/random_world_fixture.h"
#include "cedar_engine/policy_compiler.h"
#include "cedar_engine/request_evaluator.h"

namespace ambit::cedar {
namespace {

const OpenPolicy* find(std::span<const OpenPolicy> list, std::uint32_t policy) {
  const auto at = std::find_if(list.begin(), list.end(),
                               [&](const OpenPolicy& open) { return open.policy == policy; });
  return at == list.end() ? nullptr : &*at;
}

struct Tally {
  std::size_t always = 0;
  std::size_t maybe = 0;
  std::size_t never = 0;
};

// One world, in which requests are opened and then asked again as they are.
class OpenedWorld {
 public:
  OpenedWorld(std::uint64_t seed, std::uint32_t policies)
      : world_(choose_by_seed(seed)), random_(seed) {
    set_ = PolicySet::parse(world_.policies(policies)).value();
    const std::vector<Entity> entities = world_.entities();
    plain_ = Entities::make(entities).value();
    compiled_ = compiler_.compile(set_);
    store_ = compiler_.compile(entities).value();
    entities_ = entities;
  }

  // Opens one request and asks it with a few contexts that it may turn out to have.
  void check(Tally& tally) {
    Request request = world_.request();
    std::vector<std::string> unknown;
    for (const auto& other : {request.context, world_.request().context}) {
      for (const auto& [name, value] : other.as_record()) {
        if (random_() % 2 == 0) unknown.push_back(name);
      }
    }
    const bool resource_is_open = random_() % 2 == 0;
    const OpenOutcome outcome = open(request, unknown, resource_is_open);
    const std::vector<OpenPolicy> permits(outcome.permits.begin(), outcome.permits.end());
    const std::vector<OpenPolicy> forbids(outcome.forbids.begin(), outcome.forbids.end());
    for (const auto& list : {permits, forbids}) {
      for (const OpenPolicy& policy : list)
        ++(policy.may_be_unsatisfied ? tally.maybe : tally.always);
    }
    tally.never += set_.policies().size() - permits.size() - forbids.size();
    const std::vector<Value::Field> known = known_part(request.context, unknown);
    for (int i = 0; i < 4; ++i) {
      compare(request, permits, forbids);
      request.context = completed(known, unknown);
    }
  }

 private:
  static std::vector<Value::Field> known_part(const Value& context,
                                              const std::vector<std::string>& unknown) {
    std::vector<Value::Field> out;
    for (const auto& field : context.as_record()) {
      if (std::find(unknown.begin(), unknown.end(), field.first) == unknown.end()) {
        out.push_back(field);
      }
    }
    return out;
  }

  Value completed(std::vector<Value::Field> fields, const std::vector<std::string>& unknown) {
    const Value other = world_.request().context;
    for (const std::string& name : unknown) {
      if (const Value* value = other.find(name)) fields.emplace_back(name, *value);
    }
    return Value::record(std::move(fields));
  }

  // The store as it is while nobody knows the resource, if no other entity belongs to it.
  std::shared_ptr<const CompiledEntities> without(const EntityUid& resource) {
    std::vector<Entity> others;
    for (const Entity& entity : entities_) {
      if (std::find(entity.parents.begin(), entity.parents.end(), resource) !=
          entity.parents.end()) {
        return store_;
      }
      if (entity.uid != resource) others.push_back(entity);
    }
    return compiler_.compile(others).value();
  }

  // Of an open resource, its type and half of its ancestors are told.
  OpenOutcome open(const Request& request, const std::vector<std::string>& unknown,
                   bool resource_is_open) {
    const auto store = resource_is_open ? without(request.resource) : store_;
    evaluator_.begin(*compiled_, store.get());
    OpenRequest out;
    out.principal = evaluator_.entity(request.principal);
    out.action = evaluator_.entity(request.action);
    known_ = Value::record(known_part(request.context, unknown));
    out.context = evaluator_.value(known_);
    names_.clear();
    for (const std::string& name : unknown) names_.push_back(evaluator_.name(name));
    out.unknown = names_;
    types_.assign(1, evaluator_.name(request.resource.type));
    ancestors_.clear();
    if (const StoredEntity* stored = plain_.find(request.resource)) {
      for (const EntityUid& parent : stored->entity().parents) {
        if (random_() % 2 == 0) ancestors_.push_back(evaluator_.entity(parent));
      }
    }
    if (!resource_is_open) {
      out.resource = evaluator_.entity(request.resource);
    } else {
      if (random_() % 2 == 0) out.resource_types = types_;
      out.resource_ancestors = ancestors_;
    }
    return evaluator_.decide(out);
  }

  void compare(const Request& request, const std::vector<OpenPolicy>& permits,
               const std::vector<OpenPolicy>& forbids) {
    const Evaluation evaluation = evaluate(request, set_, plain_);
    std::map<std::uint32_t, bool> errs;
    const auto position = [&](const Policy* policy) {
      return static_cast<std::uint32_t>(policy - set_.policies().data());
    };
    for (const PolicyError& error : evaluation.errors) errs[position(error.policy)] = true;
    for (const auto* policies : {&evaluation.satisfied_permits, &evaluation.satisfied_forbids}) {
      for (const Policy* policy : *policies) errs[position(policy)] = false;
    }
    for (std::uint32_t i = 0; i < set_.policies().size(); ++i) {
      const Policy& policy = set_.policies()[i];
      const OpenPolicy* open = find(policy.effect == Effect::kPermit ? permits : forbids, i);
      const auto said = errs.find(i);
      const std::string about = policy.text + "\n" + to_cedar_text(request.context);
      if (said == errs.end()) {
        EXPECT_TRUE(open == nullptr || open->may_be_unsatisfied) << about;
      } else {
        ASSERT_NE(open, nullptr) << about;
        EXPECT_TRUE(said->second ? open->may_err : open->may_be_satisfied) << about;
      }
    }
  }

  RandomWorld world_;
  std::mt19937_64 random_;
  PolicyCompiler compiler_{7};
  RequestEvaluator evaluator_;
  PolicySet set_;
  std::vector<Entity> entities_;
  Entities plain_;
  std::shared_ptr<const CompiledPolicies> compiled_;
  std::shared_ptr<const CompiledEntities> store_;
  Value known_ = Value::record();
  std::vector<NameId> names_;
  std::vector<NameId> types_;
  std::vector<EntityId> ancestors_;
};

void check_worlds(std::uint64_t first, std::uint64_t count, Tally& tally) {
  for (std::uint64_t seed = first; seed < first + count && !::testing::Test::HasFailure(); ++seed) {
    OpenedWorld world(seed, 1 + static_cast<std::uint32_t>(seed % 40));
    for (int i = 0; i < 6; ++i) world.check(tally);
  }
}

TEST(OpenRequest, AllowsForWhateverTheRequestTurnsOutToBe) {
  Tally tally;
  check_worlds(0, 600, tally);
  // It says something: not all is possible.
  EXPECT_GT(tally.always, 500u);
  EXPECT_GT(tally.maybe, 500u);
  EXPECT_GT(tally.never, tally.maybe);
}

TEST(OpenRequest, AllowsForItInNewWorldsEachRun) {
  Tally tally;
  check_worlds(std::random_device()(), 200, tally);
}

struct Opened {
  PolicyCompiler compiler{1};
  RequestEvaluator evaluator;
  std::shared_ptr<const CompiledPolicies> compiled;

  // Of the only policy, for a context of which `input` is unknown and `tier` is `low`.
  OpenPolicy ask(const std::string& policy) {
    compiled = compiler.compile(PolicySet::parse(policy).value());
    evaluator.begin(*compiled, nullptr);
    const DatumField fields[] = {{evaluator.name("tier"), Datum::string("low")}};
    const NameId unknown[] = {evaluator.name("input")};
    const NameId types[] = {evaluator.name("Path")};
    const EntityId ancestors[] = {evaluator.entity("Server", "files")};
    OpenRequest request;
    request.principal = evaluator.entity("Agent", "a");
    request.action = evaluator.entity("Action", "read");
    request.resource_types = types;
    request.resource_ancestors = ancestors;
    request.context = evaluator.record(fields);
    request.unknown = unknown;
    const OpenOutcome outcome = evaluator.decide(request);
    for (const auto list : {outcome.permits, outcome.forbids}) {
      if (!list.empty()) return list.front();
    }
    return {0, false, false, true};
  }
};

std::string shown(const OpenPolicy& policy) {
  return std::string(policy.may_be_satisfied ? "satisfied " : "") +
         (policy.may_be_unsatisfied ? "unsatisfied " : "") + (policy.may_err ? "errs" : "");
}

TEST(OpenRequest, SaysExactlyWhatFollowsFromWhatIsKnown) {
  Opened opened;
  const auto say = [&](const std::string& policy) { return shown(opened.ask(policy)); };
  EXPECT_EQ(say("permit(principal, action, resource);"), "satisfied ");
  EXPECT_EQ(say("permit(principal, action == Action::\"write\", resource);"), "unsatisfied ");
  EXPECT_EQ(say("permit(principal, action, resource is Path);"), "satisfied ");
  EXPECT_EQ(say("permit(principal, action, resource is Host);"), "unsatisfied ");
  EXPECT_EQ(say("permit(principal, action, resource in Server::\"files\");"), "satisfied ");
  EXPECT_EQ(say("permit(principal, action, resource in Path::\"/a\");"), "satisfied unsatisfied ");
  EXPECT_EQ(say("permit(principal, action, resource == Host::\"h\");"), "unsatisfied ");
  // The resource may turn out to be an entity that a policy names.
  EXPECT_EQ(say("permit(principal, action, resource) when { Path::\"/a/b\" in Path::\"/a\" };"),
            "satisfied unsatisfied errs");
  EXPECT_EQ(say("permit(principal, action, resource) when { User::\"u\" in User::\"v\" };"),
            "unsatisfied ");
  const std::string when = "forbid(principal, action, resource) when { ";
  EXPECT_EQ(say(when + "context.tier == \"low\" };"), "satisfied ");
  EXPECT_EQ(say(when + "context.tier == \"high\" };"), "unsatisfied ");
  EXPECT_EQ(say(when + "context.tier == \"high\" && context.input.x };"), "unsatisfied ");
  EXPECT_EQ(say(when + "context.input.x == 1 && context.tier == \"high\" };"), "unsatisfied errs");
  EXPECT_EQ(say(when + "context has input };"), "satisfied unsatisfied ");
  EXPECT_EQ(say(when + "context has input || true };"), "satisfied ");
  EXPECT_EQ(say(when + "context.input.x };"), "satisfied unsatisfied errs");
  EXPECT_EQ(say(when + "context.nothing };"), "errs");
  EXPECT_EQ(say(when + "if context has input then true else context.tier == \"low\" };"),
            "satisfied ");
}

}  // namespace
}  // namespace ambit::cedar
