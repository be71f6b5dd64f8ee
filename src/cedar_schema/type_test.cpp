#include "cedar_schema/internal/type.h"

#include <gtest/gtest.h>

namespace ambit::cedar {
namespace {

constexpr auto kStrict = ValidationMode::kStrict;
constexpr auto kPermissive = ValidationMode::kPermissive;

Type user() { return Type::entity("User"); }
Type file() { return Type::entity("File"); }

Type record(std::vector<TypeAttribute> attributes, bool open = false) {
  return Type::record(std::move(attributes), open);
}

std::string common(const Type& a, const Type& b, ValidationMode mode) {
  const auto both = common_type(a, b, mode);
  return both ? both->to_text() : "none";
}

TEST(Type, IsWrittenAsInASchema) {
  const Type type = record({{"a b", Type::set(user())},
                            {"c", Type::extension(ExtensionType::kIp), false},
                            {"d", record({})}});
  EXPECT_EQ(type.to_text(), "{\"a b\": Set<User>, c?: ipaddr, d: {}}");
  EXPECT_EQ(Type::entities({"File", "User"}).to_text(), "File | User");
  EXPECT_EQ(record({{"a", Type::integer()}}, true).to_text(), "{a: Long, ..}");
  EXPECT_EQ(record({}, true).to_text(), "{..}");
  EXPECT_EQ(Type::set(Type::never()).to_text(), "Set");
  EXPECT_EQ(Type::set(Type::boolean(true)).to_text(), "Set<true>");
}

TEST(Type, IsMadeOfASchemaType) {
  const SchemaType schema_type = SchemaType::record(
      {{"a", SchemaType::set(SchemaType::entity("NS::User"))},
       {"b", SchemaType::extension(ExtensionType::kDuration), false},
       {"c", SchemaType::record({{"d", SchemaType::boolean()}, {"e", SchemaType::string()}})}});
  EXPECT_EQ(Type::of(schema_type).to_text(), schema_type.to_text());
}

TEST(Type, KnowsSubtypesOfBooleansAndNothing) {
  for (const auto mode : {kStrict, kPermissive}) {
    EXPECT_TRUE(is_subtype(Type::boolean(true), Type::boolean(), mode));
    EXPECT_FALSE(is_subtype(Type::boolean(), Type::boolean(true), mode));
    EXPECT_FALSE(is_subtype(Type::boolean(false), Type::boolean(true), mode));
    EXPECT_TRUE(is_subtype(Type::never(), Type::integer(), mode));
    EXPECT_FALSE(is_subtype(Type::integer(), Type::never(), mode));
    EXPECT_TRUE(is_subtype(Type::set(Type::never()), Type::set(user()), mode));
    EXPECT_FALSE(is_subtype(Type::integer(), Type::string(), mode));
    EXPECT_FALSE(is_subtype(Type::extension(ExtensionType::kIp),
                            Type::extension(ExtensionType::kDecimal), mode));
  }
}

TEST(Type, KnowsSubtypesOfEntities) {
  const Type both = Type::entities({"File", "User"});
  EXPECT_TRUE(is_subtype(user(), both, kPermissive));
  EXPECT_FALSE(is_subtype(user(), both, kStrict));
  EXPECT_FALSE(is_subtype(both, user(), kPermissive));
  EXPECT_TRUE(is_subtype(both, Type::entities({"File", "User"}), kStrict));
}

TEST(Type, KnowsSubtypesOfRecords) {
  const Type narrow = record({{"a", Type::integer()}});
  const Type wide = record({{"a", Type::integer()}, {"b", Type::string()}});
  const Type optional = record({{"a", Type::integer(), false}});
  const Type open = record({{"a", Type::integer()}}, true);
  EXPECT_FALSE(is_subtype(wide, narrow, kPermissive));
  EXPECT_TRUE(is_subtype(wide, open, kPermissive));
  EXPECT_FALSE(is_subtype(wide, open, kStrict));
  EXPECT_FALSE(is_subtype(open, narrow, kPermissive));
  EXPECT_TRUE(is_subtype(narrow, optional, kPermissive));
  EXPECT_FALSE(is_subtype(narrow, optional, kStrict));
  EXPECT_FALSE(is_subtype(optional, narrow, kPermissive));
}

TEST(Type, FindsTheCommonTypeOfValuesThatMayDiffer) {
  for (const auto mode : {kStrict, kPermissive}) {
    EXPECT_EQ(common(Type::boolean(true), Type::boolean(false), mode), "Bool");
    EXPECT_EQ(common(Type::boolean(true), Type::boolean(true), mode), "true");
    EXPECT_EQ(common(Type::integer(), Type::string(), mode), "none");
    EXPECT_EQ(common(Type::set(Type::boolean(true)), Type::set(Type::boolean(false)), mode),
              "Set<Bool>");
    EXPECT_EQ(common(Type::set(Type::integer()), Type::set(Type::string()), mode), "none");
    EXPECT_EQ(
        common(record({{"a", Type::boolean(true)}}), record({{"a", Type::boolean(false)}}), mode),
        "{a: Bool}");
    EXPECT_EQ(common(user(), record({}), mode), "none");
  }
}

TEST(Type, PermissivelyJoinsEntitiesAndRecords) {
  EXPECT_EQ(common(user(), file(), kStrict), "none");
  EXPECT_EQ(common(user(), file(), kPermissive), "File | User");
  const Type a = record({{"a", Type::integer()}, {"b", Type::string()}});
  const Type b = record({{"a", Type::integer(), false}, {"b", Type::integer()}});
  EXPECT_EQ(common(a, b, kPermissive), "{a?: Long, ..}");
  EXPECT_EQ(common(record({{"a", Type::integer()}}), record({{"c", Type::integer()}}), kPermissive),
            "{..}");
}

TEST(Type, SaysWhyThereIsNoCommonType) {
  const auto why = [](const Type& a, const Type& b) { return common_type(a, b, kStrict).error(); };
  EXPECT_EQ(why(Type::integer(), Type::string()), Incompatibility::kDifferent);
  EXPECT_EQ(why(user(), file()), Incompatibility::kOtherEntityTypes);
  EXPECT_EQ(why(user(), record({})), Incompatibility::kEntityAndRecord);
  EXPECT_EQ(why(record({{"a", Type::integer()}}), record({})), Incompatibility::kOtherAttributes);
  EXPECT_EQ(why(record({{"a", Type::integer()}}), record({{"a", Type::integer(), false}})),
            Incompatibility::kOptionality);
}

TEST(Type, KnowsWhichEntitiesCannotBeEqual) {
  EXPECT_TRUE(are_disjoint(user(), file()));
  EXPECT_FALSE(are_disjoint(user(), Type::entities({"File", "User"})));
  EXPECT_FALSE(are_disjoint(user(), user()));
  EXPECT_FALSE(are_disjoint(Type::integer(), Type::string()));       // not worth knowing
  EXPECT_FALSE(are_disjoint(Type::set(user()), Type::set(file())));  // both may be empty
}

}  // namespace
}  // namespace ambit::cedar
