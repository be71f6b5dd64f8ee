// One Cedar value as the compiled engine sees it: sixteen bytes, no ownership, names as numbers.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "cedar/ip.h"
#include "cedar/value.h"

namespace ambit::cedar {

// An entity's uid or a name (of an attribute, a tag or a type) as a number. Equal numbers mean
// equal texts within one request; numbers of one PolicyCompiler mean the same in all that it
// compiles.
enum class EntityId : std::uint32_t {};
enum class NameId : std::uint32_t {};

namespace engine {
struct Fault;
}

class Datum;

// A record whose fields are made when a policy asks for them: what no policy reads costs nothing.
// It outlives the last decide(), and says the same of a field until then.
class LazyRecord {
 public:
  // False when there is no field of that name, whose text is `text`.
  virtual bool find(NameId name, std::string_view text, Datum& out) = 0;
  // The whole, as a record of RequestEvaluator::record().
  virtual Datum all() = 0;

 protected:
  ~LazyRecord() = default;
};

// What it points to (text, elements, fields) is borrowed and must outlive it. Sets and records are
// made by RequestEvaluator, which keeps them until its next begin().
class Datum {
 public:
  using Kind = Value::Kind;

  constexpr Datum() = default;  // false

  static constexpr Datum boolean(bool value) { return {Kind::kBool, value ? 1 : 0}; }
  static constexpr Datum integer(std::int64_t value) { return {Kind::kLong, value}; }
  static constexpr Datum decimal(std::int64_t units) { return {Kind::kDecimal, units}; }
  static constexpr Datum datetime_ms(std::int64_t ms) { return {Kind::kDatetime, ms}; }
  static constexpr Datum duration_ms(std::int64_t ms) { return {Kind::kDuration, ms}; }
  static constexpr Datum entity(EntityId id) {
    return {Kind::kEntity, static_cast<std::int64_t>(id)};
  }
  // Precondition: valid UTF-8.
  static Datum string(std::string_view text) { return {Kind::kString, text.data(), text.size()}; }
  static Datum ip(const IpRange& range) { return {Kind::kIp, &range, 0}; }
  // Elements in the order of engine::order(), each once.
  static Datum sorted_set(const Datum* elements, std::size_t count) {
    return {Kind::kSet, elements, count};
  }
  // The values of the fields in the order of their names, and after them the names, each once.
  static Datum sorted_record(const Datum* values, std::size_t count) {
    return {Kind::kRecord, values, count};
  }
  // A set or record that is read in place; its elements are converted when they are asked for.
  static Datum foreign(const Value& value) {
    Datum out{value.kind(), &value, 0};
    out.origin_ = Origin::kValue;
    return out;
  }
  static Datum lazy(LazyRecord& record) {
    Datum out{Kind::kRecord, &record, 0};
    out.origin_ = Origin::kLazy;
    return out;
  }
  static Datum error(const engine::Fault& fault) { return {kErrorKind, &fault, 0}; }

  Kind kind() const { return kind_; }
  bool is_error() const { return kind_ == kErrorKind; }
  // Whether it is read in place: a foreign value or a lazy record.
  bool is_foreign() const { return origin_ != Origin::kOwn; }
  bool is_lazy() const { return origin_ == Origin::kLazy; }

  // Precondition of each: the value is of that kind.
  bool as_bool() const { return number_ != 0; }
  std::int64_t number() const { return number_; }  // bool, long, decimal, datetime, duration
  EntityId as_entity() const { return static_cast<EntityId>(number_); }
  std::string_view as_string() const { return {static_cast<const char*>(data_), size_}; }
  const IpRange& as_ip() const { return *static_cast<const IpRange*>(data_); }
  const engine::Fault& as_fault() const { return *static_cast<const engine::Fault*>(data_); }
  LazyRecord& as_lazy() const { return *static_cast<LazyRecord*>(const_cast<void*>(data_)); }
  // Of a foreign set or record that is not lazy.
  const Value& as_foreign() const { return *static_cast<const Value*>(data_); }
  // Of a set or record that is not foreign.
  std::uint32_t size() const { return size_; }
  const Datum* elements() const { return static_cast<const Datum*>(data_); }
  const Datum* field_values() const { return static_cast<const Datum*>(data_); }
  const NameId* field_names() const { return reinterpret_cast<const NameId*>(elements() + size_); }

 private:
  enum class Origin : std::uint8_t { kOwn, kValue, kLazy };
  static constexpr Kind kErrorKind = static_cast<Kind>(0xff);

  constexpr Datum(Kind kind, std::int64_t number) : kind_(kind), number_(number) {}
  Datum(Kind kind, const void* data, std::size_t size)
      : kind_(kind), size_(static_cast<std::uint32_t>(size)), data_(data) {}

  Kind kind_ = Kind::kBool;
  Origin origin_ = Origin::kOwn;
  std::uint32_t size_ = 0;
  union {
    std::int64_t number_ = 0;
    const void* data_;
  };
};

// An entity that is made when a policy looks at it. It outlives the last decide().
class LazyEntity {
 public:
  // Its attributes, a record, and its parents, which do not belong to it.
  virtual Datum make(std::vector<EntityId>& parents) = 0;

 protected:
  ~LazyEntity() = default;
};

// For making records.
struct DatumField {
  NameId name{};
  Datum value;
};

static_assert(sizeof(Datum) == 16);

}  // namespace ambit::cedar
