// What Cedar expressions evaluate to: immutable values that are cheap to copy.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "cedar/ip.h"

namespace ambit::cedar {

// Names one entity. `type` is the full name with its namespaces (`Ambit::Agent`); `id` is any text.
struct EntityUid {
  std::string type;
  std::string id;

  // Reads the form that policies use, `Ambit::Agent::"a-1"`. Error reason `cedar.syntax`.
  static Result<EntityUid> parse(std::string_view text);

  friend bool operator==(const EntityUid& a, const EntityUid& b) {
    return a.id == b.id && a.type == b.type;  // ids differ more often than types
  }
  friend std::strong_ordering operator<=>(const EntityUid& a, const EntityUid& b) {
    if (const auto by_type = a.type <=> b.type; by_type != 0) return by_type;
    return a.id <=> b.id;
  }
};

// One Cedar value. Copying shares what is large. Values are totally ordered (by kind, then by
// content), which is how sets are kept; Cedar's own `<` is narrower and lives in the evaluator.
// Equality is deep and never fails: values of different kinds differ. Thread-safe, as immutable.
class Value {
 public:
  enum class Kind : std::uint8_t {
    kBool,
    kLong,
    kString,
    kEntity,
    kSet,
    kRecord,
    kDecimal,
    kIp,
    kDatetime,
    kDuration
  };
  using Field = std::pair<std::string, Value>;

  static Value boolean(bool value) { return {Kind::kBool, value ? 1 : 0}; }
  static Value integer(std::int64_t value) { return {Kind::kLong, value}; }
  // Precondition: valid UTF-8.
  static Value string(std::string text);
  static Value entity(EntityUid uid);
  // Elements that are equal count once.
  static Value set(std::vector<Value> elements);
  // A name given twice keeps its last value. Without fields, the empty record.
  static Value record(std::vector<Field> fields = {});
  // Ten-thousandths: 15'000 is `1.5`.
  static Value decimal(std::int64_t units) { return {Kind::kDecimal, units}; }
  static Value ip(IpRange range);
  // Milliseconds since 1970-01-01T00:00:00Z.
  static Value datetime_ms(std::int64_t ms) { return {Kind::kDatetime, ms}; }
  static Value duration_ms(std::int64_t ms) { return {Kind::kDuration, ms}; }

  Kind kind() const { return kind_; }

  // Precondition of each: the value is of that kind. References live as long as any copy of it.
  bool as_bool() const { return number_ != 0; }
  std::int64_t as_integer() const { return number_; }
  std::int64_t as_decimal_units() const { return number_; }
  std::int64_t as_datetime_ms() const { return number_; }
  std::int64_t as_duration_ms() const { return number_; }
  const std::string& as_string() const;
  const EntityUid& as_entity() const;
  const IpRange& as_ip() const;
  const std::vector<Value>& as_set() const;     // in order, each once
  const std::vector<Field>& as_record() const;  // in the order of their names

  // The field of a record, or nullptr when it has none of that name. Precondition: a record.
  const Value* find(std::string_view name) const;

  // Whether a set has this element. Precondition: a set.
  bool contains(const Value& element) const;

  friend std::strong_ordering operator<=>(const Value& a, const Value& b);
  friend bool operator==(const Value& a, const Value& b) { return (a <=> b) == 0; }

 private:
  struct Payload;

  Value(Kind kind, std::int64_t number) : number_(number), kind_(kind) {}
  Value(Kind kind, Payload payload);

  std::int64_t number_ = 0;
  Kind kind_;
  std::shared_ptr<const Payload> payload_;
};

// INVARIANT: holds the alternative that the kind of its value says; sets and records are sorted and
// without duplicates.
struct Value::Payload {
  std::variant<std::string, EntityUid, IpRange, std::vector<Value>, std::vector<Field>> data;
};

inline const std::string& Value::as_string() const { return std::get<std::string>(payload_->data); }
inline const EntityUid& Value::as_entity() const { return std::get<EntityUid>(payload_->data); }
inline const IpRange& Value::as_ip() const { return std::get<IpRange>(payload_->data); }
inline const std::vector<Value>& Value::as_set() const {
  return std::get<std::vector<Value>>(payload_->data);
}
inline const std::vector<Value::Field>& Value::as_record() const {
  return std::get<std::vector<Field>>(payload_->data);
}

// Cedar's name of a kind (`long`, `ipaddr`), for messages.
const char* name_of(Value::Kind kind);

// An expression of the language that evaluates to this value: `User::"a"`, `[1, 2]`, `ip("::1")`.
std::string to_cedar_text(const EntityUid& uid);
std::string to_cedar_text(const Value& value);

}  // namespace ambit::cedar
