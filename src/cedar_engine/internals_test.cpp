// The parts that the engine stands on.
#include <gtest/gtest.h>
#include <set>

#include "cedar_engine/internal/datum_ops.h"
#include "cedar_engine/internal/symbols.h"

namespace ambit::cedar::engine {
namespace {

TEST(Arena, GivesAgainWhatItGaveBefore) {
  Arena arena;
  void* first = arena.allocate(10);
  EXPECT_NE(first, arena.allocate(10));
  arena.reset();
  EXPECT_EQ(arena.allocate(10), first);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(arena.allocate(1)) % 16, 0u);
}

TEST(Arena, GivesMoreThanABlockHolds) {
  constexpr std::size_t kSize = 50'000;
  constexpr std::size_t kLarge = 10'000'000;
  Arena arena;
  for (int round = 0; round < 3; ++round) {
    std::vector<std::string_view> blocks;
    for (int i = 0; i < 100; ++i) {
      char* block = static_cast<char*>(arena.allocate(kSize));
      std::memset(block, i, kSize);
      blocks.emplace_back(block, kSize);
    }
    char* large = static_cast<char*>(arena.allocate(kLarge));
    std::memset(large, 'x', kLarge);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      EXPECT_EQ(blocks[i].find_first_not_of(static_cast<char>(i)), std::string_view::npos) << i;
    }
    EXPECT_EQ(std::string_view(large, kLarge).find_first_not_of('x'), std::string_view::npos);
    arena.reset();
  }
}

TEST(HashText, TellsTextsApartAndDependsOnTheKey) {
  std::set<std::uint64_t> seen;
  std::string text;
  for (int i = 0; i < 200; ++i) {
    seen.insert(hash_text(text, make_key(1)));
    text += static_cast<char>('a' + i % 3);
  }
  EXPECT_EQ(seen.size(), 200u);
  EXPECT_NE(hash_text("abc", make_key(1)), hash_text("abc", make_key(2)));
  EXPECT_EQ(hash_text("abc", make_key(1)), hash_text("abc", make_key(1)));
}

TEST(SameText, ComparesEveryLength) {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string text(size, 'x');
    EXPECT_TRUE(same_text(text, std::string(size, 'x'))) << size;
    EXPECT_FALSE(same_text(text, std::string(size + 1, 'x'))) << size;
    for (std::size_t at = 0; at < size; ++at) {
      std::string other = text;
      other[at] = 'y';
      EXPECT_FALSE(same_text(text, other)) << size << " " << at;
    }
  }
}

TEST(Symbols, KeepTheirNumbersAndTexts) {
  SymbolWriter writer(make_key(3));
  const std::string long_id(100, 'l');
  std::vector<EntityId> ids;
  for (int i = 0; i < 1000; ++i) ids.push_back(writer.entity({"T", long_id + std::to_string(i)}));
  const auto early = writer.snapshot();
  EXPECT_EQ(writer.snapshot(), early);
  for (int i = 0; i < 1000; ++i) writer.entity({"U", std::to_string(i)});
  EXPECT_NE(writer.snapshot(), early);
  for (const auto& shared : {early, writer.snapshot()}) {
    RequestSymbols symbols;
    symbols.reset(shared);
    for (int i = 0; i < 1000; ++i) {
      EXPECT_EQ(symbols.entity("T", long_id + std::to_string(i)), ids[static_cast<std::size_t>(i)]);
    }
    EXPECT_EQ(symbols.uid_of(ids[7]), (EntityUid{"T", long_id + "7"}));
  }
}

TEST(RequestSymbols, NumberWhatNobodyElseKnowsAndForgetIt) {
  SymbolWriter writer(make_key(3));
  const EntityId known = writer.entity({"T", "known"});
  RequestSymbols symbols;
  symbols.reset(writer.snapshot());
  EXPECT_EQ(symbols.entity("T", "known"), known);
  EXPECT_EQ(symbols.find_entity("T", "new"), kNone);
  const EntityId own = symbols.entity("T", "new");
  EXPECT_TRUE(is_local(own));
  EXPECT_EQ(symbols.entity("T", "new"), own);
  EXPECT_EQ(symbols.type_of(own), symbols.type_of(known));
  EXPECT_NE(symbols.entity("Other", "new"), own);
  EXPECT_EQ(symbols.text_of(symbols.name("odd name")), "odd name");
  symbols.reset(writer.snapshot());
  EXPECT_EQ(symbols.find_entity("T", "new"), kNone);
}

// Values of each kind, none equal to another.
std::vector<Datum> different_values(Arena& arena) {
  static const IpRange kIp = parse_ip("1.2.3.4").value();
  static const IpRange kRange = parse_ip("1.2.3.4/8").value();
  const auto set = [&](std::vector<Datum> elements) {
    Datum* out = arena.array<Datum>(elements.size());
    std::copy(elements.begin(), elements.end(), out);
    return make_set(out, elements.size());
  };
  const auto record = [&](std::vector<DatumField> fields) {
    return make_record(fields.data(), fields.size(), arena);
  };
  return {Datum::boolean(false),
          Datum::boolean(true),
          Datum::integer(0),
          Datum::integer(-1),
          Datum::decimal(0),
          Datum::datetime_ms(0),
          Datum::duration_ms(0),
          Datum::entity(EntityId{0}),
          Datum::entity(EntityId{1}),
          Datum::string(""),
          Datum::string("a"),
          Datum::string("b"),
          Datum::ip(kIp),
          Datum::ip(kRange),
          set({}),
          set({Datum::integer(1)}),
          set({Datum::integer(1), Datum::string("a")}),
          record({}),
          record({{NameId{1}, Datum::integer(1)}}),
          record({{NameId{2}, Datum::integer(1)}}),
          record({{NameId{1}, Datum::integer(1)}, {NameId{2}, Datum()}})};
}

TEST(Datums, AreTotallyOrdered) {
  Arena arena;
  const std::vector<Datum> values = different_values(arena);
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < values.size(); ++j) {
      EXPECT_EQ(same(values[i], values[j]), i == j) << i << " " << j;
      EXPECT_EQ(order(values[i], values[j]) == 0, i == j) << i << " " << j;
      EXPECT_EQ(order(values[i], values[j]) < 0, order(values[j], values[i]) > 0) << i << " " << j;
    }
    Arena other;
    const Datum copy = copy_into(other, values[i]);
    EXPECT_TRUE(same(copy, values[i])) << i;
    EXPECT_EQ(hash_datum(copy, make_key(1)), hash_datum(values[i], make_key(1))) << i;
  }
}

TEST(Datums, AreFoundInSetsAndRecordsOfEverySize) {
  for (std::uint32_t size = 0; size < 40; ++size) {
    Arena arena;
    Datum* elements = arena.array<Datum>(size * 2);
    std::vector<DatumField> fields;
    for (std::uint32_t i = 0; i < size; ++i) {
      elements[i] = elements[size + i] = Datum::integer(size - i);
      fields.push_back({NameId{size - i}, Datum::integer(i)});
    }
    const Datum set = make_set(elements, size * 2);
    const Datum record = make_record(fields.data(), size, arena);
    EXPECT_EQ(set.size(), size);
    for (std::uint32_t i = 1; i <= size; ++i) {
      EXPECT_TRUE(contains(set, Datum::integer(i))) << size << " " << i;
      const Datum* field = find_field(record, NameId{i});
      ASSERT_NE(field, nullptr) << size << " " << i;
      EXPECT_EQ(field->number(), size - i);
    }
    EXPECT_FALSE(contains(set, Datum::integer(size + 1)));
    EXPECT_EQ(find_field(record, NameId{size + 1}), nullptr);
  }
}

}  // namespace
}  // namespace ambit::cedar::engine
