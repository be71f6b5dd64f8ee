#include "domain/tier_table.h"

#include <gtest/gtest.h>

namespace ambit::domain {
namespace {

using text::Json;

Result<TierTable> read(std::string_view text) {
  const Json json = text::parse_json(text).value();
  Fields fields(json, "set");
  auto out = take_tier_table(fields);
  if (auto done = fields.finish(); !done) return fail(done.error());
  return out;
}

TEST(TierTable, ByDefaultTheHighTierNeedsOneApprover) {
  const TierTable table = read("{}").value();
  EXPECT_EQ(table, TierTable());
  EXPECT_EQ(table[Tier::kHigh].approval, (std::vector<Need>{{"approver", 1}}));
  EXPECT_EQ(table[Tier::kLow], TierControls());
  EXPECT_EQ(table[Tier::kElevated], TierControls());
}

TEST(TierTable, WhatIsWrittenReadsBackTheSame) {
  for (const auto* text :
       {"{}", R"({"high_tier_needs": [{"approvers": "security", "quorum": 2}]})",
        R"({"tiers": {"low": {"max_tools": 40}, "elevated": {"credential_lifetime": "90s",
            "approval": [{"approvers": "approver", "quorum": 1}]}}})",
        R"({"tiers": {"high": {"approval": [{"approvers": "bob", "quorum": 1}], "max_tools": 1,
            "credential_lifetime": "30500ms"}}})"}) {
    const TierTable table = read(text).value();
    Json written = Json::object();
    set_tier_table(written, table);
    EXPECT_EQ(read(text::to_json(written)).value(), table) << text;
  }
}

TEST(TierTable, WithoutMoreToSayItIsWrittenAsTheNeedsOfTheHighTier) {
  Json written = Json::object();
  set_tier_table(written, TierTable());
  EXPECT_EQ(text::to_json(written), R"({"high_tier_needs":[{"approvers":"approver","quorum":1}]})");
}

TEST(TierTable, SaysWhatIsWrongAndWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"tiers": []})", "`set.tiers` must be an object"},
      {R"({"tiers": {"medium": {}}})", "`set.tiers` has no member `medium`"},
      {R"({"tiers": {"low": {"max_tools": -1}}})",
       "`set.tiers.low.max_tools` must not be negative"},
      {R"({"tiers": {"low": {"lifetime": "5m"}}})", "`set.tiers.low` has no member `lifetime`"},
      {R"({"tiers": {"low": {"credential_lifetime": "soon"}}})", "`soon` is not a duration"},
      {R"({"tiers": {"low": {"credential_lifetime": "29s"}}})", "must be at least `30s`"},
      {R"({"tiers": {"low": {"approval": [{"approvers": "a", "quorum": 0}]}}})",
       "`set.tiers.low.approval.quorum` must be at least 1"},
      {R"({"tiers": {"low": {"approval": [{"approvers": "", "quorum": 1}]}}})",
       "must name a role or a human"},
      {R"({"high_tier_needs": [{"approvers": "a", "quorum": 1}],
           "tiers": {"high": {"approval": [{"approvers": "b", "quorum": 1}]}}})",
       "`set.tiers.high.approval` is said twice"},
  };
  for (const auto& [text, message] : cases) {
    const auto table = read(text);
    ASSERT_FALSE(table.has_value()) << text;
    EXPECT_NE(table.error().message.find(message), std::string::npos) << table.error().message;
  }
}

}  // namespace
}  // namespace ambit::domain
