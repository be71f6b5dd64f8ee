#include <gtest/gtest.h>

#include "service/service_fixture.h"

namespace ambit::service {
namespace {

using text::Json;

class LiveSchemaTest : public ::testing::Test {
 protected:
  LiveSchemaTest() { f.set_up(); }

  Json check_set(const Json& set) {
    return Fixture::must(
        f.ask([&](Answer done) { f.service->policies().check(f.admin, set, done); }));
  }
  Json check(const std::string& text) {
    return check_set(Json::object({{"policies", Json::object({{"main", text}})}}));
  }

  // The first finding of a text.
  Json first(const std::string& text) {
    const Json answer = check(text);
    const auto& findings = answer.find("findings")->as_array();
    return findings.empty() ? Json() : findings.front();
  }

  Fixture f;
};

TEST_F(LiveSchemaTest, AMisspeltArgumentIsNotPublished) {
  const std::string text =
      "permit(principal, action == Ambit::Action::\"files___write\", resource)\n"
      "when { context.input.contnt like \"x*\" };";
  const auto refused = f.put_policies(text);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "policy.refused");
  EXPECT_TRUE(refused.error().message.starts_with("main:2:")) << refused.error().message;
  EXPECT_NE(refused.error().message.find("did you mean `content`?"), std::string::npos)
      << refused.error().message;
  const Json finding = first(text);
  EXPECT_EQ(finding.string_or("code", ""), "cedar.validation.attribute_not_found");
  EXPECT_EQ(finding.string_or("severity", ""), "error");
  EXPECT_EQ(finding.find("line")->as_int(), 2);
  EXPECT_EQ(finding.find("length")->as_int(), 20) << "`context.input.contnt`";
  EXPECT_EQ(finding.find("request")->string_or("action", ""), "Ambit::Action::\"files___write\"");
}

TEST_F(LiveSchemaTest, AToolThatIsNotApprovedDoesNotExist) {
  EXPECT_EQ(first("permit(principal, action == Ambit::Action::\"files___raed\", resource);")
                .string_or("hint", ""),
            "did you mean `Ambit::Action::\"files___read\"`?");
  f.upstream.listing.tools.push_back(tool_entry("later", {"path"}));
  Fixture::must(f.ask([&](Answer done) {
    f.service->registry().import_server(f.admin, f.server_spec(), Json::object(), done);
  }));
  const char* later = "permit(principal, action == Ambit::Action::\"files___later\", resource);";
  EXPECT_EQ(first(later).string_or("code", ""), "cedar.validation.unknown_action");
  const Json schema = Fixture::must(f.service->policies().schema(f.admin));
  EXPECT_NE(schema.string_or("schema", "").find("action \"files___read\""), std::string_view::npos);
  EXPECT_EQ(schema.string_or("schema", "").find("files___later"), std::string_view::npos);
}

TEST_F(LiveSchemaTest, EveryTextIsLookedAt) {
  const Json texts = Json::object(
      {{"a", "permit(principal, action"},
       {"b", "permit(principal, action, resource) when { context.input.path == 1 };"}});
  const Json answer = check_set(Json::object({{"policies", texts}}));
  EXPECT_FALSE(answer.find("ok")->as_bool());
  const auto& findings = answer.find("findings")->as_array();
  ASSERT_GE(findings.size(), 2u);
  EXPECT_EQ(findings[0].string_or("name", ""), "a");
  EXPECT_EQ(findings[0].string_or("code", ""), "cedar.syntax");
  EXPECT_EQ(findings[1].string_or("name", ""), "b");
}

TEST_F(LiveSchemaTest, APolicyForAClassWithoutToolsIsOnlyWarnedOf) {
  const Json answer = check("permit(principal, action in Ambit::Action::\"delegate\", resource);");
  EXPECT_TRUE(answer.find("ok")->as_bool());
  EXPECT_EQ(answer.find("findings")->as_array().front().string_or("severity", ""), "warning");
}

}  // namespace
}  // namespace ambit::service
