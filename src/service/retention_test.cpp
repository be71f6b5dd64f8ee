#include "service/retention.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "replay/replay.h"
#include "service/internal/state_file.h"
#include "service/random_history.h"
#include "service/service_fixture.h"

namespace ambit::service {
namespace {

Result<> scan_range(const ports::Log& log, std::uint64_t from, std::uint64_t to,
                    const ports::EntryVisitor& visit) {
  return log.scan(from,
                  [&](const ports::EntryView& entry) { return entry.index < to && visit(entry); });
}

ScanRange ranges_of(const ports::Log& log) {
  return [&log](std::uint64_t from, std::uint64_t to, const ports::EntryVisitor& visit) {
    return scan_range(log, from, to, visit);
  };
}

replay::Source entries_of(const ports::Log& log) {
  return [&log](const ports::EntryVisitor& visit) { return log.scan(0, visit); };
}

// Of a log that has dropped the entries below `end`.
ScanRange what_is_left(const ports::Log& log, std::uint64_t end, const Retained& retained) {
  return [&log, end, keeps = retained.keeps](std::uint64_t from, std::uint64_t to,
                                             const ports::EntryVisitor& visit) {
    return scan_range(log, from, to, [&](const ports::EntryView& entry) {
      return (entry.index < end && !keeps(entry)) || visit(entry);
    });
  };
}

TEST(RetentionTest, Requirement_E5_TheRestIsDecidedAgainWithoutWhatWasDropped) {
  EXPECT_TRUE(rc::check([] {
    Fixture f;
    f.set_up();
    RandomHistory(f, *rc::gen::arbitrary<std::uint32_t>()).play(*rc::gen::inRange(20, 120));
    const std::uint64_t size = f.log.size();
    const std::uint64_t end = *rc::gen::inRange<std::uint64_t>(0, size + 1);
    const auto retained = retain(ranges_of(f.log), end, "");
    RC_ASSERT(retained.has_value());
    const ScanRange left = what_is_left(f.log, end, *retained);
    replay::ReplayOptions options;
    options.from = end;
    options.threads = 1;
    options.keys = f.vault.get();
    const auto whole = replay::replay(entries_of(f.log), options);
    const auto rest = replay::replay(
        [&](const ports::EntryVisitor& visit) { return left(0, size, visit); }, options);
    RC_ASSERT(whole.has_value());
    RC_ASSERT(rest.has_value());
    RC_ASSERT(whole->different == 0u);
    RC_ASSERT(rest->different == 0u);
    RC_ASSERT(rest->decisions == whole->decisions);
    RC_ASSERT(rest->identical == whole->identical);
    // A start reads what approvals were asked for with.
    auto state = read_dropped_state(retained->state);
    RC_ASSERT(state.has_value());
    for (const auto& [id, records] : state->history.approval_records) {
      const auto entry = f.log.read(records.requested);
      RC_ASSERT(retained->keeps({records.requested, entry->record, entry->beside}));
    }
  }));
}

TEST(RetentionTest, DroppingInTwoStepsLeavesTheSameState) {
  EXPECT_TRUE(rc::check([] {
    Fixture f;
    f.set_up();
    RandomHistory(f, *rc::gen::arbitrary<std::uint32_t>()).play(*rc::gen::inRange(20, 80));
    const std::uint64_t end = *rc::gen::inRange<std::uint64_t>(2, f.log.size() + 1);
    const std::uint64_t first = *rc::gen::inRange<std::uint64_t>(1, end);
    const auto earlier = retain(ranges_of(f.log), first, "");
    RC_ASSERT(earlier.has_value());
    const auto at_once = retain(ranges_of(f.log), end, "");
    const auto in_two = retain(what_is_left(f.log, first, *earlier), end, earlier->state);
    RC_ASSERT(at_once.has_value());
    RC_ASSERT(in_two.has_value());
    RC_ASSERT(in_two->state == at_once->state);
    RC_ASSERT(in_two->root == at_once->root);
  }));
}

TEST(RetentionTest, WithoutTheEarlierStateNothingCanFollow) {
  Fixture f;
  f.set_up();
  const std::uint64_t size = f.log.size();
  const ScanRange left = [&](std::uint64_t from, std::uint64_t to, const auto& visit) {
    return scan_range(f.log, std::max<std::uint64_t>(from, 3), to, visit);
  };
  const auto refused = retain(left, size, "");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "ledger.dropped");
  EXPECT_NE(refused.error().message.find("entries 0 to 2"), std::string::npos)
      << refused.error().message;
  EXPECT_EQ(retain(left, size, "no state").error().reason, "snapshot.version");
  EXPECT_FALSE(retain(left, size, "").has_value());
}

}  // namespace
}  // namespace ambit::service
