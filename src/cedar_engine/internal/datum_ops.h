// Comparing, hashing and searching values. None may be foreign, nor hold anything foreign.
#pragma once

#include <algorithm>

#include "cedar_engine/datum.h"
#include "cedar_engine/internal/arena.h"
#include "cedar_engine/internal/hash.h"

namespace ambit::cedar::engine {

// A total order, by kind first and by content as is cheapest; negative, zero or positive. Equal
// exactly where Cedar's `==` holds.
int order(const Datum& a, const Datum& b);

bool same_compound(const Datum& a, const Datum& b);

inline bool same(const Datum& a, const Datum& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Datum::Kind::kString: return same_text(a.as_string(), b.as_string());
    case Datum::Kind::kSet:
    case Datum::Kind::kRecord:
    case Datum::Kind::kIp: return same_compound(a, b);
    default: return a.number() == b.number();
  }
}

std::uint64_t hash_datum(const Datum& datum, HashKey key);

// Whether a set has an element.
bool contains(const Datum& set, const Datum& element);

// The field of a record, or null.
inline const Datum* find_field(const Datum& record, NameId name) {
  constexpr std::uint32_t kLinear = 16;
  const NameId* names = record.field_names();
  if (record.size() <= kLinear) {
    for (std::uint32_t i = 0; i < record.size(); ++i) {
      if (names[i] == name) return record.field_values() + i;
    }
    return nullptr;
  }
  const NameId* end = names + record.size();
  const NameId* at = std::lower_bound(names, end, name);
  return at != end && *at == name ? record.field_values() + (at - names) : nullptr;
}

// A set of these elements, which are sorted in place and must stay.
Datum make_set(Datum* elements, std::size_t count);

// A record of these fields, whose names are unique. May sort them in place; they need not stay.
Datum make_record(DatumField* fields, std::size_t count, Arena& arena);

// The same value with all that it points to in `arena`.
Datum copy_into(Arena& arena, const Datum& datum);

// Converts a value with all that it holds. `symbols` numbers its names and says whether texts are
// borrowed or copied.
template <class SymbolsOf>
Datum import(const Value& value, SymbolsOf& symbols, Arena& arena) {
  switch (value.kind()) {
    case Value::Kind::kBool: return Datum::boolean(value.as_bool());
    case Value::Kind::kLong: return Datum::integer(value.as_integer());
    case Value::Kind::kDecimal: return Datum::decimal(value.as_decimal_units());
    case Value::Kind::kDatetime: return Datum::datetime_ms(value.as_datetime_ms());
    case Value::Kind::kDuration: return Datum::duration_ms(value.as_duration_ms());
    case Value::Kind::kString: return Datum::string(symbols.text(value.as_string(), arena));
    case Value::Kind::kEntity: return Datum::entity(symbols.entity(value.as_entity()));
    case Value::Kind::kIp: return Datum::ip(*arena.copy(value.as_ip()));
    case Value::Kind::kSet: {
      const auto& elements = value.as_set();
      Datum* out = arena.array<Datum>(elements.size());
      for (std::size_t i = 0; i < elements.size(); ++i) {
        out[i] = import(elements[i], symbols, arena);
      }
      return make_set(out, elements.size());
    }
    case Value::Kind::kRecord: break;
  }
  const auto& fields = value.as_record();
  DatumField* out = arena.array<DatumField>(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    out[i] = {symbols.name(fields[i].first), import(fields[i].second, symbols, arena)};
  }
  return make_record(out, fields.size(), arena);
}

}  // namespace ambit::cedar::engine
