#include "cedar_schema/guided_json.h"

#include <gtest/gtest.h>

namespace ambit::cedar {
namespace {

constexpr const char* kSchema =
    "entity User in [Group] { x?: X, u?: User, us?: Set<User>, ip?: ipaddr, dec?: decimal, at?: "
    "datetime, wait?: duration, r?: { u: User, l?: Long } } tags ipaddr; type X = Set<{a?: Long}>; "
    "entity Group; action view in [all] appliesTo { principal: User, resource: User, context: { "
    "u?: User, ip?: ipaddr, n?: Long } }; action all;";

class GuidedJson : public testing::Test {
 protected:
  GuidedJson() : schema_(Schema::parse(kSchema).value()) {}

  static text::Json json(std::string_view bytes) { return text::parse_json(bytes).value(); }

  // The value of the attribute in Cedar, or what is wrong with it.
  std::string attribute(const std::string& name, const std::string& bytes) {
    const auto entity =
        entity_from_json(json(R"({"uid": {"type": "User", "id": "a"}, "parents": [], "attrs": {")" +
                              name + "\": " + bytes + "}}"),
                         schema_);
    return entity ? to_cedar_text(*entity->attributes.find(name)) : entity.error().message;
  }

  std::string context(std::string_view bytes, EntityUid action = {"Action", "view"}) {
    const auto value = context_from_json(json(bytes), schema_, action);
    return value ? to_cedar_text(*value) : value.error().reason + ": " + value.error().message;
  }

  std::string entities_problem(std::string_view bytes) {
    const auto entities = entities_from_json(json(bytes), schema_);
    return entities ? "no problem" : entities.error().reason + ": " + entities.error().message;
  }

  Schema schema_;
};

TEST_F(GuidedJson, TheTypeSaysWhatIsAnEntity) {
  const char* b = "User::\"b\"";
  EXPECT_EQ(attribute("u", R"({"type": "User", "id": "b"})"), b);
  EXPECT_EQ(attribute("u", R"({"__entity": {"type": "User", "id": "b"}})"), b);
  EXPECT_EQ(attribute("u", R"({"type": "User", "id": "b", "more": 1})"), b);
  EXPECT_EQ(attribute("u", R"({"__entity": {"type": "User", "id": "b"}, "more": 1})"), b);
  EXPECT_EQ(attribute("us", R"([{"type": "User", "id": "b"}, {"__entity": {"type": "User", "id":
                               "b"}}])"),
            "[User::\"b\"]");
  EXPECT_EQ(attribute("r", R"({"u": {"type": "User", "id": "b"}, "l": 1})"),
            R"({"l": 1, "u": User::"b"})");
}

TEST_F(GuidedJson, TheTypeSaysWhatIsAnExtensionValue) {
  EXPECT_EQ(attribute("ip", R"("1.2.3.4")"), "ip(\"1.2.3.4\")");
  EXPECT_EQ(attribute("ip", R"({"fn": "ip", "arg": "1.2.3.4"})"), "ip(\"1.2.3.4\")");
  EXPECT_EQ(attribute("ip", R"({"__extn": {"fn": "ip", "arg": "1.2.3.4"}})"), "ip(\"1.2.3.4\")");
  EXPECT_EQ(attribute("dec", R"("1.50")"), "decimal(\"1.5\")");
  EXPECT_EQ(attribute("wait", R"("90m")"), "duration(\"5400000ms\")");
  const std::string at = attribute("at", R"("2024-01-01T01:00:00Z")");
  EXPECT_EQ(attribute("at", R"({"fn": "offset", "args": ["2024-01-01", "1h"]})"), at);
  EXPECT_EQ(attribute("at", R"({"__extn": {"fn": "offset", "args": [{"fn": "datetime", "arg":
                               "2024-01-01"}, {"__extn": {"fn": "duration", "arg": "1h"}}]}})"),
            at);
  EXPECT_EQ(attribute("wait", R"({"fn": "durationSince", "args": ["2024-01-02", "2024-01-01"]})"),
            attribute("wait", R"("1d")"));
}

TEST_F(GuidedJson, TellsWhatIsWrongAndWhere) {
  const std::string at = "entity `User::\"a\"`: ";
  EXPECT_EQ(attribute("zz", "1"), at + "`attrs`: the schema has no attribute `zz` here");
  EXPECT_EQ(attribute("u", R"("User::\"b\"")"),
            at + "`attrs`: `u`: an entity is named by an object with the texts `type` and `id`");
  EXPECT_EQ(attribute("u", R"({"type": "a b", "id": "b"})"),
            at + "`attrs`: `u`: `a b` is not an entity type, such as `Ambit::Agent`");
  EXPECT_EQ(attribute("u", R"({"type": "Group", "id": "b"})"),
            at + "`u`: this is the entity `Group::\"b\"`, not of type `User`");
  EXPECT_EQ(attribute("ip", R"({"fn": "decimal", "arg": "1.5"})"),
            at + "`ip`: this is a value of type `decimal`, not of type `ipaddr`");
  EXPECT_EQ(attribute("ip", R"({"fn": "ip"})"),
            at + "`attrs`: `ip`: an extension value needs `fn`, a name, and either `arg`, a value, "
                 "or `args`, an array of them");
  EXPECT_NE(attribute("ip", R"("nonsense")").find("`attrs`: `ip`: "), std::string::npos);
  EXPECT_NE(attribute("ip", "3").find("`attrs`: `ip`: "), std::string::npos);
  EXPECT_NE(attribute("ip", "null").find("null is not a value"), std::string::npos);
  EXPECT_EQ(attribute("x", R"([{}, {"a": "1"}])"),
            at + "`x`: an element: `a`: this is a value of type `string`, not of type `Long`");
  EXPECT_EQ(attribute("x", "1"),
            at + "`x`: this is a value of type `long`, not of type `Set<{a?: Long}>`");
  EXPECT_EQ(attribute("r", "{}"), at + "`r`: the attribute `u` is missing");
}

TEST_F(GuidedJson, NestedCallsAreBounded) {
  std::string call = R"("2024-01-01")";
  for (int i = 0; i < 300; ++i) call = R"({"fn": "toDate", "arg": )" + call + "}";
  const auto deep = text::parse_json(call, {1u << 20, 1000});
  const auto value =
      value_from_json(*deep, SchemaType::extension(ExtensionType::kDatetime), schema_);
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().message, "nested more than 200 levels deep");
}

TEST_F(GuidedJson, ReadsContexts) {
  EXPECT_EQ(context(R"({"u": {"type": "User", "id": "b"}, "ip": "::1"})"),
            R"({"ip": ip("0:0:0:0:0:0:0:1"), "u": User::"b"})");
  EXPECT_EQ(context(R"({"z": 1})"),
            "cedar.context_invalid: the context for `Action::\"view\"`: the schema has no "
            "attribute `z` here");
  EXPECT_EQ(context(R"({"n": "1"})"),
            "cedar.context_invalid: the context for `Action::\"view\"`: `n`: this is a value of "
            "type `string`, not of type `Long`");
  EXPECT_EQ(context("[]").substr(0, 22), "cedar.context_invalid:");
  EXPECT_EQ(context("{}", {"Action", "x"}),
            "cedar.context_invalid: the action `Action::\"x\"` is not declared in the schema");
  EXPECT_EQ(context(R"({"__entity": {"type": "User", "id": "b"}})").substr(0, 22),
            "cedar.context_invalid:");
}

TEST_F(GuidedJson, AddsTheActionsOfTheSchema) {
  const auto entities = entities_from_json(
      json(R"([{"uid": {"type": "User", "id": "a"}, "attrs": {}, "parents": [{"type": "Group",
               "id": "g"}], "tags": {"home": "10.0.0.0/8"}}])"),
      schema_);
  ASSERT_TRUE(entities) << entities.error().message;
  EXPECT_EQ(entities->size(), 3u);
  EXPECT_TRUE(entities->find({"Action", "view"})->has_ancestor({"Action", "all"}));
  const StoredEntity* user = entities->find({"User", "a"});
  EXPECT_TRUE(user->has_ancestor({"Group", "g"}));
  EXPECT_EQ(user->entity().tags.find("home")->kind(), Value::Kind::kIp);
}

TEST_F(GuidedJson, ActionsMayBeGivenIfTheyAgree) {
  EXPECT_EQ(entities_problem(R"([{"uid": {"type": "Action", "id": "view"}, "attrs": {}, "parents":
                                 [{"type": "Action", "id": "all"}]}])"),
            "no problem");
  EXPECT_EQ(entities_problem(
                R"([{"uid": {"type": "Action", "id": "view"}, "attrs": {}, "parents": []}])"),
            "cedar.entity_invalid: entity `Action::\"view\"`: the action differs from what the "
            "schema declares; it can be left out here");
  EXPECT_EQ(entities_problem(
                R"([{"uid": {"type": "Action", "id": "nope"}, "attrs": {}, "parents": []}])"),
            "cedar.entity_invalid: entity `Action::\"nope\"`: the action is not declared in the "
            "schema");
}

TEST_F(GuidedJson, RefusesWhatIsNotEntities) {
  EXPECT_EQ(entities_problem("{}"), "cedar.entity_json: the entities are not an array");
  EXPECT_EQ(entities_problem("[1]"),
            "cedar.entity_json: an entity is not an object with `uid`, `attrs` and `parents`");
  EXPECT_EQ(entities_problem(R"([{"attrs": {}, "parents": []}])"),
            "cedar.entity_json: an entity lacks `uid`");
  EXPECT_EQ(entities_problem(R"([{"uid": {"type": "User", "id": "a"}, "attrs": {}, "parents": [],
                                  "atrs": {}}])"),
            "cedar.entity_json: an entity has `uid`, `attrs`, `parents` and `tags`, not `atrs`");
  EXPECT_EQ(entities_problem(R"([{"uid": {"type": "Usr", "id": "a"}, "attrs": {}, "parents":
                                  []}])"),
            "cedar.entity_invalid: entity `Usr::\"a\"`: the schema has no entity type `Usr`");
  EXPECT_EQ(entities_problem(R"([{"uid": {"type": "User", "id": "a"}, "attrs": [], "parents":
                                  []}])"),
            "cedar.entity_json: entity `User::\"a\"`: `attrs`: this is not an object");
}

}  // namespace
}  // namespace ambit::cedar
