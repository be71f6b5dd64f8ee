#include "domain/tool.h"

#include <gtest/gtest.h>

namespace ambit::domain {
namespace {

text::Json json(std::string_view text) { return text::parse_json(text).value(); }

Binding binding(std::string_view absent) {
  return binding_from_json(
             json(R"({"class":"write","outcome":"create","data_domain":"d",
             "no_targets":true,"probe":{"tool":"stat","arguments":{},"absent":)" +
                  std::string(absent) + R"(,"present":{"class":"write","outcome":"overwrite"}}})"),
             "binding")
      .value();
}

TEST(Probe, ABindingMaySayWhatAbsentLooksLike) {
  const Probe probe = *binding(R"(["Parent directory does not exist", "404"])").probe;
  EXPECT_TRUE(says_absent(probe, "404"));
  EXPECT_TRUE(says_absent(probe, "404 Not Found"));
  EXPECT_TRUE(says_absent(probe, "Parent directory does not exist: /a/b"));
  EXPECT_FALSE(says_absent(probe, "403 for /404"));
  EXPECT_FALSE(says_absent(probe, ""));
  EXPECT_FALSE(says_absent(probe, "ENOENT: no such file")) << "its own words replace the default";
}

TEST(Probe, WhatABindingSaysOfItIsKept) {
  const Binding read = binding(R"(["404"])");
  const Binding again = binding_from_json(to_json(read), "binding").value();
  EXPECT_EQ(to_json(again), to_json(read));
  EXPECT_EQ(again.probe->absent, std::vector<std::string>{"404"});
}

TEST(Probe, AnEmptyWordForAbsentIsRefused) {
  auto spec = to_json(binding("[]"));
  spec.find("probe")->set("absent", json(R"(["404", ""])"));
  EXPECT_FALSE(binding_from_json(spec, "binding").has_value());
}

TEST(Probe, WhatIsUnknownMattersAsMuchAsTheWorseOfBoth) {
  const Tool tool;
  const Effect create{"create", ActionClass::kWrite};
  const Effect overwrite{"overwrite", ActionClass::kWrite};
  const Effect spend{"spend", ActionClass::kSpend};
  EXPECT_EQ(effect_on_unknown(tool, create, overwrite).outcome, "overwrite");
  EXPECT_EQ(effect_on_unknown(tool, spend, overwrite).outcome, "spend");
  EXPECT_EQ(effect_on_unknown(tool, create, spend).outcome, "spend");
}

}  // namespace
}  // namespace ambit::domain
