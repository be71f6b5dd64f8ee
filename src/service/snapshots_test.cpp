#include "service/snapshots.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "service/internal/rebuild.h"
#include "service/internal/sealing.h"
#include "service/internal/state_file.h"
#include "service/random_history.h"
#include "service/service_fixture.h"
#include "tests/fakes/forwarding_log.h"
#include "tests/fakes/forwarding_store.h"

namespace ambit::service {
namespace {

using text::Json;

const crypto::HmacKey kKey("snapshot key");

LedgerState fold_all(const ports::Log& log, std::uint64_t end) {
  LedgerState state;
  const auto folded = fold_until(state, log, end);
  if (!folded) throw std::runtime_error(folded.error().message);
  return state;
}

// What the service would begin with, as bytes that can be compared, and what approvers are shown.
std::string world_of(Fixture& f, const LedgerState& state) {
  Ports ports;
  ports.store = f.store.get();
  ports.log = &f.log;
  ports.clock = &f.clock;
  ports.loop = ports.background = &f.loop;
  ports.vault = f.vault.get();
  Context context(ports, f.settings, crypto::SigningKey::from_ed25519_seed(f.key_seed).value());
  Result<> made = load_registry(context);
  if (made) made = take_over(context, state);
  if (!made) throw std::runtime_error(made.error().message);
  std::string shown;
  for (const auto& [id, approval] : context.world.approvals) {
    shown += text::to_canonical_json(domain::to_json(approval));
  }
  for (const auto& [digest, id] : context.world.approval_by_digest) shown += digest + id;
  LedgerState out;
  out.history = static_cast<const History&>(context.world);
  return write_state_body(out) + shown;
}

// --- a snapshot and the rest make what all entries make

TEST(SnapshotsTest, ASnapshotAndTheEntriesAfterItMakeTheSameStateAsAllEntries) {
  EXPECT_TRUE(rc::check([] {
    Fixture f;
    f.set_up();
    RandomHistory(f, *rc::gen::arbitrary<std::uint32_t>()).play(*rc::gen::inRange(20, 120));
    const std::uint64_t end = f.log.size();
    const auto cut = *rc::gen::inRange<std::uint64_t>(0, end + 1);
    const LedgerState whole = fold_all(f.log, end);
    const std::string file = write_state(fold_all(f.log, cut), kKey);
    auto read = read_state(file, kKey);
    RC_ASSERT(read.has_value());
    RC_ASSERT(write_state(*read, kKey) == file);
    RC_ASSERT(fold_until(*read, f.log, end).has_value());
    RC_ASSERT(write_state_body(*read) == write_state_body(whole));
    RC_ASSERT(world_of(f, *read) == world_of(f, whole));
  }));
}

// The state that is folded from the ledger is the one that the service had.
TEST(SnapshotsTest, AStartFromASnapshotShowsWhatWasShownBefore) {
  EXPECT_TRUE(rc::check([] {
    Fixture f;
    f.takes_snapshots = true;
    f.open();
    f.set_up();
    RandomHistory history(f, *rc::gen::arbitrary<std::uint32_t>());
    history.play(*rc::gen::inRange(10, 60));
    f.clock.time = f.clock.time + seconds(2);
    f.service->sweep();
    f.loop.run();
    RC_ASSERT(f.snapshots->covered() > 0u);
    history.play(*rc::gen::inRange(0, 30));
    const auto before = history.shown();
    f.open();
    RC_ASSERT(f.snapshot_troubles.empty());
    RC_ASSERT(f.snapshots->covered() > 0u);
    RC_ASSERT(history.shown() == before);
  }));
}

TEST(SnapshotsFoldTest, WhatIsOverLeavesTheStateSoThatItDoesNotGrow) {
  Fixture f;
  f.set_up();
  std::size_t after_few = 0;
  for (int i = 0; i < 60; ++i) {
    const auto work = f.start(f.task_spec(100), "key-" + std::to_string(i));
    for (int j = 0; j < 40; ++j) f.attempt(work.caller, "read", R"({"path":"/work/a"})");
    Fixture::must(
        f.ask([&](Answer done) { f.service->tasks().end(f.alice, work.task, "done", done); }));
    if (i == 19) after_few = write_state_body(fold_all(f.log, f.log.size())).size();
  }
  LedgerState state = fold_all(f.log, f.log.size());
  // Far more entries, in which nothing happens.
  for (std::uint64_t i = 0; i <= LedgerState::kStay; ++i) {
    f.log.append(
        ports::Entry(ledger::encode_record(f.clock.now(), "search", Json::object()).value()), {});
  }
  ASSERT_TRUE(fold_until(state, f.log, f.log.size()).has_value());
  EXPECT_TRUE(state.history.tasks.empty());
  EXPECT_TRUE(state.history.instances.empty());
  EXPECT_TRUE(state.history.situations.empty());
  EXPECT_TRUE(state.history.claims.empty());
  EXPECT_LT(write_state_body(state).size(), after_few);
  for (int i = 0; i < 60; ++i) {
    EXPECT_TRUE(state.history.instance_keys.contains("key-" + std::to_string(i)))
        << "may never be used again";
  }
}

// --- what is not to be believed

struct DistrustTest : ::testing::Test {
  Fixture f;
  Fixture::Work work;
  Json before;
  DistrustTest() {
    f.takes_snapshots = true;
    f.open();
    f.set_up();
    work = f.start(f.task_spec(100));
    for (int i = 0; i < 5; ++i) f.attempt(work.caller, "read", R"({"path":"/work/a"})");
    take();
    f.attempt(work.caller, "read", R"({"path":"/work/b"})");
    before = session();
  }
  void take() {
    f.clock.time = f.clock.time + seconds(2);
    f.service->sweep();
    f.loop.run();
  }
  Json session() { return *f.show_task(f.admin, work.task).value().find("session_state"); }
  // Starts, and must find everything as it was, and say why not from the snapshot.
  void expect_ignored(const std::string& code) {
    f.open();
    ASSERT_EQ(f.snapshot_troubles, std::vector<std::string>{code});
    EXPECT_EQ(session(), before);
    EXPECT_EQ(f.attempt(work.caller, "read", R"({"path":"/work/c"})").decision.verdict,
              domain::Verdict::kAllow);
  }
};

TEST_F(DistrustTest, AGoodOneIsBelieved) {
  ASSERT_TRUE(f.snapshot_file.has_value());
  f.open();
  EXPECT_TRUE(f.snapshot_troubles.empty());
  EXPECT_GT(f.snapshots->covered(), 0u);
  EXPECT_EQ(session(), before);
}

TEST_F(DistrustTest, AnEditedOneIsIgnored) {
  const std::string good = *f.snapshot_file;
  const std::size_t body = std::string("ambit state snapshot\n").size() + 16;
  for (std::size_t at = body; at < good.size(); at += 97) {
    f.snapshot_file = good;
    (*f.snapshot_file)[at] = static_cast<char>((*f.snapshot_file)[at] ^ 1);
    ASSERT_EQ(read_state(*f.snapshot_file, kKey).error().reason, "snapshot.forged") << at;
  }
  f.snapshot_file = good;
  f.snapshot_file->back() = static_cast<char>(f.snapshot_file->back() ^ 1);
  expect_ignored("snapshot.forged");
}

TEST_F(DistrustTest, OneOfAnotherInstallationIsIgnored) {
  f.snapshot_key = "another key";
  expect_ignored("snapshot.forged");
}

TEST_F(DistrustTest, OneOfAnotherLedgerIsIgnored) {
  Fixture other;
  other.set_up();
  other.start(other.task_spec(7));
  ASSERT_LE(other.log.size(), f.log.size());
  f.snapshot_file = write_state(fold_all(other.log, other.log.size()), kKey);
  expect_ignored("snapshot.other_ledger");
}

TEST_F(DistrustTest, OneOfMoreThanTheLedgerHasIsIgnored) {
  LedgerState future = fold_all(f.log, f.log.size());
  for (int i = 0; i < 3; ++i) {
    const std::string record =
        ledger::encode_record(f.clock.now(), "search", Json::object({{"i", i}})).value();
    ASSERT_TRUE(fold_entry(future, {f.log.size() + static_cast<std::uint64_t>(i), record, {}}));
  }
  f.snapshot_file = write_state(future, kKey);
  expect_ignored("snapshot.other_ledger");
}

TEST_F(DistrustTest, ATornOneIsIgnored) {
  const std::string good = *f.snapshot_file;
  for (std::size_t size = 0; size < good.size(); size += size < 200 ? 1 : 61) {
    ASSERT_EQ(read_state(good.substr(0, size), kKey).error().reason, "snapshot.form") << size;
  }
  f.snapshot_file = good.substr(0, good.size() / 2);
  expect_ignored("snapshot.form");
}

TEST_F(DistrustTest, OneThatWasAddedToIsIgnored) {
  *f.snapshot_file += "more";
  expect_ignored("snapshot.form");
}

TEST_F(DistrustTest, OneOfAnUnknownVersionIsIgnored) {
  (*f.snapshot_file)[std::string("ambit state snapshot\n").size()] = 2;
  expect_ignored("snapshot.version");
}

TEST_F(DistrustTest, AMissingOneIsNothingToTellOf) {
  f.snapshot_file.reset();
  f.open();
  EXPECT_TRUE(f.snapshot_troubles.empty());
  EXPECT_EQ(session(), before);
}

TEST_F(DistrustTest, ASnapshotNeverRefusesAStart) {
  // One that tells of fewer changes than there were, as a defect would leave it.
  LedgerState wrong = fold_all(f.log, f.log.size());
  wrong.changes -= 1;
  f.snapshot_file = write_state(wrong, kKey);
  f.open();
  EXPECT_EQ(session(), before);
}

// A log whose files somebody edited, and not its tree.
class EditedLog final : public fakes::ForwardingLog {
 public:
  EditedLog(ports::Log& log, std::string from, std::string to)
      : ForwardingLog(log), from_(std::move(from)), to_(std::move(to)) {}
  Result<ports::Entry> read(std::uint64_t index) const override {
    AMBIT_TRY(ports::Entry entry, ForwardingLog::read(index));
    entry.record = edited(entry.record);
    return entry;
  }
  Result<> scan(std::uint64_t from, const ports::EntryVisitor& visitor) const override {
    return ForwardingLog::scan(from, [&](const ports::EntryView& entry) {
      const std::string record = edited(std::string(entry.record));
      return visitor({entry.index, record, entry.beside});
    });
  }

 private:
  std::string edited(std::string record) const {
    const std::size_t at = record.find(from_);
    return at == std::string::npos ? record : record.replace(at, from_.size(), to_);
  }
  std::string from_, to_;
};

TEST_F(DistrustTest, AnEditedLedgerRefusesAStart) {
  const std::string claim(f.records("instance.admitted").at(0).string_or("claim", ""));
  ASSERT_EQ(claim.size(), 64u);
  // Whoever edits it would have a claim to redeem.
  EditedLog edited(f.log, claim, std::string(64, '0'));
  for (const bool with_snapshot : {true, false}) {
    if (!with_snapshot) f.snapshot_file.reset();
    f.other_log = &f.log;
    EXPECT_NO_THROW(f.open()) << with_snapshot;
    f.other_log = &edited;
    if (with_snapshot) {
      // What the snapshot covers is not read again; the rest is of no use to anybody.
      EXPECT_NO_THROW(f.open());
      EXPECT_EQ(session(), before);
      continue;
    }
    try {
      f.open();
      ADD_FAILURE() << "started";
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find("newest checkpoint"), std::string::npos);
    }
  }
}

TEST_F(DistrustTest, AnOlderRegistryIsFoundFromASnapshotToo) {
  struct Older final : fakes::ForwardingStore {
    using ForwardingStore::ForwardingStore;
    Result<std::uint64_t> revision() const override { return *ForwardingStore::revision() - 1; }
  };
  f.key_store = f.store.get();
  const auto newest = std::move(f.store);
  f.store = std::make_unique<Older>(*newest);
  try {
    f.open();
    FAIL() << "an older registry was taken";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("older copy"), std::string::npos) << error.what();
  }
  f.service.reset();
  f.vault.reset();
}

TEST_F(DistrustTest, WhatCannotBeWrittenIsSaidAndTriedAgain) {
  const std::string good = *f.snapshot_file;
  f.snapshot_disk = fail(Code::kUnavailable, "data.io", "no space");
  f.attempt(work.caller, "read", R"({"path":"/work/d"})");
  take();
  EXPECT_EQ(f.snapshot_troubles, std::vector<std::string>{"data.io"});
  EXPECT_EQ(*f.snapshot_file, good);
  f.snapshot_disk = {};
  take();
  EXPECT_NE(*f.snapshot_file, good);
}

TEST_F(DistrustTest, AStopWritesTheLastOne) {
  ASSERT_LT(f.snapshots->covered(), f.log.size());
  ASSERT_TRUE(f.snapshots->finish().has_value());
  EXPECT_EQ(f.snapshots->covered(), f.log.size());
  f.open();
  EXPECT_EQ(f.snapshots->covered(), f.log.size());
  EXPECT_EQ(session(), before);
}

}  // namespace
}  // namespace ambit::service
