#include "index/internal/entry_set.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <set>

namespace ambit::index::internal {
namespace {

EntrySet set_of(const std::set<std::uint16_t>& entries) {
  EntrySet out;
  for (const std::uint16_t entry : entries) out.add(entry);
  return out;
}

std::set<std::uint16_t> entries_of(const EntrySet& set) {
  std::set<std::uint16_t> out;
  set.each(true, [&](std::uint16_t entry) { return out.insert(entry).second; });
  return out;
}

RC_GTEST_PROP(EntrySetProperty, IsASet,
              (const std::set<std::uint16_t>& a, const std::set<std::uint16_t>& b)) {
  const EntrySet left = set_of(a), right = set_of(b);
  std::set<std::uint16_t> both, either = a, rest;
  for (const auto entry : a) (b.contains(entry) ? both : rest).insert(entry);
  either.insert(b.begin(), b.end());
  EntrySet out = left;
  RC_ASSERT(entries_of(out &= right) == both);
  out = left;
  RC_ASSERT(entries_of(out |= right) == either);
  out = left;
  RC_ASSERT(entries_of(out -= right) == rest);
  RC_ASSERT(left.count() == a.size());
  RC_ASSERT(entries_of(EntrySet::parse(left.bytes()).value()) == a);
  const auto from = *rc::gen::inRange<std::uint64_t>(0, kChunk + 1);
  const auto before = *rc::gen::inRange<std::uint64_t>(0, kChunk + 1);
  out = left;
  out.keep(from, before);
  std::set<std::uint16_t> kept;
  for (const auto entry : a) {
    if (entry >= from && entry < before) kept.insert(entry);
  }
  RC_ASSERT(entries_of(out) == kept);
}

TEST(EntrySet, ManyEntriesAreBitsAndComeBack) {
  for (const std::size_t count : {4094u, 4095u, 4096u, 4097u, 65'536u}) {
    EntrySet set;
    for (std::size_t entry = 0; entry < count; ++entry) set.add(static_cast<std::uint16_t>(entry));
    const std::string bytes = set.bytes();
    EXPECT_LE(bytes.size(), kChunk / 8);
    EXPECT_EQ(EntrySet::parse(bytes)->count(), count);
  }
}

TEST(EntrySet, RefusesWhatItDidNotWrite) {
  EXPECT_EQ(EntrySet::parse("abc").error().reason, "index.corrupt");
  EXPECT_EQ(EntrySet::parse(std::string(8194, 'x')).error().reason, "index.corrupt");
}

}  // namespace
}  // namespace ambit::index::internal
