#include "text/json.h"

#include <algorithm>

namespace ambit::text {
namespace {

constexpr std::size_t kLinearMembers = 16;

std::vector<const JsonMember*> sorted(const JsonObject& object) {
  std::vector<const JsonMember*> members;
  members.reserve(object.size());
  for (const JsonMember& member : object) members.push_back(&member);
  std::sort(members.begin(), members.end(),
            [](const JsonMember* a, const JsonMember* b) { return a->first < b->first; });
  return members;
}

bool equal_objects(const Json& a, const Json& b) {
  const JsonObject& left = a.as_object();
  const JsonObject& right = b.as_object();
  if (left.size() != right.size()) return false;
  if (left.size() <= kLinearMembers) {
    return std::all_of(left.begin(), left.end(), [&b](const JsonMember& member) {
      const Json* other = b.find(member.first);
      return other != nullptr && *other == member.second;
    });
  }
  const auto by_key = sorted(left);
  const auto other_by_key = sorted(right);
  return std::equal(by_key.begin(), by_key.end(), other_by_key.begin(),
                    [](const JsonMember* x, const JsonMember* y) { return *x == *y; });
}

}  // namespace

Json::Json(const Json& other) = default;
Json::Json(Json&& other) noexcept = default;
Json& Json::operator=(const Json& other) = default;
Json& Json::operator=(Json&& other) noexcept = default;
Json::~Json() = default;

const Json* Json::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const JsonMember& member : as_object()) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

Json* Json::find(std::string_view key) {
  return const_cast<Json*>(static_cast<const Json*>(this)->find(key));
}

const Json& member(const Json& object, std::string_view key) {
  static const Json kNone;
  const Json* found = object.find(key);
  return found != nullptr ? *found : kNone;
}

std::string_view Json::string_or(std::string_view key, std::string_view otherwise) const {
  const Json* member = find(key);
  return member != nullptr && member->is_string() ? std::string_view(member->as_string())
                                                  : otherwise;
}

void Json::set(std::string_view key, Json value) {
  if (is_null()) value_ = JsonObject{};
  if (Json* member = find(key)) {
    *member = std::move(value);
  } else {
    as_object().emplace_back(std::string(key), std::move(value));
  }
}

void Json::erase(std::string_view key) {
  if (!is_object()) return;
  std::erase_if(as_object(), [key](const JsonMember& member) { return member.first == key; });
}

void Json::push_back(Json value) {
  if (is_null()) value_ = JsonArray{};
  as_array().push_back(std::move(value));
}

bool operator==(const Json& a, const Json& b) {
  if (a.kind() != b.kind()) return false;
  return a.is_object() ? equal_objects(a, b) : a.value_ == b.value_;
}

}  // namespace ambit::text
