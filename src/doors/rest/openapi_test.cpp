#include <gtest/gtest.h>
#include <set>
#include <string>

#include "doors/rest/internal/route.h"
#include "tests/fakes/served.h"

namespace ambit::doors::rest {
namespace {

text::Json document() {
  return fakes::json(make_openapi(all_routes(), {"http://127.0.0.1:7700", "0.1.0"}));
}

std::set<std::string> documented() {
  std::set<std::string> out;
  const text::Json json = document();
  for (const auto& [path, operations] : json.find("paths")->as_object()) {
    for (const auto& [method, operation] : operations.as_object()) {
      std::string upper = method;
      for (char& c : upper) c = static_cast<char>(c & ~0x20);
      out.insert(upper + " " + path);
    }
  }
  return out;
}

void collect_references(const text::Json& json, std::set<std::string>& out) {
  if (json.is_array()) {
    for (const auto& item : json.as_array()) collect_references(item, out);
  }
  if (!json.is_object()) return;
  for (const auto& [key, value] : json.as_object()) {
    if (key == "$ref") out.insert(value.as_string());
    collect_references(value, out);
  }
}

TEST(OpenApi, DocumentsEveryRouteAndNothingElse) {
  std::set<std::string> routes;
  for (const Route& route : all_routes()) {
    EXPECT_TRUE(routes.insert(std::string(route.method) + " " + route.path).second)
        << route.method << " " << route.path << " stands twice";
  }
  EXPECT_EQ(documented(), routes);
  EXPECT_GE(routes.size(), 40u);
}

TEST(OpenApi, SaysHowManyItemsAPageMayHave) {
  const text::Json json = document();
  const text::Json* list = json.find("paths")->find("/v1/policies/versions")->find("get");
  const text::Json* limit = nullptr;
  for (const auto& parameter : list->find("parameters")->as_array()) {
    if (parameter.string_or("name", "") == "limit") limit = parameter.find("schema");
  }
  ASSERT_NE(limit, nullptr);
  EXPECT_EQ(*limit, fakes::json(R"({"type": "integer", "minimum": 1, "maximum": 200,
                                   "default": 50})"));
}

TEST(OpenApi, SaysWhichVersionItIs) { EXPECT_EQ(document().string_or("openapi", ""), "3.1.0"); }

TEST(OpenApi, OperationsHaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const Route& route : all_routes()) {
    EXPECT_TRUE(names.insert(route.operation).second) << route.operation;
    EXPECT_NE(route.summary[0], '\0') << route.operation;
  }
}

TEST(OpenApi, EveryReferenceLeadsToASchema) {
  const text::Json json = document();
  const text::Json* schemas = json.find("components")->find("schemas");
  ASSERT_TRUE(schemas != nullptr && schemas->is_object());
  std::set<std::string> references;
  collect_references(json, references);
  EXPECT_GE(references.size(), 20u);
  for (const std::string& reference : references) {
    const std::string prefix = "#/components/schemas/";
    ASSERT_TRUE(reference.starts_with(prefix)) << reference;
    EXPECT_NE(schemas->find(reference.substr(prefix.size())), nullptr) << reference;
  }
}

TEST(OpenApi, NamesEveryPathParameter) {
  const text::Json json = document();
  for (const auto& [path, operations] : json.find("paths")->as_object()) {
    const auto names = static_cast<std::size_t>(std::count(path.begin(), path.end(), '{'));
    for (const auto& [method, operation] : operations.as_object()) {
      std::size_t found = 0;
      if (const text::Json* parameters = operation.find("parameters")) {
        for (const auto& parameter : parameters->as_array()) {
          if (parameter.string_or("in", "") != "path") continue;
          ++found;
          EXPECT_NE(path.find("{" + std::string(parameter.string_or("name", "")) + "}"),
                    std::string::npos);
        }
      }
      EXPECT_EQ(found, names) << method << " " << path;
    }
  }
}

}  // namespace
}  // namespace ambit::doors::rest
