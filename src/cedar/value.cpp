#include "cedar/value.h"

#include <algorithm>

#include "cedar/internal/lexical.h"
#include "cedar/number_types.h"

namespace ambit::cedar {
namespace {

bool is_inline(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::kBool:
    case Value::Kind::kLong:
    case Value::Kind::kDecimal:
    case Value::Kind::kDatetime:
    case Value::Kind::kDuration: return true;
    default: return false;
  }
}

template <class T>
std::strong_ordering compare_lists(const std::vector<T>& a, const std::vector<T>& b) {
  return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end());
}

void append_text(std::string& out, const Value& value);

void append_call(std::string& out, std::string_view function, std::string_view argument) {
  out += function;
  out += "(\"";
  out += argument;
  out += "\")";
}

void append_datetime(std::string& out, std::int64_t ms) {
  const std::string text = datetime_text(ms);
  append_call(out, "datetime", text.empty() ? "1970-01-01" : text);
  if (!text.empty()) return;
  out += ".offset(";
  append_call(out, "duration", duration_text(ms));
  out += ")";
}

void append_set(std::string& out, const std::vector<Value>& elements) {
  out += '[';
  for (const Value& element : elements) {
    if (&element != &elements.front()) out += ", ";
    append_text(out, element);
  }
  out += ']';
}

void append_record(std::string& out, const std::vector<Value::Field>& fields) {
  out += '{';
  for (const auto& field : fields) {
    if (&field != &fields.front()) out += ", ";
    append_quoted(out, field.first);
    out += ": ";
    append_text(out, field.second);
  }
  out += '}';
}

void append_text(std::string& out, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kBool: out += value.as_bool() ? "true" : "false"; return;
    case Value::Kind::kLong: out += std::to_string(value.as_integer()); return;
    case Value::Kind::kString: append_quoted(out, value.as_string()); return;
    case Value::Kind::kEntity: out += to_cedar_text(value.as_entity()); return;
    case Value::Kind::kSet: append_set(out, value.as_set()); return;
    case Value::Kind::kRecord: append_record(out, value.as_record()); return;
    case Value::Kind::kDecimal:
      append_call(out, "decimal", decimal_text(value.as_decimal_units()));
      return;
    case Value::Kind::kIp: append_call(out, "ip", to_text(value.as_ip())); return;
    case Value::Kind::kDatetime: append_datetime(out, value.as_datetime_ms()); return;
    case Value::Kind::kDuration:
      append_call(out, "duration", duration_text(value.as_duration_ms()));
      return;
  }
}

}  // namespace

Value::Value(Kind kind, Payload payload)
    : kind_(kind), payload_(std::make_shared<const Payload>(std::move(payload))) {}

Value Value::string(std::string text) { return {Kind::kString, Payload{std::move(text)}}; }

Value Value::entity(EntityUid uid) { return {Kind::kEntity, Payload{std::move(uid)}}; }

Value Value::ip(IpRange range) { return {Kind::kIp, Payload{range}}; }

Value Value::set(std::vector<Value> elements) {
  std::sort(elements.begin(), elements.end());
  elements.erase(std::unique(elements.begin(), elements.end()), elements.end());
  return {Kind::kSet, Payload{std::move(elements)}};
}

Value Value::record(std::vector<Field> fields) {
  // Sorted by name, and of equal names the last one given first, as unique() keeps the first.
  std::vector<Field*> order;
  order.reserve(fields.size());
  for (Field& field : fields) order.push_back(&field);
  std::sort(order.begin(), order.end(), [](const Field* a, const Field* b) {
    return a->first != b->first ? a->first < b->first : a > b;
  });
  const auto same_name = [](const Field* a, const Field* b) { return a->first == b->first; };
  order.erase(std::unique(order.begin(), order.end(), same_name), order.end());
  std::vector<Field> kept;
  kept.reserve(order.size());
  for (Field* field : order) kept.push_back(std::move(*field));
  return {Kind::kRecord, Payload{std::move(kept)}};
}

const Value* Value::find(std::string_view name) const {
  const auto& fields = as_record();
  const auto at = std::lower_bound(fields.begin(), fields.end(), name,
                                   [](const Field& f, std::string_view n) { return f.first < n; });
  return at != fields.end() && at->first == name ? &at->second : nullptr;
}

bool Value::contains(const Value& element) const {
  return std::binary_search(as_set().begin(), as_set().end(), element);
}

std::strong_ordering operator<=>(const Value& a, const Value& b) {
  if (a.kind_ != b.kind_) return a.kind_ <=> b.kind_;
  if (is_inline(a.kind_)) return a.number_ <=> b.number_;
  if (a.payload_ == b.payload_) return std::strong_ordering::equal;
  switch (a.kind_) {
    case Value::Kind::kString: return a.as_string() <=> b.as_string();
    case Value::Kind::kEntity: return a.as_entity() <=> b.as_entity();
    case Value::Kind::kIp: return a.as_ip() <=> b.as_ip();
    case Value::Kind::kSet: return compare_lists(a.as_set(), b.as_set());
    default: return compare_lists(a.as_record(), b.as_record());
  }
}

const char* name_of(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::kBool: return "bool";
    case Value::Kind::kLong: return "long";
    case Value::Kind::kString: return "string";
    case Value::Kind::kEntity: return "entity";
    case Value::Kind::kSet: return "set";
    case Value::Kind::kRecord: return "record";
    case Value::Kind::kDecimal: return "decimal";
    case Value::Kind::kIp: return "ipaddr";
    case Value::Kind::kDatetime: return "datetime";
    case Value::Kind::kDuration: return "duration";
  }
  return "value";
}

std::string to_cedar_text(const EntityUid& uid) {
  std::string out = uid.type + "::";
  append_quoted(out, uid.id);
  return out;
}

std::string to_cedar_text(const Value& value) {
  std::string out;
  append_text(out, value);
  return out;
}

}  // namespace ambit::cedar
