#include <array>
#include <utility>

#include "profiles/internal/requests.h"

namespace ambit::profiles {
namespace {

using cedar::Value;
using text::Json;

constexpr int kMaxClaimDepth = 10;

// None for what has no value there: null, a number that fits no decimal, what is nested too deeply.
std::optional<Value> value_of(const Json& json, int depth) {
  if (depth > kMaxClaimDepth) return std::nullopt;
  if (json.is_bool()) return Value::boolean(json.as_bool());
  if (json.is_string()) return Value::string(json.as_string());
  if (json.is_number()) return truncated_decimal(json);
  if (json.is_array()) {
    std::vector<Value> items;
    for (const Json& item : json.as_array()) {
      if (auto value = value_of(item, depth + 1)) items.push_back(*std::move(value));
    }
    return Value::set(std::move(items));
  }
  if (!json.is_object()) return std::nullopt;
  std::vector<Value::Field> fields;
  for (const auto& [name, item] : json.as_object()) {
    if (auto value = value_of(item, depth + 1)) fields.emplace_back(name, *std::move(value));
  }
  return Value::record(std::move(fields));
}

void add_claims(const Json* claims, std::vector<Value::Field>& out) {
  if (!claims || !claims->is_object()) return;
  for (const auto& [name, claim] : claims->as_object()) {
    if (auto value = value_of(claim, 0)) out.emplace_back("claim_" + name, *std::move(value));
  }
}

void add_arguments(const Json* arguments, std::vector<Value::Field>& out) {
  if (!arguments || !arguments->is_object()) return;
  for (const auto& [name, argument] : arguments->as_object()) {
    const bool is_scalar = argument.is_bool() || argument.is_string() || argument.is_number();
    if (!is_scalar) {
      out.emplace_back("arg_" + name + "_present", Value::boolean(true));
    } else if (auto value = value_of(argument, 0)) {
      out.emplace_back("arg_" + name, *std::move(value));
    }
  }
}

// What an operation is about, and how that is called.
struct Feature {
  std::string_view operation;
  std::string_view type;
  std::string_view feature;
  std::string_view verb;
};

constexpr std::array<Feature, 6> kFeatures = {
    {{"call_tool", "Tool", "tool", "call"},
     {"get_prompt", "Prompt", "prompt", "get"},
     {"read_resource", "Resource", "resource", "read"},
     {"list_tools", "FeatureType", "tool", "list"},
     {"list_prompts", "FeatureType", "prompt", "list"},
     {"list_resources", "FeatureType", "resource", "list"}}};

Result<Feature> feature_of(std::string_view operation) {
  for (const Feature& feature : kFeatures) {
    if (feature.operation == operation) return feature;
  }
  return fail(Code::kInvalid, "profile.request",
              "there is no operation `" + std::string(operation) +
                  "`: `call_tool`, `get_prompt`, `read_resource`, or `list_` and one of them");
}

// The groups as given, else the first claim that usually has them.
const Json* groups_of(const Json& json) {
  const Json* given = json.find("groups");
  if (given && given->is_array()) return given;
  const Json* claims = json.find("claims");
  for (const char* name : {"groups", "roles", "cognito:groups"}) {
    const Json* claim = claims ? claims->find(name) : nullptr;
    if (claim && claim->is_array()) return claim;
  }
  return nullptr;
}

cedar::Entity client_of(const Json& json, std::string sub) {
  cedar::Entity out;
  out.uid = {"Client", std::move(sub)};
  std::vector<Value::Field> claims;
  add_claims(json.find("claims"), claims);
  out.attributes = Value::record(std::move(claims));
  if (const Json* groups = groups_of(json)) {
    for (const Json& group : groups->as_array()) {
      if (group.is_string()) out.parents.push_back({"THVGroup", group.as_string()});
    }
  }
  return out;
}

cedar::Entity resource_of(const Json& json, const Feature& feature, std::string name) {
  cedar::Entity out;
  std::vector<Value::Field> fields;
  if (const Json* hints = json.find("annotations"); hints && hints->is_object()) {
    for (const auto& [hint, value] : hints->as_object()) {
      if (value.is_bool()) fields.emplace_back(hint, Value::boolean(value.as_bool()));
    }
  }
  add_arguments(json.find("arguments"), fields);
  fields.emplace_back(feature.verb == "list" ? "type" : "name", Value::string(name));
  if (feature.verb == "read") fields.emplace_back("uri", Value::string(name));
  fields.emplace_back("operation", Value::string(std::string(feature.verb)));
  fields.emplace_back("feature", Value::string(std::string(feature.feature)));
  out.uid = {std::string(feature.type), std::move(name)};
  out.attributes = Value::record(std::move(fields));
  const std::string_view server = json.string_or("server", "");
  if (!server.empty()) out.parents = {{"MCP", std::string(server)}};
  return out;
}

}  // namespace

Result<ProfileRequest> toolhive_request(const Json& json) {
  const Json* claims = json.find("claims");
  AMBIT_TRY(std::string sub, text_member(claims ? *claims : Json::object(), "sub"));
  AMBIT_TRY(const std::string operation, text_member(json, "operation"));
  AMBIT_TRY(const Feature feature, feature_of(operation));
  const bool is_listing = feature.type == "FeatureType";
  std::string name{feature.feature};
  if (!is_listing) {
    AMBIT_TRY(name, text_member(json, "name"));
  }
  cedar::Entity principal = client_of(json, std::move(sub));
  cedar::Entity resource = resource_of(json, feature, std::move(name));
  cedar::Entity action;
  action.uid = {"Action", operation};
  action.attributes = Value::record({{"operation", Value::string(operation)}});
  std::vector<Value::Field> context;
  add_claims(claims, context);
  add_arguments(json.find("arguments"), context);
  ProfileRequest out;
  out.request = {principal.uid, action.uid, resource.uid, Value::record(std::move(context))};
  AMBIT_TRY(out.entities,
            cedar::Entities::make({std::move(principal), std::move(action), std::move(resource)}));
  return out;
}

}  // namespace ambit::profiles
