#include "cedar/format.h"

#include <gtest/gtest.h>

#include "cedar/limits.h"
#include "cedar/policy.h"

namespace ambit::cedar {
namespace {

struct Layout {
  const char* text;
  const char* formatted;
  FormatOptions options = {};
};

// Labelled by the Rust implementation's formatter.
const Layout kLayouts[] = {
    {"permit(principal,action,resource);", "permit (principal, action, resource);\n"},
    {"", "\n"},
    {"// nothing here\n\n  // but this\n", "\n// nothing here\n// but this\n"},
    {R"(@id("x")@bare @why("y z")
forbid(principal is A::B in ?principal,action in[Action::"a",Action::"b"],resource==F::"f")when{context.a}unless{context has b.c||principal in resource.owners};)",
     R"(@id("x")
@bare
@why("y z")
forbid (
  principal is A::B in ?principal,
  action in [Action::"a", Action::"b"],
  resource == F::"f"
)
when { context.a }
unless { context has b.c || principal in resource.owners };
)"},
    {R"(permit(principal,action,resource)when{context.the_first_long_attribute == "some text" && context.the_second_long_attribute > 100 || !(resource.owner == principal)};)",
     R"(permit (principal, action, resource)
when
{
  context.the_first_long_attribute == "some text" &&
  context.the_second_long_attribute > 100 ||
  !(resource.owner == principal)
};
)"},
    {R"(permit(principal,action,resource)when{if context.a then {n:1,"a b":[1,2,3]} == context.r else ip("10.0.0.1").isInRange(ip("10.0.0.0/8"))};)",
     R"(permit (principal, action, resource)
when
{
  if
    context.a
  then
    { n: 1, "a b": [1, 2, 3] } == context.r
  else
    ip("10.0.0.1").isInRange(ip("10.0.0.0/8"))
};
)"},
    {R"(// about this policy
permit ( // opens
  principal, // who
  // before the action
  action,
  resource // what
) // closes
when { // begins
  // first
  true && // and
  // second
  false // last
}; // done
// the end
)",
     R"(// about this policy
permit
( // opens
principal, // who
  // before the action
  action, resource // what
) // closes
when
{ // begins
  // first
  true && // and
  // second
  false // last
}; // done
// the end
)"},
    {"permit(principal,action,resource)when{\"a\n\n  b\" == \"c\" && 007 == 7};",
     "permit (principal, action, resource)\nwhen { \"a\n\n  b\" == \"c\" && 7 == 7 };\n"},
    {"permit(principal,action,resource);permit(principal,action,resource);",
     "permit\n(principal, action, resource);\n\npermit\n(principal, action, resource);\n",
     {20, 4}},
    {"permit(principal,action,resource)when{context.a.contains(principal.department)};",
     R"(permit
(principal, action, resource)
when
{
    context.a
        .contains
        (
            principal.department
        )
};
)",
     {20, 4}},
};

TEST(Format, LaysOutAsTheRustImplementationDoes) {
  for (const Layout& each : kLayouts) {
    const auto out = format_policies(each.text, each.options);
    ASSERT_TRUE(out) << each.text << "\n" << out.error().message;
    EXPECT_EQ(*out, each.formatted);
    EXPECT_EQ(format_policies(*out, each.options).value(), *out) << "not twice the same";
  }
}

TEST(Format, KeepsTheCommentsOfACommaItDrops) {
  EXPECT_EQ(format_policies("permit(principal,action,resource,// a\n)when{[1,2, // b\n // c\n]\n"
                            ".contains(1, // d\n)};")
                .value(),
            R"(permit (principal, action, resource) // a
when
{
  [1,
   2
  // b
  // c
  ].contains
    (
      1
    ) // d
};
)");
  EXPECT_EQ(format_policies("permit(principal,action,resource,// a\n)// b\n;").value(),
            "permit (principal, action, resource\n// a\n) // b\n;\n");
}

TEST(Format, LeavesACommentOnItsOwnLine) {
  const std::string text =
      "permit (principal, action, resource)\nwhen\n{\n  \"a\" \n  // b\n  == "
      "\"a\"\n};\n";
  EXPECT_EQ(format_policies(text).value(), text);
}

TEST(Format, TakesAnyIndent) {
  EXPECT_EQ(
      format_policies("permit(principal in G::\"g\",action,resource)when{1 // a\n==1};", {80, 0})
          .value(),
      "permit (\nprincipal in G::\"g\",\naction,\nresource\n)\nwhen\n{\n1 // a\n == 1\n};\n");
  EXPECT_EQ(format_policies("permit(principal,action,resource);", {80, 81}).error().reason,
            "cedar.format_limit");
}

TEST(Format, RefusesWhatDoesNotParse) {
  EXPECT_EQ(format_policies("permit(principal, action);").error().reason, "cedar.syntax");
}

TEST(Format, RefusesWhatIsTooLargeOrDeep) {
  const std::string long_policy = "permit(principal,action,resource)when{[" +
                                  std::string(2 * kMaxFormattedPolicyBytes, ' ') + "].isEmpty()};";
  EXPECT_EQ(format_policies(long_policy).error().reason, "cedar.format_limit");
  std::string grows = "permit(principal,action,resource)when{[1";
  while (grows.size() < kMaxFormattedPolicyBytes / 4) grows += ",1";
  EXPECT_EQ(format_policies(grows + "].isEmpty()};", {1, 80}).error().reason, "cedar.format_limit");
  const std::string open(100'000, '(');
  const std::string close(100'000, ')');
  EXPECT_EQ(format_policies("permit(principal==" + open + "U::\"a\"" + close + ",action,resource);")
                .error()
                .reason,
            "cedar.format_limit");
}

}  // namespace
}  // namespace ambit::cedar
