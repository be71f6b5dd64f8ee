#include "service/holds.h"

#include <gtest/gtest.h>

#include "service/service_fixture.h"

namespace ambit::service {
namespace {

using text::Json;

struct HoldsTest : ::testing::Test {
  Fixture f;
  HoldsTest() { f.set_up(); }
  Caller auditor = Fixture::human("rita", {domain::Role::kAuditor});

  Result<Json> place(const Caller& caller, const ports::Hold& hold,
                     const std::string& reason = "case 17") {
    return f.ask(
        [&](Answer done) { f.service->holds().place(caller, hold, reason, std::move(done)); });
  }
  Result<Json> release(const Caller& caller, const std::string& name,
                       const std::string& reason = "closed") {
    return f.ask(
        [&](Answer done) { f.service->holds().release(caller, name, reason, std::move(done)); });
  }
  Result<Json> list(const Caller& caller) {
    return f.ask([&](Answer done) { f.service->holds().list(caller, std::move(done)); });
  }
};

TEST_F(HoldsTest, TheLedgerSaysWhoPlacedAndReleasedOneAndWhy) {
  const Json placed = Fixture::must(place(auditor, {"case-17", 3, 9}));
  EXPECT_EQ(placed.string_or("name", ""), "case-17");
  EXPECT_EQ(Fixture::must(list(f.sam)).find("items")->as_array().size(), 1u);
  const auto held = f.records("ledger.held");
  ASSERT_EQ(held.size(), 1u);
  EXPECT_GE(placed.find("ledger_index")->as_int(), 0);
  EXPECT_EQ(held[0].string_or("by", ""), "rita");
  EXPECT_EQ(held[0].string_or("reason", ""), "case 17");
  EXPECT_EQ(held[0].find("from")->as_int(), 3);
  EXPECT_EQ(held[0].find("to")->as_int(), 9);
  EXPECT_EQ(place(auditor, {"case-17", 0, 1}).error().reason, "hold.exists");

  Fixture::must(release(f.sam, "case-17"));
  const auto released = f.records("ledger.released");
  ASSERT_EQ(released.size(), 1u);
  EXPECT_EQ(released[0].string_or("by", ""), "sam");
  EXPECT_EQ(released[0].string_or("reason", ""), "closed");
  EXPECT_EQ(released[0].find("to")->as_int(), 9) << "what was let go";
  EXPECT_TRUE(f.holds.held.empty());
  EXPECT_EQ(release(f.sam, "case-17").error().reason, "hold.unknown");
  EXPECT_EQ(f.records("ledger.released").size(), 1u);
}

TEST_F(HoldsTest, OneWithoutAnEndHoldsWhateverComes) {
  const Json placed = Fixture::must(place(auditor, {"all", 0}));
  EXPECT_EQ(placed.find("to"), nullptr);
  EXPECT_EQ(f.holds.held.front().end, std::numeric_limits<std::uint64_t>::max());
}

TEST_F(HoldsTest, IsForHumansWithTheRoleAndAReason) {
  EXPECT_EQ(place(f.bob, {"a", 0, 1}).error().reason, "caller.role");
  EXPECT_EQ(list(f.bob).error().reason, "caller.role");
  Caller machine = auditor;
  machine.kind = CallerKind::kService;
  EXPECT_EQ(place(machine, {"a", 0, 1}).error().reason, "caller.role");
  EXPECT_EQ(place(auditor, {"a", 0, 1}, "").error().reason, "hold.reason");
  EXPECT_EQ(place(auditor, {"a", 0, 1}, std::string(1001, 'x')).error().reason, "hold.reason");
  Fixture::must(place(auditor, {"a", 0, 1}));
  EXPECT_EQ(release(auditor, "a").error().reason, "caller.role");
  EXPECT_EQ(release(f.sam, "a", "").error().reason, "hold.reason");
  EXPECT_EQ(f.holds.held.size(), 1u);
}

TEST_F(HoldsTest, NothingIsReleasedThatTheLedgerCannotTell) {
  Fixture::must(place(auditor, {"a", 0, 1}));
  f.log.break_disk("full");
  EXPECT_FALSE(release(f.sam, "a"));
  EXPECT_EQ(f.holds.held.size(), 1u);
}

}  // namespace
}  // namespace ambit::service
