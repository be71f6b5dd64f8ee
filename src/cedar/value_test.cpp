#include "cedar/value.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <limits>
#include <rapidcheck.h>

#include "cedar/authorizer.h"

namespace ambit::cedar {
namespace {

Value number(std::int64_t n) { return Value::integer(n); }

// A value of any kind, nested at most `depth` deep.
rc::Gen<Value> any_value(int depth) {
  using rc::gen::map;
  const auto text = rc::gen::element<std::string>("", "a", "b\"\\\n", std::string("\0x", 2), "é*");
  const auto scalar = rc::gen::oneOf(
      map(rc::gen::arbitrary<bool>(), Value::boolean),
      map(rc::gen::arbitrary<std::int64_t>(), Value::integer), map(text, Value::string),
      map(text, [](std::string id) { return Value::entity({"A::B", std::move(id)}); }),
      map(rc::gen::arbitrary<std::int64_t>(), Value::decimal),
      map(rc::gen::arbitrary<std::int64_t>(), Value::datetime_ms),
      map(rc::gen::arbitrary<std::int64_t>(), Value::duration_ms),
      map(rc::gen::element("1.2.3.4/7", "::1", "fe80::/10"),
          [](const char* ip) { return Value::ip(parse_ip(ip).value()); }));
  if (depth == 0) return scalar;
  return rc::gen::oneOf(
      scalar, map(rc::gen::container<std::vector<Value>>(any_value(depth - 1)), Value::set),
      map(rc::gen::container<std::vector<Value::Field>>(rc::gen::pair(text, any_value(depth - 1))),
          [](std::vector<Value::Field> fields) { return Value::record(std::move(fields)); }));
}

TEST(Value, SetsHaveNoOrderAndNoDuplicates) {
  const Value set = Value::set({number(2), number(1), number(2), Value::string("1")});
  EXPECT_EQ(set.as_set().size(), 3u);
  EXPECT_EQ(set, Value::set({Value::string("1"), number(1), number(2)}));
  EXPECT_TRUE(set.contains(number(1)));
  EXPECT_TRUE(set.contains(Value::string("1")));
  EXPECT_FALSE(set.contains(Value::string("2")));
  EXPECT_EQ(Value::set({Value::set({number(1)}), Value::set({number(1), number(1)})}),
            Value::set({Value::set({number(1)})}));
}

TEST(Value, RecordsAreFoundByNameAndKeepTheLastOfEqualNames) {
  const Value record = Value::record(
      {{"b", number(1)}, {"a", number(2)}, {"b", number(3)}, {"", number(4)}, {"a", number(5)}});
  ASSERT_EQ(record.as_record().size(), 3u);
  EXPECT_EQ(*record.find("b"), number(3));
  EXPECT_EQ(*record.find("a"), number(5));
  EXPECT_EQ(*record.find(""), number(4));
  EXPECT_EQ(record.find("c"), nullptr);
  EXPECT_EQ(Value::record({{"x", number(1)}, {"y", number(2)}}),
            Value::record({{"y", number(2)}, {"x", number(1)}}));
}

TEST(Value, DiffersFromAValueOfAnotherKind) {
  EXPECT_NE(number(0), Value::boolean(false));
  EXPECT_NE(number(1), Value::decimal(1));
  EXPECT_NE(Value::datetime_ms(1), Value::duration_ms(1));
  EXPECT_NE(Value::string("1.1.1.1"), Value::ip(parse_ip("1.1.1.1").value()));
  EXPECT_NE(Value::set({}), Value::record());
  EXPECT_NE(Value::entity({"U", "a"}), Value::entity({"A::U", "a"}));
}

TEST(Value, OrderIsTotal) {
  EXPECT_TRUE(rc::check([] {
    const auto any = rc::gen::resize(6, any_value(2));
    const Value a = *any;
    const Value b = *any;
    const Value c = *any;
    RC_ASSERT((a < b) + (a == b) + (a > b) == 1);
    RC_ASSERT((a < b) == (b > a));
    RC_ASSERT(!(a <= b && b <= c) || a <= c);
  }));
}

TEST(Value, SetsAreEqualInWhateverOrderTheyAreMade) {
  EXPECT_TRUE(rc::check([] {
    auto elements = *rc::gen::container<std::vector<Value>>(rc::gen::resize(4, any_value(2)));
    const Value set = Value::set(elements);
    for (const Value& element : elements) RC_ASSERT(set.contains(element));
    const std::vector<Value> again(elements.begin(), elements.begin() + elements.size() / 2);
    std::reverse(elements.begin(), elements.end());
    elements.insert(elements.end(), again.begin(), again.end());
    RC_ASSERT(Value::set(std::move(elements)) == set);
  }));
}

TEST(Value, TextIsAnExpressionOfThatValue) {
  EXPECT_EQ(to_cedar_text(Value::record({{"a b", Value::set({number(-1)})}})), "{\"a b\": [-1]}");
  EXPECT_EQ(to_cedar_text(Value::datetime_ms(0)), "datetime(\"1970-01-01T00:00:00.000Z\")");
  EXPECT_TRUE(rc::check([] {
    const Value value = *rc::gen::resize(8, any_value(2));
    const auto policies = PolicySet::parse(
        "permit(principal, action, resource) when { context.v == " + to_cedar_text(value) + " };");
    RC_ASSERT(policies.has_value());
    Request request{{"U", "a"}, {"Action", "x"}, {"U", "b"}};
    request.context = Value::record({{"v", value}});
    RC_ASSERT(is_authorized(request, *policies, Entities()).allow);
  }));
}

TEST(EntityUid, IsReadAsPoliciesWriteIt) {
  EXPECT_EQ(EntityUid::parse("A::B::\"x \\\"y\\u{1F600}\""), (EntityUid{"A::B", "x \"y😀"}));
  EXPECT_EQ(EntityUid::parse(" U :: \"\" "), (EntityUid{"U", ""}));
  for (const char* text : {"", "U", "U::", "U::a", "\"a\"", "U::\"a\" x", "in::\"a\"", "U::\"a",
                           "__cedar::\"a\"", "U::\"\\q\"", "U::\"\xff\""}) {
    EXPECT_FALSE(EntityUid::parse(text)) << text;
  }
}

TEST(EntityUid, TextReadsBack) {
  EXPECT_TRUE(rc::check([] {
    std::string id;
    for (const std::uint32_t scalar :
         *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange(0u, 0x80u))) {
      id += static_cast<char>(scalar);
    }
    const EntityUid uid{"A::B", id + "é\u202e\ufeff"};
    RC_ASSERT(EntityUid::parse(to_cedar_text(uid)) == uid);
  }));
}

}  // namespace
}  // namespace ambit::cedar
