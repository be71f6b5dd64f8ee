#include "text/internal/json_schema_messages.h"

#include "text/json_pointer.h"

namespace ambit::text::internal {
namespace {

void append_path(std::string& out, const Path& path) {
  if (path.parent == nullptr) return;
  append_path(out, *path.parent);
  append_pointer_token(out, path.name == nullptr ? std::to_string(path.index) : shown(*path.name));
}

}  // namespace

std::string where(const Path& path) {
  if (path.parent == nullptr) return "the value";
  std::string pointer;
  append_path(pointer, path);
  return "`" + pointer + "`";
}

std::string listed(const std::vector<std::string>& items, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 == items.size() ? " " + std::string(last) + " " : ", ";
    out += items[i];
  }
  return out;
}

std::string describe(Types types) {
  std::vector<std::string> names;
  if ((types & kNullType) != 0) names.emplace_back("null");
  if ((types & kBoolType) != 0) names.emplace_back("a boolean");
  if ((types & kNumberType) == kNumberType) {
    names.emplace_back("a number");
  } else if ((types & kIntegralType) != 0) {
    names.emplace_back("an integer");
  }
  if ((types & kStringType) != 0) names.emplace_back("a string");
  if ((types & kArrayType) != 0) names.emplace_back("an array");
  if ((types & kObjectType) != 0) names.emplace_back("an object");
  return listed(names, "or");
}

std::string literal(const Json& value) { return "`" + shown(to_json(value)) + "`"; }

std::string count_of(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace ambit::text::internal
