#include "cedar_engine/request_evaluator.h"

#include "cedar_engine/engine_fixture.h"

namespace ambit::cedar {
namespace {

using RequestEvaluatorTest = EngineTest;

constexpr const char* kInGroup = "permit(principal in G::\"top\", action, resource);";

TEST_F(RequestEvaluatorTest, AnswersInTheOrderOfTheSet) {
  const auto compiled = policies(R"(
    permit(principal, action, resource) when { context.n == 1 };
    permit(principal is User, action, resource);
    forbid(principal, action == Action::"read", resource);
    permit(principal, action, resource);
    forbid(principal, action, resource) when { context.missing };
    permit(principal == User::"alice", action, resource);
    permit(principal, action, resource) when { context.n };
  )");
  const auto outcome = decide(*compiled, request(Value::record({{"n", Value::integer(1)}})));
  EXPECT_EQ(list(outcome.satisfied_permits), (Positions{0, 1, 3, 5}));
  EXPECT_EQ(list(outcome.satisfied_forbids), Positions{2});
  ASSERT_EQ(outcome.errors.size(), 2u);
  EXPECT_EQ(outcome.errors[0].policy, 4u);
  EXPECT_EQ(evaluator_.error_message(outcome.errors[0]),
            "the record does not have the attribute `missing`");
  EXPECT_EQ(outcome.errors[1].policy, 6u);
  EXPECT_EQ(evaluator_.error_message(outcome.errors[1]), "type error: expected bool, got long");
  EXPECT_FALSE(outcome.allows());
}

TEST_F(RequestEvaluatorTest, TakesAPolicyOnceHoweverManyOfItsActionsFit) {
  const auto compiled = policies(R"(
    permit(principal, action in [Action::"read", Action::"all", Action::"read"], resource);
    permit(principal, action in [Action::"all", Action::"read"], resource) when { context.missing };
    permit(principal, action in [], resource);
  )");
  const auto store = entities({{{"Action", "read"}, Value::record(), {{"Action", "all"}}}});
  const auto outcome = decide(*compiled, request(), store.get());
  EXPECT_EQ(list(outcome.satisfied_permits), Positions{0});
  EXPECT_EQ(outcome.errors.size(), 1u);
}

TEST_F(RequestEvaluatorTest, TakesLongListsOfActions) {
  std::string actions;
  for (int i = 0; i < 100; ++i) actions += "Action::\"a" + std::to_string(i) + "\", ";
  const auto compiled = policies("permit(principal, action in [" + actions +
                                 "Action::\"all\"], resource) when { context.ok };");
  const auto store = entities({{{"Action", "read"}, Value::record(), {{"Action", "all"}}}});
  const Value ok = Value::record({{"ok", Value::boolean(true)}});
  EXPECT_TRUE(decide(*compiled, request(ok), store.get()).allows());
  EXPECT_TRUE(decide(*compiled, {{"User", "a"}, {"Action", "a77"}, {"Doc", "d"}, ok}).allows());
  // A policy whose head does not fit cannot err.
  EXPECT_TRUE(decide(*compiled, {{"User", "a"}, {"Action", "b"}, {"Doc", "d"}}).errors.empty());
}

// 64 policies each, so that they are looked up and not asked one by one.
std::string numbered(const std::string& before, const std::string& after) {
  std::string out;
  for (int i = 0; i < 64; ++i) {
    out += "permit(principal, action, resource) when { " + before + std::to_string(i) + after +
           " };\n";
  }
  return out;
}

TEST_F(RequestEvaluatorTest, LooksUpWhatConditionsCompareWith) {
  const auto store = entities({{{"User", "alice"}, Value::record(), {{"G", "g9"}, {"G", "g11"}}}});
  const Value context = Value::record(
      {{"s", Value::string("v33")},
       {"n", Value::integer(5)},
       {"set", Value::set({Value::string("v2"), Value::string("v60"), Value::integer(7)})},
       {"e", Value::entity({"T12", "x"})}});
  const auto permits = [&](const std::string& text) {
    return list(decide(*policies(text), request(context), store.get()).satisfied_permits);
  };
  EXPECT_EQ(permits(numbered("context.s == \"v", "\"")), Positions{33});
  EXPECT_EQ(permits(numbered("\"v", "\" == context.s")), Positions{33});
  EXPECT_EQ(permits(numbered("context.n == ", "")), Positions{5});
  EXPECT_EQ(permits(numbered("context.set.contains(\"v", "\")")), (Positions{2, 60}));
  EXPECT_EQ(permits(numbered("[\"v", "\", \"w\"].contains(context.s)")), Positions{33});
  EXPECT_EQ(permits(numbered("context.s == \"w\" || context.s == \"v", "\"")), Positions{33});
  EXPECT_EQ(permits(numbered("principal in G::\"g", "\"")), (Positions{9, 11}));
  EXPECT_EQ(permits(numbered("context.e is T", "")), Positions{12});
  EXPECT_EQ(permits(numbered("context has s && context.n < 6 && context.s == \"v", "\"")),
            Positions{33});
  EXPECT_EQ(permits(numbered("!(context.s != \"v", "\")")), Positions{33});
}

// Each question by itself could be looked up; all of them together would be 30^6 places.
TEST_F(RequestEvaluatorTest, DoesNotMultiplyPoliciesWithoutBound) {
  std::string any_of = "[";
  for (int i = 0; i < 30; ++i) any_of += "\"v" + std::to_string(i) + "\", ";
  any_of += "\"w\"].contains(context.x";
  std::string text;
  for (int i = 0; i < 20; ++i) {
    text += "permit(principal, action in [Action::\"a\", Action::\"read\"], resource) when { ";
    for (int x = 0; x < 6; ++x) text += any_of + std::to_string(x) + ") && ";
    text += "context.last == " + std::to_string(i) + " };\n";
  }
  std::vector<Value::Field> fields{{"last", Value::integer(7)}};
  for (int x = 0; x < 6; ++x) {
    fields.emplace_back("x" + std::to_string(x), Value::string("v" + std::to_string(x)));
  }
  const auto outcome = decide(*policies(text), request(Value::record(fields)));
  EXPECT_EQ(list(outcome.satisfied_permits), Positions{7});
}

TEST_F(RequestEvaluatorTest, ReportsEveryPolicyOfALookupThatErrs) {
  const auto failures = [&](const std::string& text, const Value& context) {
    const auto compiled = policies(text);
    const auto outcome = decide(*compiled, request(context));
    EXPECT_TRUE(outcome.satisfied_permits.empty());
    EXPECT_EQ(outcome.errors.size(), 64u);
    for (std::uint32_t i = 0; i < outcome.errors.size(); ++i) {
      EXPECT_EQ(outcome.errors[i].policy, i);
      EXPECT_EQ(evaluator_.error_message(outcome.errors[i]),
                evaluator_.error_message(outcome.errors[0]));
    }
    return evaluator_.error_message(outcome.errors[0]);
  };
  const Value number = Value::record({{"x", Value::integer(1)}});
  EXPECT_EQ(failures(numbered("context.x == \"v", "\""), Value::record()),
            "the record does not have the attribute `x`");
  EXPECT_EQ(failures(numbered("context.x.contains(", ")"), number),
            "type error: expected set, got long");
  EXPECT_EQ(failures(numbered("context.x in G::\"g", "\""), number),
            "type error: expected entity, got long");
  EXPECT_EQ(failures(numbered("context.x is T", ""), number),
            "type error: expected entity, got long");
  EXPECT_EQ(failures(numbered("context.x && context.n == ", ""), number),
            "type error: expected bool, got long");
}

// --- entities of the request

TEST_F(RequestEvaluatorTest, LetsEntitiesOfTheRequestBelongToThoseOfTheStore) {
  const auto compiled = policies(kInGroup);
  const auto store = entities({{{"G", "team"}, Value::record(), {{"G", "top"}}}});
  evaluator_.begin(*compiled, store.get());
  const EntityId alice = evaluator_.entity("User", "alice");
  const EntityId desk = evaluator_.entity("G", "desk of alice");
  const EntityId desk_parents[] = {evaluator_.entity("G", "team")};
  const EntityId alice_parents[] = {desk};
  ASSERT_TRUE(evaluator_.add_entity(desk, evaluator_.record({}), desk_parents));
  ASSERT_TRUE(evaluator_.add_entity(alice, evaluator_.record({}), alice_parents));
  EXPECT_TRUE(evaluator_.decide(request()).allows());
  // The next request knows nothing of it.
  EXPECT_FALSE(decide(*compiled, request(), store.get()).allows());
}

TEST_F(RequestEvaluatorTest, RefusesEntitiesThatWouldChangeWhatIsKnown) {
  const auto compiled = policies(kInGroup);
  const auto store = entities({{{"G", "team"}, Value::record(), {{"G", "missing"}}}});
  evaluator_.begin(*compiled, store.get());
  const auto reason = [&](const char* id, std::vector<EntityId> parents) {
    const auto added =
        evaluator_.add_entity(evaluator_.entity("G", id), evaluator_.record({}), parents);
    return added ? std::string() : added.error().reason;
  };
  const EntityId top = evaluator_.entity("G", "top");
  EXPECT_EQ(reason("team", {}), "cedar.entity_duplicate");
  EXPECT_EQ(reason("missing", {top}), "cedar.entity_layer");
  EXPECT_EQ(reason("missing", {}), "");
  EXPECT_EQ(reason("a", {evaluator_.entity("G", "b")}), "");
  EXPECT_EQ(reason("b", {top}), "cedar.entity_layer");
  EXPECT_EQ(reason("c", {evaluator_.entity("G", "c")}), "cedar.entity_cycle");
  EXPECT_EQ(reason("a", {}), "cedar.entity_duplicate");
  const auto no_record = evaluator_.add_entity(evaluator_.entity("G", "n"), Datum::integer(1));
  ASSERT_FALSE(no_record);
  EXPECT_EQ(no_record.error().reason, "cedar.entity_invalid");
  evaluator_.begin(*compiled, Entities());
  EXPECT_EQ(reason("n", {}), "cedar.entity_layer");
}

TEST_F(RequestEvaluatorTest, DecidesAgainWithAnotherContext) {
  const auto compiled = policies(
      "permit(principal, action, resource);"
      "forbid(principal, action, resource) unless { context has approval };");
  evaluator_.begin(*compiled, nullptr);
  const EntityId user = evaluator_.entity("User", "alice");
  const EntityId action = evaluator_.entity("Action", "read");
  const Datum none = evaluator_.record({});
  const DatumField fields[] = {{evaluator_.name("approval"), Datum::boolean(true)}};
  EXPECT_FALSE(evaluator_.decide(user, action, user, none).allows());
  EXPECT_TRUE(evaluator_.decide(user, action, user, evaluator_.record(fields)).allows());
  EXPECT_FALSE(evaluator_.decide(user, action, user, none).allows());
}

TEST_F(RequestEvaluatorTest, TakesContextsWithMoreNamesThanAnyPolicyHas) {
  const auto compiled = policies(
      "permit(principal, action, resource) when { context == context && context.wanted == 1 };"
      "permit(principal, action, resource) when { context.inner == context };");
  for (const int count : {0, 7, 8, 9, 100, 20'000, 3}) {
    std::vector<Value::Field> fields{{"wanted", Value::integer(1)}};
    for (int i = 0; i < count; ++i) {
      fields.emplace_back("field " + std::to_string(i), Value::entity({"T", std::to_string(i)}));
    }
    fields.emplace_back("inner", Value::record(fields));
    const auto outcome = decide(*compiled, request(Value::record(fields)));
    EXPECT_EQ(list(outcome.satisfied_permits), Positions{0}) << count;
    EXPECT_TRUE(outcome.errors.empty()) << count;
  }
}

TEST_F(RequestEvaluatorTest, ComparesNamesThatOnlyTheRequestKnows) {
  const auto compiled = policies(R"(
    permit(principal, action, resource) when { context.a == context.b };
    permit(principal, action, resource) when { context.a == context.c };
    permit(principal, action, resource) when { context.set.contains(principal) };
    permit(principal, action, resource) when { principal is User };
  )");
  const auto record = [](const char* name) {
    return Value::record({{name, Value::entity({"Own", "x"})}});
  };
  const Value context = Value::record(
      {{"a", record("p")},
       {"b", record("p")},
       {"c", record("q")},
       {"set", Value::set({Value::entity({"Own", "alice"}), Value::entity({"User", "zoe"})})}});
  EXPECT_EQ(
      list(decide(*compiled, {{"User", "zoe"}, {"A", "x"}, {"R", "r"}, context}).satisfied_permits),
      (Positions{0, 2, 3}));
  EXPECT_EQ(
      list(decide(*compiled, {{"Own", "zoe"}, {"A", "x"}, {"R", "r"}, context}).satisfied_permits),
      Positions{0});
}

TEST_F(RequestEvaluatorTest, GivesTheEvaluationOfTheReference) {
  const PolicySet set = PolicySet::parse(R"(
    permit(principal, action, resource) when { principal.level > 2 };
    forbid(principal, action, resource) when { resource.owner.name == "a" };
  )")
                            .value();
  const Entities store =
      Entities::make({{{"User", "alice"}, Value::record({{"level", Value::integer(3)}})},
                      {{"Doc", "d"}, Value::record({{"owner", Value::entity({"User", "gone"})}})}})
          .value();
  const auto compiled = compiler_.compile(set);
  const Evaluation out = evaluator_.evaluate(request(), *compiled, store);
  ASSERT_EQ(out.satisfied_permits.size(), 1u);
  EXPECT_EQ(out.satisfied_permits[0], &set.policies()[0]);
  ASSERT_EQ(out.errors.size(), 1u);
  EXPECT_EQ(out.errors[0].policy, &set.policies()[1]);
  EXPECT_EQ(out.errors[0].message, "entity `User::\"gone\"` does not exist");
}

TEST_F(RequestEvaluatorTest, HasNoPoliciesInAnEmptySet) {
  const auto outcome = decide(*compiler_.compile(PolicySet()), request());
  EXPECT_FALSE(outcome.allows());
  EXPECT_TRUE(outcome.errors.empty());
}

}  // namespace
}  // namespace ambit::cedar
