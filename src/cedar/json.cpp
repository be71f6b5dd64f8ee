#include "cedar/json.h"

#include <algorithm>
#include <array>

#include "cedar/internal/functions.h"
#include "cedar/internal/lexical.h"
#include "cedar/limits.h"
#include "cedar/number_types.h"

namespace ambit::cedar {
namespace {

using text::Json;

constexpr std::array<std::string_view, 3> kEscapes = {"__entity", "__extn", "__expr"};

tl::unexpected<Error> bad(std::string message) {
  return fail(Code::kInvalid, "cedar.value_json", std::move(message));
}

bool is_escape(std::string_view key) {
  return std::find(kEscapes.begin(), kEscapes.end(), key) != kEscapes.end();
}

Result<Value> read(const Json& json, std::size_t depth);

Result<std::vector<Value>> read_list(const text::JsonArray& items, std::size_t depth) {
  std::vector<Value> out;
  out.reserve(items.size());
  for (const Json& item : items) {
    AMBIT_TRY(Value value, read(item, depth));
    out.push_back(std::move(value));
  }
  return out;
}

Result<Value> read_extension(const Json& json, std::size_t depth) {
  constexpr const char* kForm =
      "`__extn` needs `fn`, a name, and either `arg`, a value, or `args`, an array of them";
  const Json* name = json.find("fn");
  const Json* arg = json.find("arg");
  const Json* args = json.find("args");
  if (name == nullptr || !name->is_string() || (arg == nullptr) == (args == nullptr) ||
      (args != nullptr && !args->is_array()) || json.as_object().size() != 2) {
    return bad(kForm);
  }
  const FunctionInfo* info = find_function(name->as_string());
  if (info == nullptr || !info->is_extension) {
    return bad("`__extn` names `" + name->as_string() + "`, which is not an extension function");
  }
  AMBIT_TRY(std::vector<Value> values,
            read_list(args != nullptr ? args->as_array() : text::JsonArray{*arg}, depth));
  auto value = call_function(info->function, values);
  if (!value) return bad("`__extn` with `" + name->as_string() + "`: " + value.error().message);
  return *std::move(value);
}

Result<Value> read_escape(const text::JsonObject& object, std::size_t depth) {
  const auto& [key, content] = object.front();
  if (key == "__expr") {
    return bad("`__expr` is not supported; an entity is `__entity`, an extension value `__extn`");
  }
  if (key == "__extn") return read_extension(content, depth);
  AMBIT_TRY(EntityUid uid, uid_from_json(content));
  return Value::entity(std::move(uid));
}

Result<Value> read_record(const text::JsonObject& object, std::size_t depth) {
  std::vector<Value::Field> fields;
  fields.reserve(object.size());
  for (const auto& [name, member] : object) {
    auto value = read(member, depth);
    if (!value) {
      Error error = std::move(value).error();
      error.message = "`" + name + "`: " + error.message;
      return fail(std::move(error));
    }
    fields.emplace_back(name, *std::move(value));
  }
  return Value::record(std::move(fields));
}

Result<Value> read(const Json& json, std::size_t depth) {
  if (depth > kMaxValueDepth) {
    return bad("nested more than " + std::to_string(kMaxValueDepth) + " levels deep");
  }
  switch (json.kind()) {
    case Json::Kind::kBool: return Value::boolean(json.as_bool());
    case Json::Kind::kInt: return Value::integer(json.as_int());
    case Json::Kind::kString: return Value::string(json.as_string());
    case Json::Kind::kNull: return bad("null is not a value");
    case Json::Kind::kDouble:
      return bad(
          "only whole numbers of 64 bits are values; write others with `__extn` and `decimal`");
    case Json::Kind::kArray: {
      AMBIT_TRY(std::vector<Value> elements, read_list(json.as_array(), depth + 1));
      return Value::set(std::move(elements));
    }
    case Json::Kind::kObject: {
      const auto& object = json.as_object();
      const bool escape = std::any_of(object.begin(), object.end(),
                                      [](const auto& member) { return is_escape(member.first); });
      if (!escape) return read_record(object, depth + 1);
      if (object.size() != 1) {
        return bad("`__entity`, `__extn` and `__expr` cannot stand beside other names");
      }
      return read_escape(object, depth + 1);
    }
  }
  return bad("not a value");
}

Json extension(std::string_view function, std::string argument) {
  return Json::object({{"__extn", Json::object({{"fn", function}, {"arg", std::move(argument)}})}});
}

// A time whose year has no text form is so long after 1970, or before it.
Json datetime_json(std::int64_t ms) {
  if (std::string text = datetime_text(ms); !text.empty()) {
    return extension("datetime", std::move(text));
  }
  return Json::object(
      {{"__extn",
        Json::object({{"fn", "offset"},
                      {"args", Json::array({extension("datetime", "1970-01-01"),
                                            extension("duration", duration_text(ms))})}})}});
}

}  // namespace

Result<Value> value_from_json(const Json& json) { return read(json, 0); }

Result<Value> record_from_json(const Json& json) {
  if (!json.is_object()) return bad("not an object");
  return read_record(json.as_object(), 0);
}

Result<Value> context_from_json(const Json& json) {
  AMBIT_TRY(Value value, value_from_json(json));
  if (value.kind() != Value::Kind::kRecord) {
    return bad(std::string("the context is not a record but a value of type ") +
               name_of(value.kind()));
  }
  return value;
}

Result<Json> record_to_json(const Value& record) {
  text::JsonObject out;
  for (const auto& [name, value] : record.as_record()) {
    AMBIT_TRY(Json json, value_to_json(value));
    out.emplace_back(name, std::move(json));
  }
  return Json(std::move(out));
}

Result<Json> value_to_json(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kBool: return Json(value.as_bool());
    case Value::Kind::kLong: return Json(value.as_integer());
    case Value::Kind::kString: return Json(value.as_string());
    case Value::Kind::kEntity: return Json::object({{"__entity", uid_to_json(value.as_entity())}});
    case Value::Kind::kDecimal: return extension("decimal", decimal_text(value.as_decimal_units()));
    case Value::Kind::kIp: return extension("ip", to_text(value.as_ip()));
    case Value::Kind::kDatetime: return datetime_json(value.as_datetime_ms());
    case Value::Kind::kDuration:
      return extension("duration", duration_text(value.as_duration_ms()));
    case Value::Kind::kSet: {
      text::JsonArray out;
      for (const Value& element : value.as_set()) {
        AMBIT_TRY(Json json, value_to_json(element));
        out.push_back(std::move(json));
      }
      return Json(std::move(out));
    }
    case Value::Kind::kRecord: {
      for (const auto& field : value.as_record()) {
        if (is_escape(field.first)) {
          return fail(Code::kInvalid, "cedar.reserved_key",
                      "a record with the name `" + field.first + "` has no JSON form");
        }
      }
      return record_to_json(value);
    }
  }
  return bad("not a value");
}

Result<EntityUid> uid_from_json(const Json& json) {
  const Json* inner = json.find("__entity");
  const Json& named = inner != nullptr && json.as_object().size() == 1 ? *inner : json;
  const Json* type = named.find("type");
  const Json* id = named.find("id");
  if (type == nullptr || id == nullptr || !type->is_string() || !id->is_string() ||
      named.as_object().size() != 2) {
    return fail(Code::kInvalid, "cedar.uid_json",
                "an entity is named by an object with the texts `type` and `id` and nothing else");
  }
  if (!is_name(type->as_string())) {
    return fail(Code::kInvalid, "cedar.uid_json",
                "`" + type->as_string() + "` is not an entity type, such as `Ambit::Agent`");
  }
  return EntityUid{type->as_string(), id->as_string()};
}

Json uid_to_json(const EntityUid& uid) {
  return Json::object({{"type", uid.type}, {"id", uid.id}});
}

}  // namespace ambit::cedar
