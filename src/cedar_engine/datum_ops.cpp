#include "cedar_engine/internal/datum_ops.h"

#include <algorithm>

namespace ambit::cedar::engine {
namespace {

using Kind = Datum::Kind;

constexpr std::uint32_t kLinearElements = 8;

// Room for the fields of a record: the values, and after them the names.
struct RecordColumns {
  Datum* values;
  NameId* names;

  RecordColumns(std::size_t count, Arena& arena) {
    char* block = static_cast<char*>(arena.allocate(count * (sizeof(Datum) + sizeof(NameId))));
    values = static_cast<Datum*>(static_cast<void*>(block));
    names = static_cast<NameId*>(static_cast<void*>(block + count * sizeof(Datum)));
  }
};

int sign(std::strong_ordering order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

int order_lists(const Datum& a, const Datum& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (std::uint32_t i = 0; i < a.size(); ++i) {
    if (const int by = order(a.elements()[i], b.elements()[i]); by != 0) return by;
  }
  return 0;
}

int order_records(const Datum& a, const Datum& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (std::uint32_t i = 0; i < a.size(); ++i) {
    const NameId x = a.field_names()[i];
    const NameId y = b.field_names()[i];
    if (x != y) return x < y ? -1 : 1;
    if (const int by = order(a.field_values()[i], b.field_values()[i]); by != 0) return by;
  }
  return 0;
}

int order_strings(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

}  // namespace

int order(const Datum& a, const Datum& b) {
  if (a.kind() != b.kind()) return a.kind() < b.kind() ? -1 : 1;
  switch (a.kind()) {
    case Kind::kString: return order_strings(a.as_string(), b.as_string());
    case Kind::kSet: return order_lists(a, b);
    case Kind::kRecord: return order_records(a, b);
    case Kind::kIp: return sign(a.as_ip() <=> b.as_ip());
    default: return a.number() == b.number() ? 0 : a.number() < b.number() ? -1 : 1;
  }
}

bool same_compound(const Datum& a, const Datum& b) { return order(a, b) == 0; }

std::uint64_t hash_datum(const Datum& datum, HashKey key) {
  const auto kind = static_cast<std::uint64_t>(datum.kind());
  switch (datum.kind()) {
    case Kind::kString: return hash_text(datum.as_string(), key);
    case Kind::kIp: {
      const IpRange& ip = datum.as_ip();
      const std::string_view bytes(reinterpret_cast<const char*>(ip.bytes.data()), ip.bytes.size());
      return hash_pair(hash_text(bytes, key), ip.prefix, key);
    }
    case Kind::kSet: {
      std::uint64_t out = kind;
      for (std::uint32_t i = 0; i < datum.size(); ++i) {
        out = hash_pair(out, hash_datum(datum.elements()[i], key), key);
      }
      return out;
    }
    case Kind::kRecord: {
      std::uint64_t out = kind;
      for (std::uint32_t i = 0; i < datum.size(); ++i) {
        out = hash_pair(out ^ static_cast<std::uint64_t>(datum.field_names()[i]),
                        hash_datum(datum.field_values()[i], key), key);
      }
      return out;
    }
    default: return hash_pair(static_cast<std::uint64_t>(datum.number()), kind, key);
  }
}

bool contains(const Datum& set, const Datum& element) {
  const Datum* begin = set.elements();
  const Datum* end = begin + set.size();
  if (set.size() <= kLinearElements) {
    return std::any_of(begin, end, [&](const Datum& e) { return same(e, element); });
  }
  const Datum* at = std::lower_bound(
      begin, end, element, [](const Datum& a, const Datum& b) { return order(a, b) < 0; });
  return at != end && same(*at, element);
}

Datum make_set(Datum* elements, std::size_t count) {
  std::sort(elements, elements + count,
            [](const Datum& a, const Datum& b) { return order(a, b) < 0; });
  Datum* end = std::unique(elements, elements + count, same);
  return Datum::sorted_set(elements, static_cast<std::size_t>(end - elements));
}

Datum make_record(DatumField* fields, std::size_t count, Arena& arena) {
  constexpr std::size_t kInsertion = 24;
  if (count > kInsertion) {
    std::sort(fields, fields + count,
              [](const DatumField& a, const DatumField& b) { return a.name < b.name; });
  }
  const RecordColumns out(count, arena);
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t at = i;
    for (; at > 0 && out.names[at - 1] > fields[i].name; --at) {
      out.names[at] = out.names[at - 1];
      out.values[at] = out.values[at - 1];
    }
    out.names[at] = fields[i].name;
    out.values[at] = fields[i].value;
  }
  return Datum::sorted_record(out.values, count);
}

Datum copy_into(Arena& arena, const Datum& datum) {
  switch (datum.kind()) {
    case Kind::kString: return Datum::string(arena.copy_text(datum.as_string()));
    case Kind::kIp: return Datum::ip(*arena.copy(datum.as_ip()));
    case Kind::kSet: {
      Datum* out = arena.array<Datum>(datum.size());
      for (std::uint32_t i = 0; i < datum.size(); ++i) {
        out[i] = copy_into(arena, datum.elements()[i]);
      }
      return Datum::sorted_set(out, datum.size());
    }
    case Kind::kRecord: {
      const RecordColumns out(datum.size(), arena);
      for (std::uint32_t i = 0; i < datum.size(); ++i) {
        out.values[i] = copy_into(arena, datum.field_values()[i]);
        out.names[i] = datum.field_names()[i];
      }
      return Datum::sorted_record(out.values, datum.size());
    }
    default: return datum;
  }
}

}  // namespace ambit::cedar::engine
