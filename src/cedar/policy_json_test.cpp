#include "cedar/policy_json.h"

#include <gtest/gtest.h>

#include "cedar/limits.h"

namespace ambit::cedar {
namespace {

using text::Json;

Json parse(std::string_view json) { return text::parse_json(json, {16u << 20, 3000}).value(); }

std::string with_condition(std::string_view condition) {
  return "permit(principal, action, resource) when { " + std::string(condition) + " };";
}

struct Pair {
  const char* condition;
  const char* json;
};

// Labelled by the Rust implementation.
const Pair kExpressions[] = {
    {"-9223372036854775808", R"({"Value":-9223372036854775808})"},
    {"--5", R"({"neg":{"arg":{"Value":-5}}})"},
    {"-(5)", R"({"neg":{"arg":{"Value":5}}})"},
    {"\"a\\n\\u{1F600}\"", "{\"Value\":\"a\\n😀\"}"},
    {"A::B::\"c\"", R"({"Value":{"__entity":{"type":"A::B","id":"c"}}})"},
    {"!context.a", R"({"!":{"arg":{".":{"left":{"Var":"context"},"attr":"a"}}}})"},
    {"true && false && true",
     R"({"&&":{"left":{"&&":{"left":{"Value":true},"right":{"Value":false}}},"right":{"Value":true}}})"},
    {"true && (false && true)",
     R"({"&&":{"left":{"Value":true},"right":{"&&":{"left":{"Value":false},"right":{"Value":true}}}}})"},
    {"true || false", R"({"||":{"left":{"Value":true},"right":{"Value":false}}})"},
    {"1 - 2 * 3",
     R"({"-":{"left":{"Value":1},"right":{"*":{"left":{"Value":2},"right":{"Value":3}}}}})"},
    {"1 >= 2", R"({">=":{"left":{"Value":1},"right":{"Value":2}}})"},
    {"principal in action", R"({"in":{"left":{"Var":"principal"},"right":{"Var":"action"}}})"},
    {"context has \"a b\"", R"({"has":{"left":{"Var":"context"},"attr":"a b"}})"},
    {"context has a.b",
     R"({"&&":{"left":{"has":{"left":{"Var":"context"},"attr":"a"}},"right":{"has":{"left":{".":{"left":{"Var":"context"},"attr":"a"}},"attr":"b"}}}})"},
    {"\"a\" like \"a*\\*é\"",
     R"({"like":{"left":{"Value":"a"},"pattern":[{"Literal":"a"},"Wildcard",{"Literal":"*"},{"Literal":"é"}]}})"},
    {"\"a\" like \"**\"", R"({"like":{"left":{"Value":"a"},"pattern":["Wildcard","Wildcard"]}})"},
    {"principal is A::B", R"({"is":{"left":{"Var":"principal"},"entity_type":"A::B"}})"},
    {"principal is U in [resource]",
     R"({"is":{"left":{"Var":"principal"},"entity_type":"U","in":{"Set":[{"Var":"resource"}]}}})"},
    {"if true then 1 else 2",
     R"({"if-then-else":{"if":{"Value":true},"then":{"Value":1},"else":{"Value":2}}})"},
    {"{b: 1, \"a b\": {}}", R"({"Record":{"b":{"Value":1},"a b":{"Record":{}}}})"},
    {"[].isEmpty()", R"({"isEmpty":{"arg":{"Set":[]}}})"},
    {"[1].contains(1)", R"({"contains":{"left":{"Set":[{"Value":1}]},"right":{"Value":1}}})"},
    {"principal.getTag(\"t\")", R"({"getTag":{"left":{"Var":"principal"},"right":{"Value":"t"}}})"},
    {"ip(\"::1\").isInRange(ip(\"x\"))",
     R"({"isInRange":[{"ip":[{"Value":"::1"}]},{"ip":[{"Value":"x"}]}]})"},
    {"decimal(\"1.0\").lessThan(1, 2)",
     R"({"lessThan":[{"decimal":[{"Value":"1.0"}]},{"Value":1},{"Value":2}]})"},
};

TEST(PolicyJson, WritesExpressions) {
  for (const Pair& pair : kExpressions) {
    const auto set = PolicySet::parse(with_condition(pair.condition));
    ASSERT_TRUE(set) << pair.condition;
    const auto json = expression_to_json(*set->policies()[0].conditions[0].body);
    ASSERT_TRUE(json) << pair.condition;
    EXPECT_EQ(*json, parse(pair.json)) << pair.condition << "\n" << to_json(*json);
  }
}

TEST(PolicyJson, ReadsWhatItWrites) {
  for (const Pair& pair : kExpressions) {
    const auto expr = expression_from_json(parse(pair.json));
    ASSERT_TRUE(expr) << pair.json << "\n" << expr.error().message;
    EXPECT_EQ(expression_to_json(**expr).value(), parse(pair.json));
    const auto set = PolicySet::parse(with_condition(to_cedar_text(**expr)));
    ASSERT_TRUE(set);
    EXPECT_TRUE(same_tree(set->policies()[0].conditions[0].body, *expr)) << pair.json;
  }
}

// Forms that are only read, with the text that says the same.
const Pair kReadOnly[] = {
    {"context has a.b", R"({"has":{"left":{"Var":"context"},"attr":["a","b"]}})"},
    {"context has a", R"({"has":{"left":{"Var":"context"},"attr":["a"]}})"},
    {"context has \"a b\"", R"({"has":{"left":{"Var":"context"},"attr":["a b"]}})"},
    {"context has \"if\" && context[\"if\"] has b",
     R"({"has":{"left":{"Var":"context"},"attr":["if","b"]}})"},
    {"\"a\" like \"ab*\"",
     R"({"like":{"left":{"Value":"a"},"pattern":[{"Literal":"ab"},"Wildcard"]}})"},
    {"[1, {a: [ip(\"::1\")]}, U::\"a\", {}, -1]",
     R"({"Value":[1,{"a":[{"__extn":{"fn":"ip","arg":"::1"}}]},{"__entity":{"type":"U","id":"a"}},{},-1]})"},
    {"datetime(\"1970-01-01\").offset(duration(\"1d\"))",
     R"({"Value":{"__extn":{"fn":"offset","args":[{"__extn":{"fn":"datetime","arg":"1970-01-01"}},{"__extn":{"fn":"duration","arg":"1d"}}]}}})"},
    {"principal is U", R"({"is":{"left":{"Var":"principal"},"entity_type":"U","in":null}})"},
};

TEST(PolicyJson, ReadsEveryForm) {
  for (const Pair& pair : kReadOnly) {
    const auto expr = expression_from_json(parse(pair.json));
    ASSERT_TRUE(expr) << pair.json << "\n" << expr.error().message;
    const auto set = PolicySet::parse(with_condition(pair.condition));
    EXPECT_TRUE(same_tree(set.value().policies()[0].conditions[0].body, *expr))
        << to_cedar_text(**expr);
  }
}

struct BadJson {
  const char* json;
  const char* message;
};

const BadJson kBadExpressions[] = {
    {"1", "an expression is an object with one member, its operator"},
    {"{}", "an expression is an object with one member, its operator"},
    {R"({"Var":"principal","Value":1})", "one member"},
    {R"({"Var":"subject"})", "`Var`: the variables are `principal`"},
    {R"({"Slot":"?principal"})", "`Slot`: a slot cannot stand in a condition"},
    {R"({"foo":[]})", "`foo`: there is no such operator or function"},
    {R"({"unknown":[{"Value":"a"}]})", "`unknown`: there is no such operator or function"},
    {R"({"isIpv4":[]})", "`isIpv4`: the method `isIpv4` lacks its receiver"},
    {R"({"ip":{"Value":"::1"}})", "`ip`: not an array of expressions"},
    {R"({"==":{"left":{"Value":1}}})", "`==`: `right` is missing"},
    {R"({"==":{"left":{"Value":1},"right":{"Value":2},"more":1}})",
     "`==`: there is no member `more` here"},
    {R"({"&&":{"left":{"&&":{"left":{"Value":1},"right":{"!":{"arg":2}}}},"right":{"Value":2}}})",
     "`&&`: `right`: `!`: `arg`: an expression is"},
    {R"({"-":{"arg":{"Value":1}}})", "`-`: there is no member `arg` here"},
    {R"({".":{"left":{"Var":"context"},"attr":["a"]}})", "`.`: `attr` is not an attribute name"},
    {R"({"has":{"left":{"Var":"context"},"attr":[]}})", "`has`: `attr` is an empty list"},
    {R"({"has":{"left":{"Var":"context"},"attr":["a",1]}})", "`attr` is not a list of attribute"},
    {R"({"like":{"left":{"Value":"a"},"pattern":"a*"}})", "`like`: `pattern` is not an array"},
    {R"({"like":{"left":{"Value":"a"},"pattern":["Star"]}})", "`like`: a pattern consists of"},
    {R"({"is":{"left":{"Var":"principal"},"entity_type":"a b"}})", "`entity_type` is not an"},
    {R"({"Set":{}})", "`Set`: not an array of expressions"},
    {R"({"Record":[]})", "`Record`: not an object of expressions"},
    {R"({"Record":{"k":1}})", "`Record`: `k`: an expression is"},
    {R"({"Value":null})", "`Value`: null is not a value"},
    {R"({"Value":1.5})", "`Value`: only whole numbers"},
    {R"({"Value":{"a":{"__extn":{"fn":"nope","arg":"1"}}}})", "`Value`: `a`: `__extn` needs `fn`"},
    {R"({"Value":{"__entity":{"type":"if","id":""}}})", "`if` is not an entity type"},
    {R"({"Value":{"__expr":"1"}})", "`__expr`"},
};

TEST(PolicyJson, RefusesExpressionsWithTheirPlace) {
  for (const BadJson& bad : kBadExpressions) {
    const auto expr = expression_from_json(parse(bad.json));
    ASSERT_FALSE(expr) << bad.json;
    EXPECT_EQ(expr.error().reason, "cedar.policy_json");
    EXPECT_NE(expr.error().message.find(bad.message), std::string::npos) << bad.json << "\n"
                                                                         << expr.error().message;
  }
}

const char* const kTemplates =
    "@a @b(\"\") @c(\"x\") permit(principal is U in G::\"g\", action in [Action::\"a\", "
    "Action::\"b\"], resource == R::\"r\") when { true } unless { false };"
    "forbid(principal, action == N::Action::\"x\", resource is R);"
    "forbid(principal in U::\"u\", action in [Action::\"only\"], resource);"
    "permit(principal == ?principal, action, resource is R in ?resource);"
    "permit(principal in ?principal, action in [], resource in R::\"\");";

const char* const kSetJson = R"({
  "staticPolicies": {
    "policy0": {"effect": "permit",
      "principal": {"op": "is", "entity_type": "U", "in": {"entity": {"type": "G", "id": "g"}}},
      "action": {"op": "in", "entities": [{"type": "Action", "id": "a"}, {"type": "Action", "id": "b"}]},
      "resource": {"op": "==", "entity": {"type": "R", "id": "r"}},
      "conditions": [{"kind": "when", "body": {"Value": true}}, {"kind": "unless", "body": {"Value": false}}],
      "annotations": {"a": null, "b": "", "c": "x"}},
    "policy1": {"effect": "forbid", "principal": {"op": "All"},
      "action": {"op": "==", "entity": {"type": "N::Action", "id": "x"}},
      "resource": {"op": "is", "entity_type": "R"}, "conditions": []},
    "policy2": {"effect": "forbid", "principal": {"op": "in", "entity": {"type": "U", "id": "u"}},
      "action": {"op": "in", "entity": {"type": "Action", "id": "only"}},
      "resource": {"op": "All"}, "conditions": []}},
  "templates": {
    "policy3": {"effect": "permit", "principal": {"op": "==", "slot": "?principal"},
      "action": {"op": "All"},
      "resource": {"op": "is", "entity_type": "R", "in": {"slot": "?resource"}}, "conditions": []},
    "policy4": {"effect": "permit", "principal": {"op": "in", "slot": "?principal"},
      "action": {"op": "in", "entities": []},
      "resource": {"op": "in", "entity": {"type": "R", "id": ""}}, "conditions": []}},
  "templateLinks": [
    {"templateId": "policy3", "newId": "l",
     "values": {"?principal": {"type": "U", "id": "u"}, "?resource": {"type": "R", "id": "r"}}}]})";

PolicySet with_link() {
  return PolicySet::parse(kTemplates)
      .value()
      .linked({{"policy3", "l", EntityUid{"U", "u"}, EntityUid{"R", "r"}}})
      .value();
}

TEST(PolicySetJson, WritesPoliciesTemplatesAndLinks) {
  const auto json = policy_set_to_json(with_link());
  ASSERT_TRUE(json);
  EXPECT_EQ(*json, parse(kSetJson)) << to_pretty_json(*json);
}

TEST(PolicySetJson, ReadsWhatItWrites) {
  const auto set = policy_set_from_json(parse(kSetJson));
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(policy_set_to_json(*set).value(), parse(kSetJson));
  const PolicySet from_text = with_link();
  ASSERT_EQ(set->policies().size(), 4u);
  for (const Policy& policy : set->policies()) {
    const Policy* other = from_text.find(policy.id);
    ASSERT_NE(other, nullptr);
    // A list of one action is written as that action, which says the same.
    EXPECT_EQ(same_policy(policy, *other), policy.id != "policy2") << policy.text;
    EXPECT_EQ(policy.template_id, other->template_id);
  }
  EXPECT_EQ(set->find("policy0")->bare_annotations, std::set<std::string>{"a"});
  EXPECT_EQ(set->find("policy1")->text,
            "forbid (principal, action == N::Action::\"x\", resource is R);\n");
  EXPECT_EQ(set->templates()[1].body.id, "policy4");
}

TEST(PolicySetJson, MissingMembersAreEmpty) {
  EXPECT_TRUE(policy_set_from_json(parse("{}")).value().empty());
  const auto again = policy_set_from_json(policy_set_to_json(PolicySet()).value());
  EXPECT_TRUE(again && again->empty());
}

const char* const kHead =
    R"("principal":{"op":"All"},"action":{"op":"all"},"resource":{"op":"All"},"conditions":[])";

const BadJson kBadPolicies[] = {
    {R"({"effect":"permit"})", "`principal` is missing"},
    {R"([])", "not an object"},
    {R"({"effect":"allow",HEAD})", "`effect`: neither `permit` nor `forbid`"},
    {R"({"effect":"permit",HEAD,"extra":1})", "there is no member `extra` here"},
    {R"({"effect":"permit",HEAD,"annotations":{"a b":""}})", "`a b` is not an annotation's name"},
    {R"({"effect":"permit",HEAD,"annotations":{"a":1}})", "neither a text nor null"},
    {R"({"effect":"permit","principal":{"op":"!="},"action":{"op":"All"},"resource":{"op":"All"},"conditions":[]})",
     "`principal`: `op` is one of `All`, `==`, `in` and `is`"},
    {R"({"effect":"permit","principal":{"op":"=="},"action":{"op":"All"},"resource":{"op":"All"},"conditions":[]})",
     "`principal`: there must be either `entity` or `slot`"},
    {R"({"effect":"permit","principal":{"op":"==","slot":"?resource"},"action":{"op":"All"},"resource":{"op":"All"},"conditions":[]})",
     "`principal`: the slot that can stand here is `?principal`"},
    {R"({"effect":"permit","principal":{"op":"All"},"action":{"op":"==","entity":{"type":"U","id":"a"}},"resource":{"op":"All"},"conditions":[]})",
     "`action`: `U::\"a\"` is not an action"},
    {R"({"effect":"permit","principal":{"op":"All"},"action":{"op":"==","entities":[]},"resource":{"op":"All"},"conditions":[]})",
     "`action`: `entity` is missing"},
    {R"({"effect":"permit","principal":{"op":"All"},"action":{"op":"in"},"resource":{"op":"All"},"conditions":[]})",
     "`action`: there must be `entity` or `entities`"},
    {R"({"effect":"permit","principal":{"op":"is","entity_type":""},"action":{"op":"All"},"resource":{"op":"All"},"conditions":[]})",
     "`principal`: `entity_type` is not an entity type"},
    {R"({"effect":"permit","principal":{"op":"All"},"action":{"op":"All"},"resource":{"op":"All"},"conditions":[{"kind":"if","body":{"Value":true}}]})",
     "`conditions`: a condition has a `kind`"},
    {R"({"effect":"permit","principal":{"op":"All"},"action":{"op":"All"},"resource":{"op":"All"},"conditions":[{"kind":"when","body":{}}]})",
     "`conditions`: `when`: an expression is"},
};

TEST(PolicyJson, RefusesPoliciesWithTheirPlace) {
  for (const BadJson& bad : kBadPolicies) {
    std::string json = bad.json;
    if (const auto at = json.find("HEAD"); at != std::string::npos) json.replace(at, 4, kHead);
    const auto policy = policy_from_json(parse(json), "p");
    ASSERT_FALSE(policy) << json;
    EXPECT_EQ(policy.error().reason, "cedar.policy_json");
    EXPECT_NE(policy.error().message.find(bad.message), std::string::npos)
        << json << "\n"
        << policy.error().message;
  }
}

TEST(PolicyJson, TellsPoliciesFromTemplates) {
  const Json set = parse(kSetJson);
  const Json& policy = *set.find("staticPolicies")->find("policy1");
  const Json& slotted = *set.find("templates")->find("policy3");
  EXPECT_TRUE(policy_from_json(policy, "p"));
  EXPECT_FALSE(template_from_json(policy, "p"));
  EXPECT_TRUE(template_from_json(slotted, "p"));
  EXPECT_FALSE(policy_from_json(slotted, "p"));
}

TEST(PolicySetJson, RefusesLinksThatDoNotFit) {
  for (const BadJson& bad : {
           BadJson{R"({"templateLinks":[{"templateId":"t","newId":"l","values":{}}]})",
                   "there is no template called `t`"},
           BadJson{R"({"templateLinks":[{"templateId":"t","newId":"l"}]})",
                   "`templateLinks`: a link"},
           BadJson{R"({"templateLinks":[{"templateId":"t","newId":"l","values":{"?x":{}}}]})",
                   "there is no slot `?x`"},
           BadJson{
               R"({"templateLinks":[{"templateId":"t","newId":"l","values":{"?principal":1}}]})",
               "`?principal`: an entity is named by"},
           BadJson{R"({"templateLinks":{}})", "`templateLinks` is not an array"},
           BadJson{R"({"templates":[]})", "`templates` is not an object"},
           BadJson{R"({"staticPolicies":{"p":{}}})", "`p`: `effect` is missing"},
           BadJson{R"({"policies":{}})", "there is no member `policies` here"},
       }) {
    const auto set = policy_set_from_json(parse(bad.json));
    ASSERT_FALSE(set) << bad.json;
    EXPECT_NE(set.error().message.find(bad.message), std::string::npos) << set.error().message;
  }
}

std::string joined(std::size_t count, std::string_view separator) {
  std::string out = "true";
  for (std::size_t i = 1; i < count; ++i) out += std::string(separator) + "true";
  return out;
}

// Written out, each of these would be twice as long as the one within it.
TEST(PolicyJson, WritesNestedPathsWithoutEnd) {
  std::string text = "context";
  for (int i = 0; i < 60; ++i) text = "{a: {b: " + text + " has a.b}} ";
  const auto set = PolicySet::parse(with_condition(text + " has a.b")).value();
  const auto json = policy_to_json(set.policies()[0]);
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_LT(to_json(*json).size(), 50'000u);
  const auto again = policy_from_json(*json, "p");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(policy_to_json(*again).value(), *json);
}

TEST(PolicyJson, WritesLongPathsAsLists) {
  std::string path = "a";
  for (int i = 0; i < 1000; ++i) path += ".a";
  const auto set = PolicySet::parse(with_condition("context has " + path)).value();
  const auto json = policy_to_json(set.policies()[0]);
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_TRUE(same_policy(policy_from_json(*json, "p").value(), set.policies()[0]));
}

TEST(PolicyJson, RefusesPathsThatWouldGrow) {
  Json nested = parse(R"({"Var":"context"})");
  for (int i = 0; i < 3; ++i) {
    Json record = Json::object({{"Record", Json::object({{"if", std::move(nested)}})}});
    nested = Json::object(
        {{"has", Json::object({{"left", std::move(record)}, {"attr", Json::array({"if", "a"})}})}});
  }
  EXPECT_FALSE(expression_from_json(nested));
  Json steps = Json::array();
  for (int i = 0; i < 17; ++i) steps.push_back("if");
  EXPECT_FALSE(expression_from_json(Json::object(
      {{"has",
        Json::object({{"left", parse(R"({"Var":"context"})")}, {"attr", std::move(steps)}})}})));
}

TEST(PolicyJson, BoundsDepthBothWays) {
  const auto short_row = PolicySet::parse(with_condition(joined(400, " && "))).value();
  const auto json = policy_to_json(short_row.policies()[0]);
  ASSERT_TRUE(json);
  const auto again = policy_from_json(*json, "p");
  ASSERT_TRUE(again);
  EXPECT_TRUE(same_policy(*again, short_row.policies()[0]));
  const auto long_row = PolicySet::parse(with_condition(joined(100'000, " || "))).value();
  EXPECT_EQ(policy_to_json(long_row.policies()[0]).error().reason, "cedar.policy_json_depth");

  Json nested = parse(R"({"Value":true})");
  for (std::size_t i = 1; i < kMaxExpressionDepth; ++i) {
    nested = Json::object({{"!", Json::object({{"arg", std::move(nested)}})}});
  }
  EXPECT_TRUE(expression_from_json(nested));
  nested = Json::object({{"!", Json::object({{"arg", std::move(nested)}})}});
  EXPECT_FALSE(expression_from_json(nested));
  Json value = 1;
  for (std::size_t i = 0; i < kMaxExpressionDepth; ++i) value = Json::array({std::move(value)});
  EXPECT_FALSE(expression_from_json(Json::object({{"Value", std::move(value)}})));
}

}  // namespace
}  // namespace ambit::cedar
