#include <gtest/gtest.h>

#include "cedar/authorizer.h"
#include "cedar/policy.h"

namespace ambit::cedar {
namespace {

const char* const kText =
    "permit(principal == ?principal, action, resource in ?resource) when { context.a };\n"
    "forbid(principal, action, resource == F::\"f\");\n"
    "@id(\"x\") forbid(principal is U in ?principal, action, resource is F);\n";

PolicySet parsed(std::string_view text) { return PolicySet::parse(text).value(); }

TEST(Template, StandsApartFromPoliciesWithTheIdOfItsPlace) {
  const PolicySet set = parsed(kText);
  ASSERT_EQ(set.policies().size(), 1u);
  EXPECT_EQ(set.policies()[0].id, "policy1");
  EXPECT_EQ(set.policies()[0].template_id, "");
  ASSERT_EQ(set.templates().size(), 2u);
  const Template& both = set.templates()[0];
  EXPECT_EQ(both.body.id, "policy0");
  EXPECT_TRUE(both.has_principal_slot);
  EXPECT_TRUE(both.has_resource_slot);
  EXPECT_EQ(both.body.principal.kind, EntityScope::Kind::kEqual);
  EXPECT_EQ(both.body.resource.kind, EntityScope::Kind::kIn);
  const Template& one = set.templates()[1];
  EXPECT_EQ(one.body.id, "policy2");
  EXPECT_FALSE(one.has_resource_slot);
  EXPECT_EQ(one.body.principal, (EntityScope{EntityScope::Kind::kIsIn, "U", {}}));
  EXPECT_EQ(set.find_template("policy2"), &one);
  EXPECT_EQ(set.find_template("policy1"), nullptr);
  EXPECT_EQ(one.body.text,
            "@id(\"x\") forbid(principal is U in ?principal, action, resource is F);");
}

TEST(Template, IsNamedAfterItsTextLikeAPolicy) {
  const auto set = PolicySet::parse_named({{"n", kText}});
  ASSERT_TRUE(set);
  EXPECT_EQ(set->templates()[1].body.id, "n#2");
  EXPECT_EQ(set->templates()[1].body.source, "n");
  EXPECT_EQ(set->policies()[0].id, "n#1");
}

TEST(Template, SlotsMayStandInParentheses) {
  const PolicySet set = parsed("permit(principal in ((?principal)), action, resource);");
  ASSERT_EQ(set.templates().size(), 1u);
  EXPECT_TRUE(
      same_template(set.templates()[0],
                    parsed("permit(principal in ?principal, action, resource);").templates()[0]));
}

TEST(Template, PrintsAsItReads) {
  for (const char* text : {"permit (principal == ?principal, action, resource);\n",
                           "permit (principal, action, resource in ?resource);\n",
                           "forbid (principal is A::B in ?principal, action, resource == "
                           "?resource)\nwhen { context.a };\n"}) {
    const PolicySet set = parsed(text);
    ASSERT_EQ(set.templates().size(), 1u);
    EXPECT_EQ(to_cedar_text(set.templates()[0]), text);
  }
}

TEST(Template, ComparesSlotsToo) {
  const auto at = [](const char* text) { return parsed(text).templates()[0]; };
  const Template one = at("permit(principal == ?principal, action, resource == R::\"\");");
  EXPECT_TRUE(same_template(one, at("permit(principal==?principal,action,resource==R::\"\");")));
  EXPECT_FALSE(
      same_template(one, at("permit(principal in ?principal, action, resource == R::\"\");")));
  Template open = one;
  open.has_resource_slot = true;
  EXPECT_FALSE(same_template(one, open));
}

const TemplateLink kBoth{"policy0", "l0", EntityUid{"U", "a"}, EntityUid{"F", "g"}};
const TemplateLink kOne{"policy2", "l1", EntityUid{"G", "g"}, std::nullopt};

Entities world() { return Entities::make({{{"U", "a"}, Value::record(), {{"G", "g"}}}}).value(); }

Authorization asked(const PolicySet& set, std::string_view resource) {
  Request request{{"U", "a"}, {"Action", "x"}, {"F", std::string(resource)}};
  request.context = Value::record({{"a", Value::boolean(true)}});
  return is_authorized(request, set, world());
}

TEST(TemplateLink, MakesAPolicyThatDecides) {
  const PolicySet set = parsed(kText);
  EXPECT_FALSE(asked(set, "g").allow) << "a template alone decides nothing";
  const auto linked = set.linked({kBoth});
  ASSERT_TRUE(linked);
  EXPECT_TRUE(asked(*linked, "g").allow);
  EXPECT_EQ(asked(*linked, "g").determining, std::vector<std::string>{"l0"});
  EXPECT_FALSE(asked(*linked, "h").allow);
  EXPECT_EQ(asked(*linked, "f").determining, std::vector<std::string>{"policy1"});
  ASSERT_EQ(linked->policies().size(), 2u);
  const Policy& policy = linked->policies()[1];
  EXPECT_EQ(policy.template_id, "policy0");
  EXPECT_EQ(policy.principal.entity, (EntityUid{"U", "a"}));
  EXPECT_EQ(policy.conditions[0].body, set.templates()[0].body.conditions[0].body) << "shared";
  EXPECT_EQ(linked->links(), std::vector<TemplateLink>{kBoth});
  EXPECT_EQ(set.policies().size(), 1u) << "the first set stays as it was";
}

TEST(TemplateLink, ReportsTheLinkThatErrs) {
  const auto linked = parsed(kText).linked({kBoth, kOne});
  ASSERT_TRUE(linked);
  Request request{{"U", "a"}, {"Action", "x"}, {"F", "g"}};
  const Authorization answer = is_authorized(request, *linked, world());
  ASSERT_EQ(answer.errors.size(), 1u);
  EXPECT_EQ(answer.errors[0].policy->id, "l0");
  EXPECT_EQ(answer.determining, std::vector<std::string>{"l1"});
}

TEST(TemplateLink, GoesAgain) {
  const auto linked = parsed(kText).linked({kBoth, kOne});
  ASSERT_TRUE(linked);
  const auto less = linked->unlinked("l0");
  ASSERT_TRUE(less);
  EXPECT_EQ(less->links(), std::vector<TemplateLink>{kOne});
  EXPECT_EQ(less->find("l0"), nullptr);
  EXPECT_NE(less->find("l1"), nullptr);
  EXPECT_TRUE(less->linked({kBoth})) << "the id is free again";
  EXPECT_EQ(less->unlinked("l0").error().reason, "cedar.link_unknown");
  EXPECT_EQ(less->unlinked("policy1").error().reason, "cedar.link_unknown");
}

struct BadLink {
  TemplateLink link;
  const char* reason;
};

TEST(TemplateLink, IsRefusedWhenItDoesNotFit) {
  const auto set = parsed(kText).linked({kOne}).value();
  const EntityUid u{"U", "a"};
  for (const BadLink& bad :
       std::vector<BadLink>{{{"policy1", "l", u, u}, "cedar.link_template"},
                            {{"nowhere", "l", u, u}, "cedar.link_template"},
                            {{"policy0", "l", u, std::nullopt}, "cedar.link_slots"},
                            {{"policy0", "l", std::nullopt, u}, "cedar.link_slots"},
                            {{"policy2", "l", u, u}, "cedar.link_slots"},
                            {{"policy2", "policy0", u, std::nullopt}, "cedar.duplicate_id"},
                            {{"policy2", "policy1", u, std::nullopt}, "cedar.duplicate_id"},
                            {{"policy2", "l1", u, std::nullopt}, "cedar.duplicate_id"}}) {
    const auto linked = set.linked({bad.link});
    ASSERT_FALSE(linked) << bad.link.template_id << " " << bad.link.id;
    EXPECT_EQ(linked.error().reason, bad.reason) << linked.error().message;
  }
  const auto twice = set.linked({{"policy2", "l", u, {}}, {"policy2", "l", u, {}}});
  EXPECT_EQ(twice.error().reason, "cedar.duplicate_id");
}

TEST(PolicySet, IsMadeOfPartsWithIdsOfTheirOwn) {
  const PolicySet from = parsed(kText);
  const auto made = PolicySet::make({from.policies()[0]}, {from.templates()[1]}, {kOne});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->policies().size(), 2u);
  EXPECT_TRUE(made->texts().empty());
  const auto twice = PolicySet::make({from.policies()[0], from.policies()[0]});
  EXPECT_EQ(twice.error().reason, "cedar.duplicate_id");
  Template same_id = from.templates()[0];
  same_id.body.id = "policy1";
  EXPECT_EQ(PolicySet::make({from.policies()[0]}, {same_id}).error().reason, "cedar.duplicate_id");
}

}  // namespace
}  // namespace ambit::cedar
