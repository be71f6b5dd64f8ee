#include "cedar/entities.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "cedar/authorizer.h"

namespace ambit::cedar {
namespace {

EntityUid uid(std::string id) { return {"T", std::move(id)}; }

Entity entity(std::string id, std::vector<std::string> parents = {}) {
  Entity out{uid(std::move(id))};
  for (std::string& parent : parents) out.parents.push_back(uid(std::move(parent)));
  return out;
}

Result<Entities> from_text(std::string_view json) {
  return Entities::from_json(text::parse_json(json).value());
}

std::string reason_of(const Result<Entities>& result) {
  return result ? "no error" : result.error().reason;
}

TEST(Entities, KnowsAncestorsAtAnyDistance) {
  const auto store =
      Entities::make({entity("a", {"b", "x"}), entity("b", {"c"}), entity("c", {"d"})});
  ASSERT_TRUE(store);
  const StoredEntity* a = store->find(uid("a"));
  ASSERT_NE(a, nullptr);
  for (const char* ancestor : {"b", "c", "d", "x"}) EXPECT_TRUE(a->has_ancestor(uid(ancestor)));
  EXPECT_FALSE(a->has_ancestor(uid("a")));
  EXPECT_FALSE(store->find(uid("c"))->has_ancestor(uid("b")));
  EXPECT_FALSE(a->has_ancestor({"U", "b"}));
  EXPECT_EQ(store->find(uid("d")), nullptr);
  EXPECT_EQ(store->size(), 3u);
}

TEST(Entities, RefusesCyclesAndContradictions) {
  EXPECT_EQ(reason_of(Entities::make({entity("a", {"a"})})), "cedar.entity_cycle");
  EXPECT_EQ(reason_of(Entities::make({entity("a", {"b"}), entity("b", {"c"}), entity("c", {"a"})})),
            "cedar.entity_cycle");
  EXPECT_EQ(reason_of(Entities::make({entity("a"), entity("a", {"b"})})), "cedar.entity_duplicate");
  EXPECT_TRUE(Entities::make({entity("a", {"b", "c"}), entity("a", {"c", "b", "b"})}));
  EXPECT_EQ(reason_of(Entities::make({{{"T U", "a"}}})), "cedar.entity_invalid");
  EXPECT_EQ(reason_of(Entities::make({{{"in", "a"}}})), "cedar.entity_invalid");
  EXPECT_EQ(reason_of(Entities::make({{uid("a"), Value::integer(1)}})), "cedar.entity_invalid");
  EXPECT_EQ(reason_of(Entities::make({{uid("a"), Value::record(), {}, Value::set({})}})),
            "cedar.entity_invalid");
  EXPECT_EQ(reason_of(Entities::make({{{"Action", "a"}, Value::record(), {uid("b")}}})),
            "cedar.entity_invalid");
  EXPECT_TRUE(Entities::make({{{"Action", "a"}, Value::record(), {{"N::Action", "b"}}}}));
}

TEST(Entities, ClosesLongChainsWithoutRecursionAndBoundsTheirCost) {
  std::vector<Entity> chain;
  for (int i = 0; i < 1000; ++i) {
    chain.push_back(entity(std::to_string(i), {std::to_string(i + 1)}));
  }
  const auto store = Entities::make(chain);
  ASSERT_TRUE(store);
  EXPECT_TRUE(store->find(uid("0"))->has_ancestor(uid("1000")));
  for (int i = 1000; i < 50'000; ++i) {
    chain.push_back(entity(std::to_string(i), {std::to_string(i + 1)}));
  }
  EXPECT_EQ(reason_of(Entities::make(std::move(chain))), "cedar.entity_limit");
}

TEST(EntityLayers, FindAncestorsAcrossLayers) {
  const auto base = Entities::make({entity("folder", {"server"}), entity("server", {"zone"})});
  const auto middle = Entities::overlay(*base, {entity("path", {"folder"})});
  const auto top =
      Entities::overlay(*middle, {entity("call", {"path"}), entity("call2", {"call"})});
  ASSERT_TRUE(top);
  for (const char* ancestor : {"call", "path", "folder", "server", "zone"}) {
    EXPECT_TRUE(top->find(uid("call2"))->has_ancestor(uid(ancestor))) << ancestor;
  }
  EXPECT_NE(top->find(uid("server")), nullptr);
  EXPECT_EQ(base->find(uid("path")), nullptr);
  EXPECT_EQ(top->size(), 5u);
  EXPECT_EQ(base->size(), 2u);
}

TEST(EntityLayers, OutliveTheBaseTheyWereMadeOver) {
  Entities top;
  {
    const auto base = Entities::make({entity("b", {"c"})});
    top = *Entities::overlay(*base, {entity("a", {"b"})});
  }
  EXPECT_TRUE(top.find(uid("a"))->has_ancestor(uid("c")));
}

TEST(EntityLayers, RefuseWhatWouldChangeTheBase) {
  const auto base = Entities::make({entity("a", {"b"}), entity("c")});
  EXPECT_EQ(reason_of(Entities::overlay(*base, {entity("c", {"d"})})), "cedar.entity_duplicate");
  EXPECT_TRUE(Entities::overlay(*base, {entity("c")}));
  // `b` with parents would give `a` ancestors that it does not have below.
  EXPECT_EQ(reason_of(Entities::overlay(*base, {entity("b", {"d"})})), "cedar.entity_layer");
  EXPECT_TRUE(Entities::overlay(*base, {entity("b")}));
  const auto middle = Entities::overlay(*base, {entity("x", {"y"})});
  EXPECT_EQ(reason_of(Entities::overlay(*middle, {entity("b", {"d"})})), "cedar.entity_layer");
  EXPECT_EQ(reason_of(Entities::overlay(*middle, {entity("y", {"d"})})), "cedar.entity_layer");
}

// Whatever is split into two layers answers as if it were one.
TEST(EntityLayers, AnswerAsOneStoreWould) {
  EXPECT_TRUE(rc::check([] {
    const int count = *rc::gen::inRange(1, 12);
    std::vector<Entity> all;
    for (int i = 0; i < count; ++i) {
      Entity next = entity(std::to_string(i));
      for (const int parent : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 14))) {
        if (parent > i) next.parents.push_back(uid(std::to_string(parent)));
      }
      all.push_back(std::move(next));
    }
    // Children come before parents, so the upper layer takes a prefix.
    const auto cut = all.begin() + *rc::gen::inRange(0, count + 1);
    const Entities whole = Entities::make(all).value();
    const Entities base = Entities::make({cut, all.end()}).value();
    const Entities layered = Entities::overlay(base, {all.begin(), cut}).value();
    RC_ASSERT(layered.size() == whole.size());
    for (int i = 0; i < count; ++i) {
      for (int j = 0; j < 14; ++j) {
        RC_ASSERT(layered.find(uid(std::to_string(i)))->has_ancestor(uid(std::to_string(j))) ==
                  whole.find(uid(std::to_string(i)))->has_ancestor(uid(std::to_string(j))));
      }
    }
  }));
}

TEST(EntityLayers, ServePoliciesAsOneStoreWould) {
  const auto base = Entities::make(
      {{{"Folder", "/x"}, Value::record({{"open", Value::boolean(true)}}), {{"Server", "files"}}}});
  const auto entities =
      Entities::overlay(*base, {{{"File", "/x/a"},
                                 Value::record({{"folder", Value::entity({"Folder", "/x"})}}),
                                 {{"Folder", "/x"}}}});
  const auto policies = PolicySet::parse(
      "permit(principal, action, resource in Server::\"files\") when { resource.folder.open };");
  const Request request{{"U", "a"}, {"Action", "read"}, {"File", "/x/a"}};
  EXPECT_TRUE(is_authorized(request, *policies, *entities).allow);
  EXPECT_FALSE(is_authorized(request, *policies, *base).allow);
}

TEST(EntitiesJson, ReadsBothFormsOfAName) {
  const auto store = from_text(R"([
    {"uid": {"type": "A::U", "id": "a"}, "attrs": {"x": 1, "__entity": 2}, "parents": [{"__entity": {"type": "G", "id": "g"}}],
     "tags": {"t": {"__extn": {"fn": "decimal", "arg": "1.5"}}}},
    {"uid": {"__entity": {"type": "G", "id": "\u0000"}}, "attrs": {}, "parents": []}])");
  ASSERT_TRUE(store);
  const StoredEntity* a = store->find({"A::U", "a"});
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(*a->entity().attributes.find("__entity"), Value::integer(2));
  EXPECT_EQ(*a->entity().tags.find("t"), Value::decimal(15'000));
  EXPECT_TRUE(a->has_ancestor({"G", "g"}));
  EXPECT_NE(store->find({"G", std::string(1, '\0')}), nullptr);
}

TEST(EntitiesJson, ReadsBackWhatItWrites) {
  const auto base = from_text(
      R"([{"uid": {"type": "G", "id": "g"}, "attrs": {"n": [-9223372036854775808]}, "parents": []}])");
  const auto store = Entities::overlay(*base, {entity("a", {"b"})});
  const auto again = Entities::from_json(store->to_json().value());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->size(), 2u);
  EXPECT_EQ(again->find({"G", "g"})->entity(), store->find({"G", "g"})->entity());
  EXPECT_EQ(again->find(uid("a"))->entity(), store->find(uid("a"))->entity());
}

TEST(EntitiesJson, RefusesOtherForms) {
  const char* const kEntity = R"({"uid": {"type": "U", "id": "a"}, "attrs": {}, "parents": [])";
  for (const std::string& text : std::vector<std::string>{
           "{}", "[1]", "[{}]", R"([{"attrs": {}, "parents": []}])",
           R"([{"uid": {"type": "U", "id": "a"}, "parents": []}])",
           R"([{"uid": {"type": "U", "id": "a"}, "attrs": {}}])",
           R"([{"uid": {"type": "U", "id": "a"}, "attrs": {}, "parents": null}])",
           R"([{"uid": {"type": "U", "id": "a"}, "attrs": [], "parents": []}])",
           "[" + std::string(kEntity) + R"(, "tags": null}])",
           "[" + std::string(kEntity) + R"(, "tag": {}}])"}) {
    EXPECT_EQ(reason_of(from_text(text)), "cedar.entity_json") << text;
  }
  EXPECT_EQ(reason_of(from_text(R"([{"uid": "U::\"a\"", "attrs": {}, "parents": []}])")),
            "cedar.uid_json");
  EXPECT_EQ(reason_of(from_text(
                R"([{"uid": {"type": "U", "id": "a"}, "attrs": {}, "parents": [{"type": "U"}]}])")),
            "cedar.uid_json");
  const auto null =
      from_text(R"([{"uid": {"type": "U", "id": "a"}, "attrs": {"x": null}, "parents": []}])");
  ASSERT_FALSE(null);
  EXPECT_EQ(null.error().message, "attrs of entity `U::\"a\"`: `x`: null is not a value");
}

}  // namespace
}  // namespace ambit::cedar
