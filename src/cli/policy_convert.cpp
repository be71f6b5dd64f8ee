// `ambit policy convert`: policies and schemas in their other syntax.
#include <fstream>

#include "cedar/format.h"
#include "cedar/policy_json.h"
#include "cedar_schema/schema_convert.h"
#include "cli/internal/files.h"
#include "cli/internal/offline.h"
#include "cli/internal/output.h"
#include "cli/internal/policy_files.h"
#include "cli/internal/policy_verbs.h"

namespace ambit::cli {
namespace {

using text::Json;

Result<Json> json_of_file(const std::string& text, std::size_t depth) {
  auto json = text::parse_json(text, {16u << 20, depth});
  if (json) return json;
  return fail(json.error().code, json.error().reason, fault_of(text, json.error().message));
}

// Reads one policy or template, or a whole set.
Result<cedar::PolicySet> policies_from(const Json& json) {
  const bool is_set =
      json.find("staticPolicies") || json.find("templates") || json.find("templateLinks");
  if (is_set) return cedar::policy_set_from_json(json);
  auto policy = cedar::policy_from_json(json, "policy0");
  if (policy) return cedar::PolicySet::make({*std::move(policy)});
  auto open = cedar::template_from_json(json, "policy0");
  if (!open) return fail(policy.error());
  return cedar::PolicySet::make({}, {*std::move(open)});
}

// As text every policy needs a place of its own, so a link is written as the policy that it makes.
Result<std::string> to_text(const cedar::PolicySet& set) {
  std::string out;
  for (const auto& policy : set.policies()) out += cedar::to_cedar_text(policy) + "\n";
  for (const auto& open : set.templates()) out += cedar::to_cedar_text(open) + "\n";
  return cedar::format_policies(out);
}

Result<std::string> convert_policies(const std::string& text, bool to_json) {
  if (to_json) {
    auto set = cedar::parse_policies(text);
    if (!set) return fail(cedar::to_error(set.error()));
    AMBIT_TRY(const Json json, cedar::policy_set_to_json(*set));
    return text::to_pretty_json(json) + "\n";
  }
  AMBIT_TRY(const Json json, json_of_file(text, 1100));
  AMBIT_TRY(const auto set, policies_from(json));
  return to_text(set);
}

Result<std::string> convert_schema(const std::string& text, bool to_json) {
  if (to_json) {
    AMBIT_TRY(const Json json, cedar::schema_text_to_json(text));
    return text::to_pretty_json(json) + "\n";
  }
  AMBIT_TRY(const Json json, json_of_file(text, 200));
  return cedar::schema_json_to_text(schema_of_json(json));
}

Result<int> convert(Call& call) {
  const std::string& path = call.arguments.text("FILE");
  AMBIT_TRY(const std::string text, read_input(path, call.console));
  const bool to_json = call.arguments.text("to") == "json";
  auto converted = call.arguments.given("schema") ? convert_schema(text, to_json)
                                                  : convert_policies(text, to_json);
  if (!converted) {
    return fail(Code::kInvalid, converted.error().reason, path + ": " + converted.error().message);
  }
  const std::string& target = call.arguments.text("out");
  if (target.empty()) {
    call.console.out << *converted;
    return kExitOk;
  }
  std::ofstream file(target, std::ios::binary | std::ios::trunc);
  file << *converted;
  file.close();
  if (!file) return fail(Code::kInvalid, "usage.file", "`" + target + "` cannot be written");
  return kExitOk;
}

}  // namespace

Verb policy_convert_verb() {
  Verb verb = offline(Verb::of(
      "policy", "convert", "write policies or a schema in Cedar's other syntax",
      "ambit policy convert policies/files.cedar --to json\n"
      "ambit policy convert --schema policies/ambit.cedarschema --to json --out schema.json",
      {positional("FILE", "policies, or with --schema a schema; `-` reads standard input")
           .required(),
       option("--to", "SYNTAX", "what to write").one_of({"json", "cedar"}).required(),
       flag("--schema", "the file is a schema"),
       option("--out", "FILE", "write here instead of to standard output")},
      convert));
  verb.has_json = false;
  return verb;
}

}  // namespace ambit::cli
