#include "ledger/verifier.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ambit::ledger {
namespace {

// A log in memory with its stored leaf hashes and a checkpoint every few entries.
struct TestLog {
  crypto::SigningKey key = *crypto::SigningKey::from_ed25519_seed(std::string(32, 'k'));
  NoteVerifier verifier = *NoteVerifier::make("example.com/log", key.public_key());
  std::vector<std::string> entries;
  std::vector<Hash> stored;
  std::vector<std::string> checkpoints;
  Frontier tree;

  explicit TestLog(std::size_t count = 40, std::size_t every = 10) {
    seal();
    for (std::size_t i = 0; i < count; ++i) {
      entries.push_back("entry " + std::to_string(i));
      stored.push_back(leaf_hash(entries.back()));
      tree.append(stored.back());
      if ((i + 1) % every == 0) seal();
    }
  }
  void seal() { checkpoints.push_back(sign_checkpoint(tree.size(), tree.root(), verifier, key)); }
  // As an attacker would who can also rewrite the stored hashes.
  void rewrite_hashes() {
    stored.clear();
    for (const std::string& entry : entries) stored.push_back(leaf_hash(entry));
  }
  Checkpoint checkpoint_at(std::size_t n) const {
    return *open_checkpoint(checkpoints[n], verifier);
  }
  VerifyReport verify(const std::string& since = {}) const {
    std::size_t at = 0;
    auto made = Verifier::make(
        verifier,
        [&]() -> std::optional<std::string> {
          if (at == checkpoints.size()) return {};
          return checkpoints[at++];
        },
        since.empty() ? std::vector<Anchor>()
                      : std::vector<Anchor>{{"the checkpoint kept elsewhere", since}});
    EXPECT_TRUE(made) << made.error().message;
    Verifier& walk = *made;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      std::optional<Hash> hash;
      if (i < stored.size()) hash = stored[i];
      if (!walk.entry(entries[i], hash)) break;
    }
    return walk.finish();
  }
};

TEST(Verifier, PassesAnUntouchedLog) {
  for (std::size_t count : {0, 1, 9, 10, 11, 40, 45}) {
    const TestLog log(count);
    const VerifyReport report = log.verify();
    EXPECT_TRUE(report.ok()) << report.what;
    EXPECT_EQ(report.entries, count);
    EXPECT_EQ(report.sealed, count - count % 10);
    EXPECT_EQ(report.checkpoints, 1 + count / 10);
    EXPECT_FALSE(report.first_bad_index);
  }
}

TEST(Verifier, Requirement_H3_NamesTheChangedEntry) {
  EXPECT_TRUE(rc::check([] {
    TestLog log;
    const auto index = *rc::gen::inRange<std::size_t>(0, log.entries.size());
    std::string& entry = log.entries[index];
    entry[*rc::gen::inRange<std::size_t>(0, entry.size())] ^= 1;
    const VerifyReport report = log.verify();
    RC_ASSERT(report.first_bad_index == index);
    RC_ASSERT(report.finding == Finding::kEdited);
    RC_ASSERT(report.what.find("entry " + std::to_string(index) + " was changed") == 0);
  }));
}

TEST(Verifier, Requirement_H3_NamesTheDeletedEntry) {
  for (std::size_t index : {0u, 17u, 39u}) {
    TestLog log;
    log.entries.erase(log.entries.begin() + index);
    const VerifyReport report = log.verify();
    EXPECT_EQ(report.first_bad_index, index) << report.what;
    // Of the last one nothing stands behind it that could have moved up.
    EXPECT_EQ(report.finding, index == 39 ? Finding::kTruncated : Finding::kRemoved);
  }
}

TEST(Verifier, Requirement_H3_NamesTheInsertedEntry) {
  for (std::size_t index : {0u, 17u, 39u}) {
    TestLog log;
    log.entries.insert(log.entries.begin() + index, "forged");
    EXPECT_EQ(log.verify().first_bad_index, index);
    EXPECT_EQ(log.verify().finding, Finding::kInserted) << log.verify().what;
  }
}

TEST(Verifier, Requirement_H3_NamesTheFirstOfTwoReorderedEntries) {
  TestLog log;
  std::swap(log.entries[12], log.entries[31]);
  EXPECT_EQ(log.verify().first_bad_index, 12u);
  EXPECT_EQ(log.verify().finding, Finding::kReordered);
  EXPECT_NE(log.verify().what.find("entry 12 and entry 31"), std::string::npos);
}

TEST(Verifier, Requirement_H3_NamesTheRangeWhenTheStoredHashesWereRewrittenToo) {
  TestLog log;
  log.entries[17] = "forged";
  log.rewrite_hashes();
  const VerifyReport report = log.verify();
  EXPECT_EQ(report.first_bad_index, 10u);
  EXPECT_EQ(report.sealed, 10u);
  EXPECT_EQ(report.finding, Finding::kChanged);
  EXPECT_NE(report.what.find("one of the entries 10 to 19"), std::string::npos) << report.what;
}

TEST(Verifier, Requirement_H3_NamesTheFirstMissingEntryOfATruncatedLog) {
  for (std::size_t left : {0u, 35u, 39u}) {
    TestLog log;
    log.entries.resize(left);
    const VerifyReport report = log.verify();
    EXPECT_EQ(report.first_bad_index, left) << report.what;
    EXPECT_EQ(report.finding, Finding::kTruncated);
    EXPECT_NE(report.what.find("missing"), std::string::npos);
  }
}

TEST(Verifier, TellsAChangedStoredHashFromAChangedEntry) {
  TestLog log;
  log.stored[23].bytes[0] ^= 1;
  const VerifyReport report = log.verify();
  EXPECT_EQ(report.first_bad_index, 23u);
  EXPECT_EQ(report.finding, Finding::kFile);
  EXPECT_NE(report.what.find("the stored hash of entry 23 was changed"), std::string::npos);
}

TEST(Verifier, ReportsADifferingEntryThatNoCheckpointCovers) {
  TestLog log(45);
  log.entries[42] = "forged";
  EXPECT_EQ(log.verify().first_bad_index, 42u);
}

TEST(Verifier, DetectsACheckpointByAnotherKey) {
  TestLog log;
  const auto other = *crypto::SigningKey::from_ed25519_seed(std::string(32, 'x'));
  log.checkpoints[2] = sign_checkpoint(20, log.checkpoint_at(2).root, log.verifier, other);
  const VerifyReport report = log.verify();
  EXPECT_NE(report.what.find("checkpoint 2"), std::string::npos) << report.what;
}

TEST(Verifier, DetectsAForkedCheckpoint) {
  TestLog log;
  log.checkpoints.push_back(sign_checkpoint(40, leaf_hash("fork"), log.verifier, log.key));
  EXPECT_NE(log.verify().what.find("another root"), std::string::npos);
}

TEST(Verifier, DetectsCheckpointsThatGoBack) {
  TestLog log;
  std::swap(log.checkpoints[2], log.checkpoints[3]);
  EXPECT_NE(log.verify().what.find("goes back"), std::string::npos);
  EXPECT_EQ(log.verify().finding, Finding::kCheckpoint);
}

TEST(Verifier, DetectsARollbackAgainstACheckpointKeptElsewhere) {
  TestLog log;
  const std::string kept = log.checkpoints[4];
  log.entries.resize(30);
  log.checkpoints.resize(4);
  EXPECT_TRUE(log.verify().ok());
  const VerifyReport report = log.verify(kept);
  EXPECT_EQ(report.first_bad_index, 30u);
  EXPECT_EQ(report.finding, Finding::kRolledBack);
  EXPECT_NE(report.what.find("kept elsewhere covers 40"), std::string::npos) << report.what;
}

TEST(Verifier, DetectsALogRewrittenByItsKeyAgainstACheckpointKeptElsewhere) {
  const TestLog honest;
  TestLog rewritten(0);
  rewritten.checkpoints.clear();
  for (std::size_t i = 0; i < 40; ++i) {
    rewritten.entries.push_back(i == 3 ? "forged" : "entry " + std::to_string(i));
    rewritten.tree.append(leaf_hash(rewritten.entries.back()));
  }
  rewritten.rewrite_hashes();
  rewritten.seal();
  EXPECT_TRUE(rewritten.verify().ok());
  const VerifyReport report = rewritten.verify(honest.checkpoints[2]);
  EXPECT_EQ(report.finding, Finding::kForked);
  EXPECT_NE(report.what.find("not a continuation"), std::string::npos) << report.what;
  EXPECT_TRUE(honest.verify(honest.checkpoints[2]).ok());
}

TEST(Verifier, RefusesAnOlderCheckpointOfAnotherLog) {
  TestLog log;
  const NoteVerifier other = *NoteVerifier::make("example.com/other", log.key.public_key());
  EXPECT_EQ(log.verify(sign_checkpoint(20, leaf_hash("x"), other, log.key)).finding,
            Finding::kForked);
  const auto stranger = *crypto::SigningKey::from_ed25519_seed(std::string(32, 'x'));
  const NoteVerifier same_name = *NoteVerifier::make("example.com/log", stranger.public_key());
  for (const std::uint64_t size : {20u, 100u}) {
    const VerifyReport report =
        log.verify(sign_checkpoint(size, log.checkpoint_at(2).root, same_name, stranger));
    EXPECT_EQ(report.finding, Finding::kKey) << report.what;
  }
}

TEST(Verifier, KeepsTheFirstThingThatIsWrong) {
  TestLog log;
  Verifier walk = *Verifier::make(log.verifier, [] { return std::optional<std::string>(); });
  walk.reject(5, Finding::kFile, "first");
  walk.reject(2, Finding::kFile, "second");
  EXPECT_FALSE(walk.entry("x"));
  EXPECT_EQ(walk.finish().what, "first");
}

TEST(Verifier, PassesOverEntriesThatAreNotAtHandAndSaysWhich) {
  const TestLog log;
  std::size_t at = 0;
  Verifier walk = *Verifier::make(log.verifier, [&]() -> std::optional<std::string> {
    if (at == log.checkpoints.size()) return {};
    return log.checkpoints[at++];
  });
  for (std::size_t i = 0; i < log.entries.size(); ++i) {
    const bool here = i < 5 || (i >= 20 && i != 30);
    ASSERT_TRUE(here ? walk.entry(log.entries[i], log.stored[i]) : walk.absent(log.stored[i]));
  }
  const VerifyReport report = walk.finish();
  EXPECT_TRUE(report.ok()) << report.what;
  EXPECT_EQ(report.sealed, 40u);
  EXPECT_EQ(report.absent, (std::vector<EntryRange>{{5, 20}, {30, 31}}));
}

}  // namespace
}  // namespace ambit::ledger
