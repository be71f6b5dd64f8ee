// Answers questions about Cedar, one JSON object a line in and one out, for a program that compares
// the answers with those of another implementation:
//
//   {"what": ["decision", "est"], "policies": SET, "entities": [...], "request": {...}}
//
// SET is the form that Cedar's own bindings take: {"staticPolicies": TEXT or {ID: POLICY},
// "templates": {ID: POLICY}, "templateLinks": [...]}, each POLICY as text or JSON. The answer has a
// member for each question, which is {"refused": MESSAGE} or
//
//   decision  {"decision", "reasons", "errors"} of the request
//   est       the set as JSON
//   format    TEXT laid out anew, by "lineWidth" and "indentWidth" where given
//   schema    "schema" in its other form: text as JSON, JSON as text
//   validate  {"errors", "warnings"}, the ids of the policies that have some by "schema"
//   guided    what decision says, with the schema telling what the JSON means
//   tools     the schema made of "stub" and "tools" by "options", as {"text", "json"}
#include <functional>
#include <iostream>
#include <map>
#include <string>

#include "oracle_questions.h"

namespace {

using ambit::text::Json;
using Answer = ambit::Result<Json> (*)(const Json& question);

constexpr ambit::text::JsonLimits kLimits{64u << 20, 3000};

const std::map<std::string, Answer, std::less<>> kAnswers = {
    {"decision", oracle::decision}, {"est", oracle::est},           {"format", oracle::format},
    {"schema", oracle::schema},     {"validate", oracle::validate}, {"guided", oracle::guided},
    {"tools", oracle::tools}};

Json refused(const ambit::Error& error) { return Json::object({{"refused", error.message}}); }

Json answer(const Json& question) {
  Json out = Json::object();
  const Json* what = question.find("what");
  if (what == nullptr || !what->is_array()) return Json::object({{"refused", "no `what`"}});
  for (const Json& each : what->as_array()) {
    const auto known = each.is_string() ? kAnswers.find(each.as_string()) : kAnswers.end();
    if (known == kAnswers.end()) return Json::object({{"refused", "no such question"}});
    auto result = known->second(question);
    out.set(known->first, result ? *std::move(result) : refused(result.error()));
  }
  return out;
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto question = ambit::text::parse_json(line, kLimits);
    const Json out = question ? answer(*question) : refused(question.error());
    std::cout << to_canonical_json(out) << '\n' << std::flush;
  }
  return 0;
}
