#include <gtest/gtest.h>
#include <random>

#include "cedar/ast.h"
#include "cedar/internal/functions.h"
#include "cedar/policy.h"

namespace ambit::cedar {
namespace {

// Makes random trees, of any types: the printer does not care.
class TreeMaker {
 public:
  explicit TreeMaker(unsigned seed) : random_(seed) {}

  ExprPtr make(int depth) {
    const int choice = depth == 0 ? below(2) : below(15);
    switch (choice) {
      case 0: return node(Literal{literal()});
      case 1: return node(VariableRef{static_cast<Variable>(below(4))});
      case 2: return node(IfThenElse{make(depth - 1), make(depth - 1), make(depth - 1)});
      case 3: return node(AllOf{several(depth, 2)});
      case 4: return node(AnyOf{several(depth, 2)});
      case 5: return node(Not{make(depth - 1)});
      case 6: return node(Negate{make(depth - 1)});
      case 7:
      case 8:
        return node(Binary{static_cast<BinaryOp>(below(10)), make(depth - 1), make(depth - 1)});
      case 9: return has(depth);
      case 10: return node(GetAttribute{make(depth - 1), name()});
      case 11: return node(Like{make(depth - 1), pattern()});
      case 12: return node(Is{make(depth - 1), "A::B", below(2) == 0 ? nullptr : make(depth - 1)});
      case 13: return below(2) == 0 ? node(SetLiteral{several(depth, 0)}) : record(depth);
      default: return call(depth);
    }
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  static ExprPtr node(Expr::Node node) {
    return std::make_shared<const Expr>(Expr{std::move(node), {}, 1});
  }

  std::vector<ExprPtr> several(int depth, int least) {
    std::vector<ExprPtr> out;
    for (int i = least + below(3); i > 0; --i) out.push_back(make(depth - 1));
    return out;
  }

  std::string name() {
    static const char* const kNames[] = {"a", "permit", "if", "", "a b", "__cedar", "é\"\\", "has"};
    return kNames[below(8)];
  }

  Value literal() {
    switch (below(5)) {
      case 0: return Value::boolean(below(2) == 0);
      case 1: return Value::integer(below(7) - 3);
      case 2: return Value::integer(below(2) == 0 ? INT64_MIN : INT64_MAX);
      case 3: return Value::string(name());
      default: return Value::entity({"A::B", name()});
    }
  }

  Pattern pattern() {
    Pattern out{{name()}};
    for (int i = below(3); i > 0; --i) out.pieces.push_back(below(2) == 0 ? "*" : name());
    return out;
  }

  ExprPtr has(int depth) {
    if (below(2) == 0) return node(Has{make(depth - 1), {name()}});
    return node(Has{make(depth - 1), {"a", "permit", "c"}});
  }

  ExprPtr record(int depth) {
    RecordLiteral out;
    for (const char* key : {"a", "if", "b c"}) {
      if (below(2) == 0) out.fields.emplace_back(key, make(depth - 1));
    }
    return node(std::move(out));
  }

  ExprPtr call(int depth) {
    const FunctionInfo& info = info_of(static_cast<Function>(below(28)));
    Call out{info.function, {}, std::nullopt};
    std::size_t count = info.arity;
    if (info.is_extension && below(4) == 0) count += 1;  // wrong, but only when it is called
    while (out.arguments.size() < count) out.arguments.push_back(make(depth - 1));
    return node(std::move(out));
  }

  std::mt19937 random_;
};

TEST(Printer, TextReadsBackAsTheSameTree) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    const ExprPtr tree = TreeMaker(seed).make(4);
    const std::string text =
        "permit(principal, action, resource) when { " + to_cedar_text(*tree) + " };";
    const auto policies = PolicySet::parse(text);
    ASSERT_TRUE(policies) << text << "\n" << policies.error().message;
    EXPECT_TRUE(same_tree(policies->policies()[0].conditions[0].body, tree)) << text;
  }
}

std::string reprinted(const std::string& condition) {
  const auto policies =
      PolicySet::parse("permit(principal, action, resource) when { " + condition + " };");
  return to_cedar_text(*policies.value().policies()[0].conditions[0].body);
}

TEST(Printer, WritesParenthesesOnlyWhereTheyAreNeeded) {
  for (const char* text : {"context.a && context.b || !context.c",
                           "(true || false) && true",
                           "1 + 2 * 3 - 4",
                           "(1 + 2) * 3",
                           "1 - (2 - 3)",
                           "(1 == 2) == true",
                           "-(1)",
                           "-1",
                           "-(-1)",
                           "!(!true)",
                           "(if true then 1 else 2) + 1",
                           "if true then 1 else if false then 2 else 3",
                           "principal is A::U in G::\"g\"",
                           "context has a.b",
                           "context has \"if\"",
                           "context[\"if\"].a",
                           "{a: 1, \"b c\": [1, {}]}",
                           "ip(\"::1\").isInRange(ip(\"::/0\"))",
                           "(1 < 2) has a",
                           "\"a\\n\\u{202e}é\" like \"\\**\\u{7}\"",
                           "(-1).a",
                           "true && (true && true)"}) {
    EXPECT_EQ(reprinted(text), text);
  }
  EXPECT_EQ(reprinted("((context . a)) && (( (1) ) == (2))"), "context.a && 1 == 2");
}

TEST(Printer, WritesWholePolicies) {
  const char* const kText =
      "@a(\"\\\"\")\n@id(\"x\")\n"
      "forbid (principal is A::U in G::\"g\", action in [Action::\"a\", Action::\"b\"], resource "
      "== F::\"f\")\n"
      "when { context.a }\n"
      "unless { context.b };\n";
  const auto policies = PolicySet::parse(kText);
  ASSERT_TRUE(policies);
  EXPECT_EQ(to_cedar_text(policies->policies()[0]), kText);
}

TEST(Printer, SamePolicyComparesWhatIsSaidAndNotWhere) {
  const auto at = [](const char* text) { return PolicySet::parse(text).value().policies()[0]; };
  const Policy policy = at("@a permit(principal, action, resource) when { context.a == 1 };");
  EXPECT_TRUE(
      same_policy(policy, at("\n@a(\"\") permit(principal,action,resource)when{(context).a==1};")));
  for (const char* other :
       {"permit(principal, action, resource) when { context.a == 1 };",
        "@a forbid(principal, action, resource) when { context.a == 1 };",
        "@a permit(principal is U, action, resource) when { context.a == 1 };",
        "@a permit(principal, action in [], resource) when { context.a == 1 };",
        "@a permit(principal, action, resource is U) when { context.a == 1 };",
        "@a permit(principal, action, resource) unless { context.a == 1 };",
        "@a permit(principal, action, resource) when { context.a == 2 };",
        "@a permit(principal, action, resource) when { context.b == 1 };",
        "@a permit(principal, action, resource) when { context.a == 1 } when { true };"}) {
    EXPECT_FALSE(same_policy(policy, at(other))) << other;
  }
}

}  // namespace
}  // namespace ambit::cedar
