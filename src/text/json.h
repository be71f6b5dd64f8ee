// JSON as a value: strict in (RFC 8259, no duplicate keys, bounded), canonical out (RFC 8785).
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace ambit::text {

class Json;
using JsonArray = std::vector<Json>;
// Members in the order they were written; keys are unique.
using JsonMember = std::pair<std::string, Json>;
using JsonObject = std::vector<JsonMember>;

// One JSON value. Integers that fit are kept exactly as int64 (`-0` is 0); every other number is a
// double. A number that is neither (an integer beyond int64) is refused at the door rather than
// rounded, and so is a double of magnitude 2^63 to 10^21, whose canonical form would be such an
// integer: what was accepted once can be read back from its canonical form.
class Json {
 public:
  enum class Kind { kNull, kBool, kInt, kDouble, kString, kArray, kObject };

  Json() = default;
  // Not inline: where a value of a recursive variant is copied or dies, its code is long.
  Json(const Json& other);
  Json(Json&& other) noexcept;
  Json& operator=(const Json& other);
  Json& operator=(Json&& other) noexcept;
  ~Json();
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  Json(int value) : value_(static_cast<std::int64_t>(value)) {}
  Json(std::int64_t value) : value_(value) {}
  Json(double value) : value_(value) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(JsonArray value) : value_(std::move(value)) {}
  Json(JsonObject value) : value_(std::move(value)) {}

  // `Json::object({{"a", 1}, {"b", "x"}})`
  static Json object(std::initializer_list<JsonMember> members = {}) {
    return Json(JsonObject(members));
  }
  static Json array(std::initializer_list<Json> items = {}) { return Json(JsonArray(items)); }

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_bool() const { return kind() == Kind::kBool; }
  bool is_int() const { return kind() == Kind::kInt; }
  bool is_double() const { return kind() == Kind::kDouble; }
  bool is_number() const { return is_int() || is_double(); }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_array() const { return kind() == Kind::kArray; }
  bool is_object() const { return kind() == Kind::kObject; }

  // Precondition of each: the value is of that kind.
  bool as_bool() const { return std::get<bool>(value_); }
  std::int64_t as_int() const { return std::get<std::int64_t>(value_); }
  double as_double() const {
    return is_int() ? static_cast<double>(as_int()) : std::get<double>(value_);
  }
  const std::string& as_string() const { return std::get<std::string>(value_); }
  std::string& as_string() { return std::get<std::string>(value_); }
  const JsonArray& as_array() const { return std::get<JsonArray>(value_); }
  JsonArray& as_array() { return std::get<JsonArray>(value_); }
  const JsonObject& as_object() const { return std::get<JsonObject>(value_); }
  JsonObject& as_object() { return std::get<JsonObject>(value_); }

  // The member called `key`, or nullptr when there is none or this is not an object.
  const Json* find(std::string_view key) const;
  Json* find(std::string_view key);

  // The string member called `key`, or `otherwise`. The view lives as long as this value.
  std::string_view string_or(std::string_view key, std::string_view otherwise) const;

  // Adds or replaces a member; a null value becomes an object first.
  void set(std::string_view key, Json value);

  // Removes a member if it is there.
  void erase(std::string_view key);

  // Appends to an array; a null value becomes an array first.
  void push_back(Json value);

  // Members compared without regard to order; 1 and 1.0 are different kinds and differ.
  friend bool operator==(const Json& a, const Json& b);

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, JsonArray, JsonObject>
      value_;
};

// The member called `key`, or a null value when there is none or `object` is not an object.
const Json& member(const Json& object, std::string_view key);

// What a reader of outside bytes accepts.
struct JsonLimits {
  std::size_t max_bytes = 4u << 20;
  std::size_t max_depth = 32;
};

// Parses one JSON text and nothing after it. Refuses invalid UTF-8, duplicate keys at any depth,
// nesting beyond the limit, and integers beyond int64. Errors carry reasons `json.syntax`,
// `json.utf8`, `json.duplicate_key`, `json.depth`, `json.size`, `json.number` and, where known, the
// byte offset or the key. Thread-safe.
Result<Json> parse_json(std::string_view bytes, JsonLimits limits = {});

// Compact JSON with members in the order they stand. Reads back as the same value: a double keeps
// its
// `.0`. Precondition of all writers: numbers are finite (others become `null`) and text is UTF-8.
std::string to_json(const Json& value);
void append_json(std::string& out, const Json& value);

// Canonical JSON, RFC 8785: members sorted by UTF-16 code units, ECMAScript numbers. Integers are
// written with all their digits even beyond 2^53, where RFC 8785 (via I-JSON) has no form of its
// own.
std::string to_canonical_json(const Json& value);
void append_canonical_json(std::string& out, const Json& value);

// Indented by two spaces, for people.
std::string to_pretty_json(const Json& value);

// Appends `text` as a JSON string with its quotes. Precondition: valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

// RFC 6901 pointer (`/paths/0`), extended by `*` for every element of an array. Returns the values
// it reaches, in order; empty when it reaches nothing.
std::vector<const Json*> resolve_pointer(const Json& value, std::string_view pointer);

}  // namespace ambit::text
