#include "cedar_schema/conformance.h"

#include <gtest/gtest.h>

namespace ambit::cedar {
namespace {

constexpr const char* kSchema =
    "entity User in [Group] { age?: Long, name: String, card?: Card, does?: Action } tags "
    "Set<Long>; entity Group in [Org]; entity Org; entity Card enum [\"red\", \"black\"]; entity "
    "Thing { r?: { a: Long, b?: decimal }, friends?: Set<User> }; action view in [look]; action "
    "look in [all]; action all; action use appliesTo { principal: User, resource: [Card, Thing], "
    "context: { n?: Long, ip?: ipaddr, at?: datetime, wait?: duration, ok?: Bool } };";

class Conformance : public testing::Test {
 protected:
  Conformance() : schema_(Schema::parse(kSchema).value()) {}

  static std::string problem(const Result<void>& checked) {
    return checked ? "no problem" : checked.error().message;
  }

  std::string entity_problem(Entity entity) {
    return problem(validate_entity(std::move(entity), schema_));
  }

  static Value record(std::vector<Value::Field> fields) { return Value::record(std::move(fields)); }

  Schema schema_;
  EntityUid ann_{"User", "ann"};
  Value::Field name_{"name", Value::string("Ann")};
};

TEST_F(Conformance, AcceptsWhatTheSchemaSays) {
  EXPECT_EQ(entity_problem({ann_, record({name_, {"age", Value::integer(3)}})}), "no problem");
  EXPECT_EQ(entity_problem({ann_,
                            record({name_,
                                    {"card", Value::entity({"Card", "red"})},
                                    {"does", Value::entity({"Action", "use"})}}),
                            {{"Group", "g"}, {"Org", "o"}},
                            record({{"t", Value::set({Value::integer(1)})}})}),
            "no problem");
  EXPECT_EQ(
      entity_problem({{"Thing", ""},
                      record({{"r", record({{"a", Value::integer(1)}, {"b", Value::decimal(1)}})},
                              {"friends", Value::set({})}})}),
      "no problem");
  EXPECT_EQ(entity_problem({{"Action", "all"}}), "no problem");
}

TEST_F(Conformance, TellsWhatIsWrongWithAnEntity) {
  EXPECT_EQ(entity_problem({{"Usr", "a"}}),
            "entity `Usr::\"a\"`: the schema has no entity type `Usr`");
  EXPECT_EQ(entity_problem({ann_}), "entity `User::\"ann\"`: the attribute `name` is missing");
  EXPECT_EQ(entity_problem({ann_, record({name_, {"agee", Value::integer(3)}})}),
            "entity `User::\"ann\"`: the schema has no attribute `agee` here");
  EXPECT_EQ(entity_problem({ann_, record({name_, {"age", Value::string("3")}})}),
            "entity `User::\"ann\"`: `age`: this is a value of type `string`, not of type `Long`");
  EXPECT_EQ(entity_problem({ann_, record({name_, {"card", Value::entity({"Card", "blue"})}})}),
            "entity `User::\"ann\"`: `card`: `Card::\"blue\"` does not exist: the ids of `Card` "
            "are `red`, `black`");
  EXPECT_EQ(entity_problem({ann_, record({name_, {"card", Value::entity({"Org", "red"})}})}),
            "entity `User::\"ann\"`: `card`: this is the entity `Org::\"red\"`, not of type "
            "`Card`");
  EXPECT_EQ(entity_problem({ann_, record({name_, {"does", Value::entity({"Action", "x"})}})}),
            "entity `User::\"ann\"`: `does`: the action `Action::\"x\"` is not declared in the "
            "schema");
  EXPECT_EQ(entity_problem({ann_, record({name_}), {{"Thing", "t"}}}),
            "entity `User::\"ann\"`: it cannot be in `Thing::\"t\"`, as the schema has it in these "
            "types only: `Group`, `Org`");
  EXPECT_EQ(entity_problem({{"Org", "o"}, record({}), {{"Org", "p"}}}),
            "entity `Org::\"o\"`: it cannot be in `Org::\"p\"`, as the schema has it in these "
            "types only: none");
  EXPECT_EQ(entity_problem({ann_, record({name_}), {}, record({{"t", Value::integer(1)}})}),
            "entity `User::\"ann\"`: tag `t`: this is a value of type `long`, not of type "
            "`Set<Long>`");
  EXPECT_EQ(entity_problem({{"Org", "o"}, record({}), {}, record({{"t", Value::integer(1)}})}),
            "entity `Org::\"o\"`: it has the tag `t`, but the schema gives `Org` no tags");
  EXPECT_EQ(entity_problem({{"Card", "blue"}}),
            "entity `Card::\"blue\"`: `Card::\"blue\"` does not exist: the ids of `Card` are "
            "`red`, `black`");
  EXPECT_EQ(entity_problem({{"Thing", "t"}, record({{"r", record({})}})}),
            "entity `Thing::\"t\"`: `r`: the attribute `a` is missing");
  EXPECT_EQ(entity_problem(
                {{"Thing", "t"}, record({{"friends", Value::set({Value::entity({"Org", "x"})})}})}),
            "entity `Thing::\"t\"`: `friends`: an element: this is the entity `Org::\"x\"`, not of "
            "type `User`");
}

TEST_F(Conformance, ActionsMustBeWhatTheSchemaDeclares) {
  const std::string differs =
      "entity `Action::\"view\"`: the action differs from what the schema declares; it can be "
      "left out here";
  const EntityUid view{"Action", "view"}, look{"Action", "look"}, all{"Action", "all"};
  EXPECT_EQ(entity_problem({{"Action", "x"}}),
            "entity `Action::\"x\"`: the action is not declared in the schema");
  EXPECT_EQ(entity_problem({view}), differs);
  EXPECT_EQ(entity_problem({view, record({}), {look}}), differs) << "it is in `all` too";
  EXPECT_EQ(entity_problem({view, record({}), {look, all}}), "no problem");
  EXPECT_EQ(entity_problem({view, record({}), {look, all, {"Action", "use"}}}), differs);
  EXPECT_EQ(entity_problem({view, record({name_}), {look, all}}), differs);
  EXPECT_EQ(
      problem(validate_entities({{view, record({}), {look}}, {look, record({}), {all}}}, schema_)),
      "no problem");
}

class RequestConformance : public Conformance {
 protected:
  std::string request_problem(EntityUid principal, EntityUid action, EntityUid resource,
                              Value context = Value::record()) {
    return problem(validate_request(
        {std::move(principal), std::move(action), std::move(resource), std::move(context)},
        schema_));
  }

  EntityUid use_{"Action", "use"};
  EntityUid card_{"Card", "red"};
};

TEST_F(RequestConformance, AcceptsWhatTheSchemaSays) {
  EXPECT_EQ(request_problem(ann_, use_, card_), "no problem");
  EXPECT_EQ(request_problem(ann_, use_, {"Thing", "t"},
                            record({{"n", Value::integer(1)},
                                    {"at", Value::datetime_ms(0)},
                                    {"wait", Value::duration_ms(0)},
                                    {"ok", Value::boolean(true)}})),
            "no problem");
}

TEST_F(RequestConformance, TellsWhatIsWrong) {
  EXPECT_EQ(request_problem({"Usr", "ann"}, use_, card_),
            "the principal `Usr::\"ann\"` is of a type that the schema does not have");
  EXPECT_EQ(request_problem(use_, use_, card_),
            "the principal `Action::\"use\"` is of a type that the schema does not have");
  EXPECT_EQ(request_problem({"Org", "o"}, use_, card_),
            "the action `Action::\"use\"` is not for a principal of type `Org` but for these: "
            "`User`");
  EXPECT_EQ(request_problem(ann_, use_, {"Org", "o"}),
            "the action `Action::\"use\"` is not for a resource of type `Org` but for these: "
            "`Card`, `Thing`");
  EXPECT_EQ(request_problem(ann_, use_, {"Card", "blue"}),
            "the resource: `Card::\"blue\"` does not exist: the ids of `Card` are `red`, `black`");
  EXPECT_EQ(request_problem(ann_, {"Action", "nope"}, card_),
            "the action `Action::\"nope\"` is not declared in the schema");
  EXPECT_EQ(request_problem(ann_, {"Action", "all"}, card_),
            "the action `Action::\"all\"` is not for a principal of type `User` but for these: "
            "none");
  EXPECT_EQ(request_problem(ann_, use_, card_, record({{"n", Value::boolean(true)}})),
            "the context for `Action::\"use\"`: `n`: this is a value of type `bool`, not of type "
            "`Long`");
  EXPECT_EQ(request_problem(ann_, use_, card_, record({{"m", Value::boolean(true)}})),
            "the context for `Action::\"use\"`: the schema has no attribute `m` here");
  EXPECT_EQ(request_problem(ann_, use_, card_, Value::integer(1)),
            "the context for `Action::\"use\"`: this is a value of type `long`, not of type "
            "`{at?: datetime, ip?: ipaddr, n?: Long, ok?: Bool, wait?: duration}`");
}

TEST_F(RequestConformance, ReasonsSayWhichPartIsWrong) {
  const auto reason = [&](const Request& request) {
    return validate_request(request, schema_).error().reason;
  };
  EXPECT_EQ(reason({{"Org", "o"}, use_, card_, Value::record()}), "cedar.request_invalid");
  EXPECT_EQ(reason({ann_, use_, card_, Value::integer(1)}), "cedar.context_invalid");
  EXPECT_EQ(validate_entity({{"Card", "blue"}}, schema_).error().reason, "cedar.entity_invalid");
  EXPECT_EQ(validate_value(Value::integer(1), SchemaType::boolean(), schema_).error().reason,
            "cedar.value_invalid");
}

}  // namespace
}  // namespace ambit::cedar
