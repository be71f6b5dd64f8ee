#include <cmath>

#include "cedar/number_types.h"
#include "profiles/internal/requests.h"

namespace ambit::profiles {
namespace {

using cedar::EntityUid;
using cedar::Value;
using text::Json;

EntityUid uid(std::string_view type, std::string id) {
  return {"AgentCore::" + std::string(type), std::move(id)};
}

std::optional<Value> value_of(const Json& json) {
  switch (json.kind()) {
    case Json::Kind::kNull: return Value::entity(uid("Null", "null"));
    case Json::Kind::kBool: return Value::boolean(json.as_bool());
    case Json::Kind::kInt: return Value::integer(json.as_int());
    case Json::Kind::kDouble: return truncated_decimal(json);
    case Json::Kind::kString: return Value::string(json.as_string());
    case Json::Kind::kArray: {
      std::vector<Value> items;
      for (const Json& item : json.as_array()) {
        auto value = value_of(item);
        if (!value) return std::nullopt;
        items.push_back(*std::move(value));
      }
      return Value::set(std::move(items));
    }
    case Json::Kind::kObject: {
      std::vector<Value::Field> fields;
      for (const auto& [name, item] : json.as_object()) {
        auto value = value_of(item);
        if (!value) return std::nullopt;
        fields.emplace_back(name, *std::move(value));
      }
      return Value::record(std::move(fields));
    }
  }
  return std::nullopt;
}

Result<cedar::Entity> principal_of(const Json& json) {
  AMBIT_TRY(const std::string type, text_member(json, "type"));
  AMBIT_TRY(std::string id, text_member(json, "id"));
  if (type != "OAuthUser" && type != "IamEntity" && type != "UnauthenticatedUser") {
    return fail(Code::kInvalid, "profile.request",
                "a principal is an `OAuthUser`, `IamEntity` or `UnauthenticatedUser`");
  }
  cedar::Entity out;
  out.uid = uid(type, id);
  if (type != "UnauthenticatedUser") {
    out.attributes = Value::record({{"id", Value::string(std::move(id))}});
  }
  const Json* claims = json.find("claims");
  if (type == "OAuthUser" && claims && claims->is_object()) {
    std::vector<Value::Field> tags;
    for (const auto& [name, claim] : claims->as_object()) {
      tags.emplace_back(
          name, Value::string(claim.is_string() ? claim.as_string() : text::to_json(claim)));
    }
    out.tags = Value::record(std::move(tags));
  }
  return out;
}

}  // namespace

Result<std::string> text_member(const Json& json, const char* name) {
  const Json* value = json.find(name);
  if (value && value->is_string()) return value->as_string();
  return fail(Code::kInvalid, "profile.request",
              "the call must have `" + std::string(name) + "`, a text");
}

std::optional<Value> truncated_decimal(const Json& number) {
  const double units = std::trunc(number.as_double() * static_cast<double>(cedar::kDecimalUnit));
  constexpr double kEnd = 9223372036854775808.0;  // 2^63
  if (!(units >= -kEnd && units < kEnd)) return std::nullopt;
  return Value::decimal(static_cast<std::int64_t>(units));
}

Result<ProfileRequest> agentcore_request(const Json& json) {
  const Json* who = json.find("principal");
  AMBIT_TRY(cedar::Entity principal, principal_of(who ? *who : Json::object()));
  AMBIT_TRY(std::string gateway, text_member(json, "gateway"));
  AMBIT_TRY(const std::string target, text_member(json, "target"));
  AMBIT_TRY(const std::string tool, text_member(json, "tool"));
  AMBIT_TRY(const std::string now, text_member(json, "now"));
  AMBIT_TRY(const std::int64_t at, cedar::parse_datetime(now));
  const Json* arguments = json.find("arguments");
  auto input = value_of(arguments && arguments->is_object() ? *arguments : Json::object());
  if (!input) {
    return fail(Code::kInvalid, "profile.request", "a number of the arguments fits no decimal");
  }
  cedar::Entity action;
  action.uid = uid("Action", target + "___" + tool);
  action.parents = {uid("Action", "CallTool")};
  cedar::Entity group;
  group.uid = uid("Action", "CallTool");
  group.parents = {uid("Action", "Mcp")};
  ProfileRequest out;
  out.request = {principal.uid, action.uid, uid("Gateway", std::move(gateway)),
                 Value::record({{"input", *std::move(input)},
                                {"system", Value::record({{"now", Value::datetime_ms(at)}})}})};
  AMBIT_TRY(out.entities,
            cedar::Entities::make({std::move(principal), std::move(action), std::move(group)}));
  return out;
}

}  // namespace ambit::profiles
