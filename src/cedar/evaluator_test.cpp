#include "cedar/internal/evaluator.h"

#include <gtest/gtest.h>

#include "cedar/internal/outcome_for_test.h"

namespace ambit::cedar {
namespace {

// Each outcome is that of the Rust implementation, version 4.12.
const ConditionCase kCases[] = {
    {R"(1 == true)", Outcome::kFalse},
    {R"(1 != "a")", Outcome::kTrue},
    {R"(1 < "a")", Outcome::kError},
    {R"("a" < "b")", Outcome::kError},
    {R"(1 in U::"a")", Outcome::kError},
    {R"(U::"a" in 1)", Outcome::kError},
    {R"(U::"a" in [1])", Outcome::kError},
    {R"(U::"a" in [U::"a", 1])", Outcome::kError},
    {R"(U::"a" in [])", Outcome::kFalse},
    {R"(U::"a" in [G::"h"])", Outcome::kTrue},
    {R"(U::"q" in U::"q")", Outcome::kTrue},
    {R"(U::"q" in G::"h")", Outcome::kFalse},
    {R"(principal in G::"h")", Outcome::kTrue},
    {R"(U::"q" has a)", Outcome::kFalse},
    {R"(U::"q".a == 1)", Outcome::kError},
    {R"(principal has n)", Outcome::kTrue},
    {R"(principal has n.m)", Outcome::kError},
    {R"(principal has q.m)", Outcome::kFalse},
    {R"(1 has a)", Outcome::kError},
    {R"(principal.q == 1)", Outcome::kError},
    {R"(principal["n"] == 1)", Outcome::kTrue},
    {R"(principal.hasTag("t"))", Outcome::kTrue},
    {R"(principal.hasTag("q"))", Outcome::kFalse},
    {R"(principal.hasTag(1))", Outcome::kError},
    {R"(principal.getTag("q") == 1)", Outcome::kError},
    {R"(principal.getTag("t") == 1)", Outcome::kTrue},
    {R"(U::"q".hasTag("t"))", Outcome::kFalse},
    {R"(U::"q".getTag("t") == 1)", Outcome::kError},
    {R"(1.hasTag("t"))", Outcome::kError},
    {R"(principal.n.isEmpty())", Outcome::kError},
    {R"([].isEmpty())", Outcome::kTrue},
    {R"([1].isEmpty())", Outcome::kFalse},
    {R"({}.isEmpty())", Outcome::kError},
    {R"([1,2,1] == [2,1])", Outcome::kTrue},
    {R"([1,[2]] == [[2],1])", Outcome::kTrue},
    {R"([1].contains("1"))", Outcome::kFalse},
    {R"([1,2].containsAll([1]))", Outcome::kTrue},
    {R"([1,2].containsAll([]))", Outcome::kTrue},
    {R"([].containsAny([]))", Outcome::kFalse},
    {R"([1].containsAny(1))", Outcome::kError},
    {R"(1.contains(1))", Outcome::kError},
    {R"({a:1,b:2} == {b:2,a:1})", Outcome::kTrue},
    {R"({a:1} == {a:1,b:1})", Outcome::kFalse},
    {R"({a:1}.a == 1)", Outcome::kTrue},
    {R"({a:1}.b == 1)", Outcome::kError},
    {R"({a:1} has a)", Outcome::kTrue},
    {R"({a:{b:1}} has a.b)", Outcome::kTrue},
    {R"({a:1} has a.b)", Outcome::kError},
    {R"("abc" like "a*c")", Outcome::kTrue},
    {R"("abc" like "*")", Outcome::kTrue},
    {R"("" like "*")", Outcome::kTrue},
    {R"("" like "")", Outcome::kTrue},
    {R"("a*c" like "a\*c")", Outcome::kTrue},
    {R"("abc" like "a\*c")", Outcome::kFalse},
    {R"(1 like "*")", Outcome::kError},
    {R"("aXbXc" like "*X*X*")", Outcome::kTrue},
    {R"("ab" like "*a*b*c")", Outcome::kFalse},
    {R"(9223372036854775807 + 1 == 1)", Outcome::kError},
    {R"(-9223372036854775808 - 1 == 1)", Outcome::kError},
    {R"(9223372036854775807 * 2 == 1)", Outcome::kError},
    {R"(-(-9223372036854775808) == 1)", Outcome::kError},
    {R"(--9223372036854775808 == 1)", Outcome::kError},
    {R"(1 + "a" == 1)", Outcome::kError},
    {R"(true || 1)", Outcome::kTrue},
    {R"(1 || true)", Outcome::kError},
    {R"(false || 1)", Outcome::kError},
    {R"(true && 1)", Outcome::kError},
    {R"(false && 1)", Outcome::kFalse},
    {R"(!1)", Outcome::kError},
    {R"(-true)", Outcome::kError},
    {R"(if 1 then true else false)", Outcome::kError},
    {R"(if true then true else 1)", Outcome::kTrue},
    {R"(if false then true else 1)", Outcome::kError},
    {R"(principal is U)", Outcome::kTrue},
    {R"(principal is G)", Outcome::kFalse},
    {R"(1 is U)", Outcome::kError},
    {R"(principal is U in G::"h")", Outcome::kTrue},
    {R"(principal is G in 1)", Outcome::kFalse},
    {R"(principal is U in 1)", Outcome::kError},
    {R"(principal is U in [G::"h"])", Outcome::kTrue},
    {R"(1)", Outcome::kError},
    {R"("\u{0}" == "\0")", Outcome::kTrue},
    {R"(1 == 1 && 1)", Outcome::kError},
    {R"(U::"a" == A::U::"a")", Outcome::kFalse},
    {R"(context.a == 1)", Outcome::kError},
    {R"(context has a)", Outcome::kFalse},
    {R"(action in Action::"x")", Outcome::kTrue},
};

TEST(Evaluator, DoesWhatTheReferenceDoes) {
  for (const auto& [condition, outcome] : kCases) {
    EXPECT_EQ(outcome_of(condition), outcome) << condition;
  }
}

TEST(Evaluator, BindsOperatorsByPrecedence) {
  for (const char* condition :
       {"true || false && false", "!false && true", "1 + 2 * 3 == 7", "2 * 3 + 1 == 7",
        "10 - 3 - 2 == 5", "-1 + 1 == 0", "- 2 * 3 == -6", "1 < 2 && 2 < 3",
        "(if false then false else true) && true", "if false then false else true && true",
        "true || (1 == \"a\" && false)", "principal.n + 1 == 2", "!!true", "----1 == 1",
        "[1, 2].contains(1 + 1)", "principal has n && principal.n == 1",
        "principal in G::\"h\" && principal is U", "{a: {b: 1}}.a.b == 1"}) {
    EXPECT_EQ(outcome_of(condition), Outcome::kTrue) << condition;
  }
}

TEST(Evaluator, StopsAtTheOperandThatDecides) {
  EXPECT_EQ(outcome_of("true && false && 1"), Outcome::kFalse);
  EXPECT_EQ(outcome_of("true && 1 && false"), Outcome::kError);
  EXPECT_EQ(outcome_of("false || true || 1"), Outcome::kTrue);
  EXPECT_EQ(outcome_of("false || 1 || true"), Outcome::kError);
  EXPECT_EQ(outcome_of("if true then true else context.missing"), Outcome::kTrue);
}

TEST(Evaluator, TreatsUnlessAsNegationAndConditionsAsConjunction) {
  const Request request{{"U", "a"}, {"Action", "x"}, {"U", "b"}};
  const auto allows = [&](const std::string& conditions) {
    const auto policies =
        PolicySet::parse("permit(principal, action, resource)" + conditions + ";");
    return is_authorized(request, policies.value(), small_world());
  };
  EXPECT_TRUE(allows("").allow);
  EXPECT_TRUE(allows(" when { true } unless { false } when { true }").allow);
  EXPECT_FALSE(allows(" when { true } unless { true }").allow);
  EXPECT_FALSE(allows(" when { false } when { 1 }").allow);
  EXPECT_TRUE(allows(" when { false } when { 1 }").errors.empty());
  EXPECT_EQ(allows(" when { 1 } when { false }").errors.size(), 1u);
  EXPECT_EQ(allows(" unless { 1 }").errors.size(), 1u);
}

TEST(Evaluator, TellsWhatWentWrong) {
  const Request request{{"U", "a"}, {"Action", "x"}, {"U", "zz"}};
  const auto message = [&](const std::string& condition) {
    const auto policies =
        PolicySet::parse("permit(principal, action, resource) when { " + condition + " };");
    return is_authorized(request, policies.value(), small_world()).errors.at(0).message;
  };
  EXPECT_EQ(message("principal.q"), "`U::\"a\"` does not have the attribute `q`");
  EXPECT_EQ(message("resource.q"), "entity `U::\"zz\"` does not exist");
  EXPECT_EQ(message("context.q"), "the record does not have the attribute `q`");
  EXPECT_EQ(message("principal.getTag(\"q\")"), "`U::\"a\"` does not have the tag `q`");
  EXPECT_EQ(message("1 + true == 1"), "type error: expected long, got bool");
  EXPECT_EQ(message("9223372036854775807 + 1 == 1"),
            "`9223372036854775807 + 1` leaves the range of 64 bits");
}

}  // namespace
}  // namespace ambit::cedar
