#include "doors/authzen/internal/fields.h"

#include <utility>

namespace ambit::doors::authzen {

Result<text::Json> parse_body(std::string_view body) {
  auto parsed = text::parse_json(body);
  if (!parsed) return fail(Code::kInvalid, parsed.error().reason, parsed.error().message);
  if (!parsed->is_object()) {
    return fail(Code::kInvalid, "field.type", "the body must be a JSON object");
  }
  return parsed;
}

Result<text::Json*> read_object(text::Json& in, std::string_view key) {
  text::Json* member = in.find(key);
  if (member == nullptr) return missing(key);
  if (!member->is_object()) return wrong(key, "must be an object");
  return member;
}

Result<text::Json*> read_optional_object(text::Json& in, std::string_view key,
                                         std::string_view path) {
  text::Json* member = in.find(key);
  if (member == nullptr || member->is_null()) return nullptr;
  if (!member->is_object()) return wrong(path, "must be an object");
  return member;
}

Result<> take(text::Json& in, std::string_view key, std::string_view path, std::string& out) {
  text::Json* member = in.find(key);
  if (member == nullptr) return missing(path);
  if (!member->is_string() || member->as_string().empty()) {
    return wrong(path, "must be a string that is not empty");
  }
  out = std::move(member->as_string());
  return {};
}

Result<> take_optional(text::Json& in, std::string_view key, std::string_view path,
                       std::string& out) {
  text::Json* member = in.find(key);
  if (member == nullptr || member->is_null()) return {};
  if (!member->is_string()) return wrong(path, "must be a string");
  out = std::move(member->as_string());
  return {};
}

}  // namespace ambit::doors::authzen
