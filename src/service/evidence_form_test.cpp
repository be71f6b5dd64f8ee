// Whatever people and agents write, the ledger can be read again, and what takes authority away is
// kept.
#include <gtest/gtest.h>

#include "ledger/record.h"
#include "service/service_fixture.h"

namespace ambit::service {
namespace {

struct EvidenceFormTest : ::testing::Test {
  Fixture f;
  EvidenceFormTest() { f.set_up(); }

  // One byte off, so that a cut at any round number falls inside a character.
  static std::string long_words() {
    std::string out = "x";
    while (out.size() < 4000) out += "é";
    return out;
  }
  // Every record can be read, and a start finds the world as it was.
  void expect_readable() {
    for (std::uint64_t i = 0; i < f.log.size(); ++i) {
      const auto entry = f.log.read(i).value();
      EXPECT_TRUE(ledger::decode_record(i, entry.record).has_value()) << entry.record;
    }
    EXPECT_NO_THROW(f.open());
  }
};

TEST_F(EvidenceFormTest, ALongReasonEndsATaskForGood) {
  const auto work = f.start(f.task_spec());
  const auto ended = f.ask(
      [&](Answer done) { f.service->tasks().end(work.caller, work.task, long_words(), done); });
  EXPECT_TRUE(ended.has_value());
  expect_readable();
  EXPECT_EQ(f.service->health().open_tasks, 0u);
}

TEST_F(EvidenceFormTest, AnAgentCannotSpoilTheLedgerByPublishingPolicies) {
  const auto work = f.start(f.task_spec());
  const text::Json set = text::Json::object(
      {{"policies", text::Json::object({{"main", "permit(principal, action, resource) when { " +
                                                     long_words() + " };"},
                                        {long_words(), "permit("}})}});
  const auto refused =
      f.ask([&](Answer done) { f.service->policies().put(work.caller, set, done); });
  EXPECT_EQ(refused.error().reason, "caller.role");
  expect_readable();
}

TEST_F(EvidenceFormTest, ANoteOfARefusedProposalIsKept) {
  const text::Json set = f.json(R"({"policies":{"main":"permit(principal, action, resource);"}})");
  const auto proposal =
      Fixture::must(f.ask([&](Answer done) { f.service->policies().put(f.admin, set, done); }));
  ASSERT_EQ(proposal.string_or("state", ""), "open");
  Fixture::must(f.ask([&](Answer done) {
    f.service->policies().refuse(f.sam, std::string(proposal.string_or("id", "")), long_words(),
                                 done);
  }));
  expect_readable();
}

TEST_F(EvidenceFormTest, LongNamesOfPoliciesAndTestsAreCutBetweenCharacters) {
  const std::string id = "@id(\"" + long_words() + "\") ";
  (void)f.publish(text::Json::object(
      {{"policies", text::Json::object({{"main", id + "permit(principal, action, resource);"}})}}));
  (void)f.publish(text::Json::object(
      {{"policies", text::Json::object({{"main", id + "forbid(principal, action, resource);"}})}}));
  EXPECT_FALSE(f.records("policy.published").empty());
  expect_readable();
}

TEST_F(EvidenceFormTest, ARecordThatIsNoUtf8IsRefused) {
  const auto record = ledger::encode_record(f.clock.now(), "x", f.json("{}"));
  ASSERT_TRUE(record.has_value());
  const auto bad = ledger::encode_record(f.clock.now(), "x", text::Json::object({{"a", "\xc3"}}));
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().reason, "ledger.record_form");
}

TEST_F(EvidenceFormTest, AnAgentOfManyTasksIsSuspendedForGood) {
  for (int i = 0; i < 2200; ++i) {
    Fixture::must(
        f.ask([&](Answer done) { f.service->tasks().start(f.alice, f.task_spec(), done); }));
  }
  const auto moved = f.move("writer", "suspend");
  ASSERT_TRUE(moved.has_value()) << moved.error().message;
  const text::Json record = f.records("identity.suspended").back();
  EXPECT_EQ(text::to_json(*record.find("left_out")), R"(["ended_tasks"])");
  EXPECT_EQ(record.string_or("actor", ""), "admin") << "what fits is there";
  f.open();
  EXPECT_EQ(f.service->health().open_tasks, 0u);
  EXPECT_EQ(f.service->registry().show_identity(f.admin, "writer").value().string_or("state", ""),
            "suspended");
}

// Each renewal is on record; the end must not take longer and longer for them.
TEST_F(EvidenceFormTest, ATaskWhoseCredentialWasRenewedVeryOftenEndsForGood) {
  text::Json spec = f.task_spec();
  spec.set("deadline_in", "12h");
  const auto work = f.start(spec);
  for (int i = 0; i < 1000; ++i) {
    f.clock.time = f.clock.time + seconds(5);
    const auto renewed = f.wait<Credential>(
        [&](auto done) { f.service->tasks().renew(work.caller, std::move(done)); });
    ASSERT_TRUE(renewed.has_value()) << renewed.error().message;
  }
  const auto ended =
      f.ask([&](Answer done) { f.service->tasks().end(f.alice, work.task, "completed", done); });
  ASSERT_TRUE(ended.has_value()) << ended.error().message;
  EXPECT_LE(ended->find("end_report")->find("probes")->as_array().size(), 100u);
  EXPECT_EQ(ended->find("end_report")->find("credentials")->as_int(), 1001);
  expect_readable();
  EXPECT_EQ(f.service->health().open_tasks, 0u);
}

}  // namespace
}  // namespace ambit::service
