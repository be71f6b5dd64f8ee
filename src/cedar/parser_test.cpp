#include <gtest/gtest.h>

#include "cedar/ast.h"
#include "cedar/internal/outcome_for_test.h"
#include "cedar/limits.h"
#include "cedar/policy.h"

namespace ambit::cedar {
namespace {

std::string with_condition(std::string_view condition) {
  return "permit(principal, action, resource)\nwhen { " + std::string(condition) + " };";
}

// A condition that is refused, where (the column within the condition) and with what message.
struct Refusal {
  const char* text;
  std::size_t column;
  const char* message;
};

const Refusal kConditions[] = {
    // names
    {"context.if", 9, "`if` is a reserved word"},
    {"context.__cedar", 9, "`__cedar` is a reserved word"},
    {"{in: 1}", 2, "`in` is a reserved word"},
    {"context has true", 13, "`true` is a reserved word"},
    {"context has a.like", 15, "`like` is a reserved word"},
    {"context is A::has", 15, "`has` is a reserved word"},
    {"then == 1", 1, "`then` is a reserved word"},
    {"A::else::\"a\"", 4, "`else` is a reserved word"},
    {"user == 1", 1, "`user` is not a variable"},
    {"A::B", 1, "`A::B` is not a variable"},
    // literals
    {"9223372036854775808", 1, "`9223372036854775808` does not fit in 64 bits"},
    {"-9223372036854775809", 2, "`-9223372036854775809` does not fit in 64 bits"},
    {"-(9223372036854775808)", 3, "`9223372036854775808` does not fit in 64 bits"},
    {"\"a\\qb\"", 3, "`\\q` is not an escape"},
    {"\"\\*\"", 2, "`\\*` is not an escape"},
    {"\"\\x80\"", 2, "`\\x80` is not an escape"},
    {"\"\\x4\"", 2, "`\\x4` is not an escape"},
    {"\"\\u{D800}\"", 2, "`\\u{D800}` is not an escape"},
    {"\"\\u{110000}\"", 2, "`\\u{110000}` is not an escape"},
    {"\"\\u{}\"", 2, "`\\u{}` is not an escape"},
    {"\"\\u{_1}\"", 2, "`\\u{_1}` is not an escape"},
    {"\"\\u{0000001}\"", 2, "`\\u{0000001}` is not an escape"},
    {"\"\\u41\"", 2, "`\\u` is not an escape"},
    {"\"a\rb\"", 3, "a bare carriage return"},
    {"'a'", 1, "unexpected `'`"},
    {"\"a", 1, "this string has no closing `\"`"},
    {"\"a\\\nb\"", 1, "this string has no closing `\"`"},
    {"1.5", 3, "unexpected `5`, expected an attribute name"},
    {"{a: 1, \"a\": 2}", 8, "the record already has the key `a`"},
    {"{1: 2}", 2, "unexpected `1`, expected `}` or a record key"},
    {"{,}", 2, "unexpected `,`, expected `}` or a record key"},
    {"[,]", 2, "unexpected `,`, expected `]` or an expression"},
    {"User::{id: \"a\"}", 7, "unexpected `{`, expected an id in double quotes or a name"},
    // operators
    {"1 = 1", 3, "`=` is not an operator"},
    {"1 / 2", 3, "`/` is not an operator"},
    {"1 % 2", 3, "`%` is not an operator"},
    {"1 == 1 == 1", 8, "comparisons do not chain"},
    {"1 < 2 in 3", 7, "comparisons do not chain"},
    {"context has a has b", 15, "comparisons do not chain"},
    {"context has a == true", 15, "comparisons do not chain"},
    {"principal is U in G::\"g\" in G::\"h\"", 26, "comparisons do not chain"},
    {"!!!!!true", 5, "more than four `!` in a row"},
    {"-----1", 5, "more than four `-` in a row"},
    {"!-1", 2, "unexpected `-`, expected an expression"},
    {"true & false", 6, "unexpected `&`, expected `.`, `[`, an operator or `}`"},
    {"true and false", 6, "unexpected `and`"},
    {"1 + if true then 1 else 2", 5, "unexpected `if`, expected an expression"},
    {"if true else 1", 9, "unexpected `else`, expected `.`, `[`, an operator or `then`"},
    {"context like a", 14, "unexpected `a`, expected a pattern in double quotes"},
    {"context like (\"a\")", 14, "unexpected `(`, expected a pattern in double quotes"},
    {"context has (a)", 13, "unexpected `(`, expected an attribute name, plain or as a string"},
    {"context has \"a\".b", 16, "unexpected `.`"},
    {"context is \"User\"", 12, "unexpected `\"User\"`, expected an entity type"},
    {"context is User::\"a\"", 12, "`is` takes an entity type, not one entity"},
    // calls and attributes
    {"foo(1)", 1, "`foo` is not a function"},
    {"unknown(\"a\")", 1, "`unknown` is not a function"},
    {"A::ip(\"x\")", 1, "`A::ip` is not a function"},
    {"isIpv4(context)", 1, "`isIpv4` is a method, not a function"},
    {"contains(context, 1)", 1, "`contains` is a method, not a function"},
    {"context.ip(\"a\")", 9, "`ip` is a function, not a method"},
    {"context.foo()", 9, "`foo` is not a method"},
    {"context.contains()", 9, "the number of arguments of `contains` is 1, not 0"},
    {"context.isEmpty(1)", 9, "the number of arguments of `isEmpty` is 0, not 1"},
    {"context.getTag(\"a\", 1)", 9, "the number of arguments of `getTag` is 1, not 2"},
    {"context[\"a\"](1)", 13, "this cannot be called"},
    {"1(2)", 2, "this cannot be called"},
    {"context[a]", 9, "unexpected `a`, expected an attribute name as a string"},
    {"[1][0]", 5, "unexpected `0`, expected an attribute name as a string"},
    {"principal.a::b", 12, "unexpected `::`"},
    // slots
    {"?principal == principal", 1, "the slot `?principal` cannot stand here"},
    {"principal in ?resource", 14, "the slot `?resource` cannot stand here"},
    // other characters
    {"true && λ", 9, "unexpected `λ`, expected an expression"},
    {"\"é\" == #", 8, "unexpected `#`, expected an expression"},
};

TEST(Parser, HintsAtWhatPeopleMean) {
  const auto hint = [](const std::string& text) { return parse_policies(text).error().hint; };
  EXPECT_EQ(hint("Permit(principal, action, resource);"), "the effects are `permit` and `forbid`");
  EXPECT_EQ(hint("deny(principal, action, resource);"), "the effects are `permit` and `forbid`");
  EXPECT_EQ(hint("/* x */ permit(principal, action, resource);"),
            "a comment begins with `//` and ends with its line");
  EXPECT_EQ(hint("# x\npermit(principal, action, resource);"),
            "a comment begins with `//` and ends with its line");
  EXPECT_EQ(hint("\xEF\xBB\xBFpermit(principal, action, resource);"),
            "this is a byte order mark, which the file must not have");
  EXPECT_EQ(hint(with_condition("context.n > 500.0")),
            "a number with a fraction is written `decimal(\"0.5\")`");
  EXPECT_EQ(hint(with_condition("context.s.startsWith(\"a\")")),
            "`like` looks into a string: `a like \"begin*\"`");
  EXPECT_EQ(hint(with_condition("context.s.size() > 3")),
            "how long a string or a set is cannot be asked; `isEmpty` tests for an empty set");
  EXPECT_TRUE(hint(with_condition("context.s.foo()")).starts_with("the methods are `contains`"));
}

TEST(Parser, RefusesConditionsAtTheirPlace) {
  for (const Refusal& refusal : kConditions) {
    const auto result = parse_policies(with_condition(refusal.text));
    ASSERT_FALSE(result) << refusal.text;
    const Diagnostic& error = result.error();
    EXPECT_EQ(error.line, 2u) << refusal.text;
    EXPECT_EQ(error.column, refusal.column + 7) << refusal.text << ": " << error.summary();
    EXPECT_NE(error.summary().find(": " + std::string(refusal.message)), std::string::npos)
        << refusal.text << ": " << error.summary();
  }
}

const Refusal kPolicies[] = {
    {"permit(principal, action, resource)", 36, "unexpected end of the text, expected `when`"},
    {"permit principal;", 8, "unexpected `principal`, expected `(`"},
    {"allow(principal, action, resource);", 1,
     "unexpected `allow`, expected `@`, `permit` or `forbid`"},
    {";", 1, "unexpected `;`"},
    {"permit();", 8, "unexpected `)`, expected `principal`"},
    {"permit(principal);", 17, "the head of this policy lacks `action`"},
    {"permit(principal, action);", 25, "the head of this policy lacks `resource`"},
    {"permit(principal, resource, action);", 19, "found `resource` where `action` must stand"},
    {"permit(x, action, resource);", 8, "found `x` where `principal` must stand"},
    {"permit(principal, action, resource, context);", 37, "`context` is one element too many"},
    {"permit(principal: User, action, resource);", 17, "`:` cannot give a type here"},
    {"permit(principal = U::\"a\", action, resource);", 18, "`=` cannot stand in the head"},
    {"permit(principal != U::\"a\", action, resource);", 18, "`!=` cannot stand in the head"},
    {"permit(principal.a, action, resource);", 17, "an attribute of `principal` cannot stand"},
    {"permit(principal has a, action, resource);", 18,
     "unexpected `has`, expected `==`, `in`, `is` or `,`"},
    {"permit(principal == 1, action, resource);", 21, "unexpected `1`, expected an entity"},
    {"permit(principal == context.a, action, resource);", 21, "`context` is not an entity"},
    {"permit(principal in [G::\"g\"], action, resource);", 21, "only one entity can stand here"},
    {"permit(principal == U::\"a\" && true, action, resource);", 28,
     "unexpected `&&`, expected `,`"},
    {"permit(principal is \"U\", action, resource);", 21,
     "unexpected `\"U\"`, expected an entity type"},
    {"permit(principal is U == U::\"a\", action, resource);", 23,
     "`is` cannot stand together with `==`"},
    {"permit(principal == ?resource, action, resource);", 21,
     "the slot `?resource` cannot stand here (the slot of `principal` is `?principal`)"},
    {"permit(principal, action, resource in ?principal);", 39,
     "the slot `?principal` cannot stand here"},
    {"permit(principal is U in ?x, action, resource);", 26, "the slot `?x` cannot stand here"},
    {"permit(principal in [?principal], action, resource);", 21, "only one entity can stand here"},
    {"permit(principal is ?principal, action, resource);", 21, "unexpected `?principal`"},
    {"permit(principal, action == ?action, resource);", 29, "the slot `?action` cannot stand here"},
    {"permit(principal, action in [?principal], resource);", 30,
     "the slot `?principal` cannot stand here"},
    {"permit(principal, action == U::\"a\", resource);", 29, "`U::\"a\"` is not an action"},
    {"permit(principal, action in [Action::\"a\", U::\"b\"], resource);", 43,
     "`U::\"b\"` is not an action"},
    {"permit(principal, action == Action::U::\"a\", resource);", 29, "is not an action"},
    {"permit(principal, action is Action, resource);", 26, "`is` cannot stand with `action`"},
    {"permit(principal, action, resource) when {};", 43, "this `when` clause is empty"},
    {"permit(principal, action, resource) where { true };", 37,
     "unexpected `where`, expected `when` or `unless`"},
    {"permit(principal, action, resource) when true;", 42, "unexpected `true`, expected `{`"},
    {"@a(\"1\") @a(\"2\") permit(principal, action, resource);", 10,
     "the policy already has the annotation `@a`"},
    {"@a(1) permit(principal, action, resource);", 4, "unexpected `1`, expected a string"},
    {"@\"a\" permit(principal, action, resource);", 2, "expected an annotation's name"},
    {"@a(\"\\q\") permit(principal, action, resource);", 5, "`\\q` is not an escape"},
};

TEST(Parser, RefusesPoliciesAtTheirPlace) {
  for (const Refusal& refusal : kPolicies) {
    const auto result = parse_policies(refusal.text);
    ASSERT_FALSE(result) << refusal.text;
    EXPECT_EQ(result.error().column, refusal.column)
        << refusal.text << ": " << result.error().summary();
    EXPECT_NE(result.error().summary().find(refusal.message), std::string::npos)
        << refusal.text << ": " << result.error().summary();
  }
}

TEST(Parser, DiagnosticShowsLinePlaceAndWayOut) {
  const auto result =
      parse_policies("// é\npermit(principal, action, resource)\n  when { \"é\" = 1 };\n");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().pretty(),
            "line 3, column 14: `=` is not an operator (equality is `==`)\n"
            " 3 |   when { \"é\" = 1 };\n"
            "   |              ^\n");
  EXPECT_EQ(result.error().span, (SourceSpan{56, 1}));
  EXPECT_EQ(result.error().line_text, "  when { \"é\" = 1 };");
  const auto plain = PolicySet::parse("permit(principal");
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error().code, Code::kInvalid);
  EXPECT_EQ(plain.error().reason, "cedar.syntax");
}

std::string repeat(std::string_view part, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += part;
  return out;
}

std::vector<std::string> places(std::string_view text) {
  std::vector<std::string> out;
  for (const Diagnostic& error : syntax_errors(text)) {
    out.push_back(std::to_string(error.line) + ":" + std::to_string(error.column) + " " +
                  error.message);
  }
  return out;
}

TEST(Parser, FindsTheErrorOfEachPolicy) {
  using Places = std::vector<std::string>;
  EXPECT_EQ(places("permit(principal, action, resource) when { ; };\n"
                   "permit(principal, action, resource);\n"
                   "permit(principal, resource);\n"
                   "@id(7) forbid(principal, action, resource) when { \"a;b\" = 1 };\n"
                   "forbid(principal, action == U::\"a\", resource);\n"
                   "allow(principal, action, resource);\n"),
            (Places{"1:44 unexpected `;`", "3:19 found `resource` where `action` must stand",
                    "4:5 unexpected `7`", "4:57 `=` is not an operator",
                    "5:29 `U::\"a\"` is not an action", "6:1 unexpected `allow`"}));
  // The head of the next policy shows that a `;` is missing.
  EXPECT_EQ(places("permit(principal, action, resource)\nforbid(principal, action, resource) "
                   "when { context.permit (1) }\n@a permit(principal)"),
            (Places{"2:1 unexpected `forbid`", "2:52 `permit` is not a method",
                    "3:20 the head of this policy lacks `action`"}));
  // Behind a lone quote all would be guessing.
  EXPECT_EQ(places("permit(principal, action == Action::\"a, resource);\npermit();").size(), 1u);
  EXPECT_TRUE(syntax_errors("permit(principal, action, resource); // ;").empty());
}

TEST(Parser, FindsNoMoreErrorsThanAnybodyReads) {
  EXPECT_EQ(syntax_errors(repeat("permit();\n", 10'000)).size(), kMaxSyntaxErrors);
  EXPECT_EQ(places(std::string(kMaxPolicyTextBytes + 1, 'x')).size(), 1u);
  EXPECT_EQ(places("\xff"), std::vector<std::string>{"1:1 this is not UTF-8"});
}

TEST(Parser, ReadsEveryForm) {
  EXPECT_TRUE(PolicySet::parse("permit(principal, action in ([Action::\"a\"]), resource);"));
  for (const char* text :
       {"", "// nothing", "permit(principal, action, resource);",
        "@id(\"a\") @if @in(\"\") permit(principal, action, resource,);",
        "forbid(principal is A::U in (G::\"g\"), action in [Action::\"a\", N::Action::\"b\",], "
        "resource is F);",
        "permit(principal, action in [], resource) when { true } unless { false } when { true };",
        "permit(principal,action,resource)\u00a0\u2028//x\r;"}) {
    EXPECT_TRUE(PolicySet::parse(text)) << text;
  }
  for (const char* condition :
       {"context.permit", "context[\"if\"]", "{permit: 1, \"if\": 2,}.permit == 1", "007 == 7",
        "- - 1 == 1", "-9223372036854775808 < 0", "--9223372036854775807 > 0",
        "principal::\"a\" == 1", "ip(\"1\", \"2\").isIpv4()", "ip(\"1\",).isIpv4(1)",
        "context has a.b.c", "context has \"a b\"", "context is A::principal in [U::\"a\"]",
        "\"a\nb\" == \"\\u{4_1}\\x7f\\0\\'\"", "context like \"\\*\\\\*\\u{1F600}\"",
        "[if true then 1 else 2, ] == []"}) {
    EXPECT_TRUE(PolicySet::parse(with_condition(condition))) << condition;
  }
}

TEST(Parser, RefusesTextThatIsNotUtf8) {
  for (const char* text :
       {"\xff", "// \xc0\xaf", "@a(\"\xed\xa0\x80\")", "\xf5\x80\x80\x80", "\xe2\x82"}) {
    const auto result = parse_policies(text);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message, "this is not UTF-8");
  }
}

TEST(Parser, RefusesNestingBeyondItsLimitInEveryForm) {
  for (const std::size_t times : {std::size_t{300}, std::size_t{50'000}}) {
    const std::string deep[] = {
        repeat("(", times) + "true" + repeat(")", times),
        repeat("[", times) + repeat("]", times),
        repeat("{a: ", times) + "1" + repeat("}", times),
        repeat("if true then true else ", times) + "true",
        repeat("ip(", times) + "1" + repeat(")", times),
        repeat("context.contains(", times) + "1" + repeat(")", times),
        "context" + repeat(".a", times),
        "context" + repeat("[\"a\"]", times),
        "1" + repeat(" + 1", times),
        "1" + repeat(" * 1", times),
        repeat("!(", times) + "true" + repeat(")", times),
        repeat("principal in (", times) + "principal" + repeat(")", times),
        "context.contains(1)" + repeat(".contains(1)", times),
    };
    for (const std::string& condition : deep) {
      const auto result = parse_policies(with_condition(condition));
      ASSERT_FALSE(result) << condition.substr(0, 40);
      EXPECT_EQ(result.error().message, "this expression is nested more than 200 levels deep");
    }
  }
}

TEST(Parser, TakesNestingUpToItsLimitAndLongChains) {
  EXPECT_EQ(outcome_of(repeat("(", kMaxExpressionDepth - 1) + "true" +
                       repeat(")", kMaxExpressionDepth - 1)),
            Outcome::kTrue);
  EXPECT_EQ(outcome_of("1" + repeat(" + 1", kMaxExpressionDepth - 2) + " == 199"), Outcome::kTrue);
  EXPECT_EQ(outcome_of("true" + repeat(" && true", 50'000)), Outcome::kTrue);
  EXPECT_EQ(outcome_of("false" + repeat(" || false", 50'000)), Outcome::kFalse);
}

TEST(Parser, RefusesATextBeyondItsLimit) {
  const auto result = parse_policies(std::string(kMaxPolicyTextBytes + 1, ' '));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "this policy text is longer than 16777216 bytes");
}

}  // namespace
}  // namespace ambit::cedar
