#include "ledger/key_chain.h"

#include <gtest/gtest.h>

#include "ledger/record.h"
#include "ledger/verifier.h"

namespace ambit::ledger {
namespace {

crypto::SigningKey seeded_key(char fill) {
  return *crypto::SigningKey::from_ed25519_seed(std::string(32, fill));
}
NoteVerifier name_of_key(char fill) {
  return *NoteVerifier::make("example.com/log", seeded_key(fill).public_key());
}

// A log in memory that changes its key as FileLog does.
struct RotatingLog {
  std::vector<std::string> entries;
  std::vector<std::string> checkpoints;
  Frontier tree;
  char key = 'a';

  RotatingLog() { seal({key}); }
  void append(std::string record) {
    tree.append(leaf_hash(record));
    entries.push_back(std::move(record));
  }
  void fill(int count) {
    for (int i = 0; i < count; ++i) append("entry " + std::to_string(entries.size()));
  }
  void hand_over(char next) {
    append(*encode_key_record(Time{5}, name_of_key(key), name_of_key(next)));
  }
  void seal(const std::vector<char>& signers) {
    std::string note = sign_checkpoint(tree.size(), tree.root(), name_of_key(signers.front()),
                                       seeded_key(signers.front()));
    for (std::size_t i = 1; i < signers.size(); ++i) {
      note = add_signature(std::move(note), name_of_key(signers[i]), seeded_key(signers[i]));
    }
    checkpoints.push_back(std::move(note));
  }
  // Entries, a change of key, entries.
  void rotate(char next) {
    fill(3);
    hand_over(next);
    seal({next, key});
    key = next;
    fill(2);
    seal({key});
  }
  VerifyReport verify(const std::string& since = {}) const {
    std::size_t at = 0;
    Verifier walk = *Verifier::make(
        name_of_key('a'),
        [&]() -> std::optional<std::string> {
          if (at == checkpoints.size()) return {};
          return checkpoints[at++];
        },
        since.empty() ? std::vector<Anchor>()
                      : std::vector<Anchor>{{"the checkpoint kept elsewhere", since}});
    for (const std::string& entry : entries) {
      if (!walk.entry(entry)) break;
    }
    return walk.finish();
  }
};

TEST(KeyChain, FollowsTheKeysOfALogFromOneToTheNext) {
  RotatingLog log;
  log.rotate('b');
  log.rotate('c');
  const VerifyReport report = log.verify();
  EXPECT_TRUE(report.ok()) << report.what;
  EXPECT_EQ(report.keys, 3u);
  EXPECT_EQ(report.checkpoints, log.checkpoints.size());
  for (const std::string& kept : log.checkpoints) EXPECT_TRUE(log.verify(kept).ok());
}

TEST(KeyChain, FindsAChangeThatTheKeyBeforeDidNotSign) {
  RotatingLog log;
  log.fill(3);
  log.hand_over('x');
  log.seal({'x'});
  EXPECT_EQ(log.verify().finding, Finding::kKey);
  EXPECT_NE(log.verify().what.find("entry 3"), std::string::npos) << log.verify().what;
}

TEST(KeyChain, FindsAChangeThatTheNextKeyDidNotTakeUp) {
  RotatingLog log;
  log.fill(3);
  log.hand_over('b');
  log.seal({'a'});
  EXPECT_EQ(log.verify().finding, Finding::kKey);
}

TEST(KeyChain, FindsTheOldKeyStillSigningAndAStrangerSigning) {
  for (const char signer : {'a', 'x'}) {
    RotatingLog log;
    log.rotate('b');
    log.fill(1);
    log.seal({signer});
    EXPECT_EQ(log.verify().finding, Finding::kKey);
    EXPECT_EQ(log.verify().sealed, 6u);
  }
}

TEST(KeyChain, FindsAChangeRecordThatDoesNotFitTheChain) {
  {
    RotatingLog log;  // handed over by a key that the log never had
    log.key = 'x';
    log.hand_over('y');
    EXPECT_EQ(log.verify().finding, Finding::kKey);
    EXPECT_EQ(log.verify().first_bad_index, 0u);
  }
  {
    RotatingLog log;  // back to a key of before
    log.rotate('b');
    log.hand_over('a');
    EXPECT_EQ(log.verify().finding, Finding::kKey);
    EXPECT_EQ(log.verify().first_bad_index, 6u);
  }
  {
    RotatingLog log;
    log.append(*encode_record(Time{5}, kKeyRecordKind, text::Json::object({{"to", "nonsense"}})));
    EXPECT_EQ(log.verify().finding, Finding::kKey);
  }
}

TEST(KeyChain, FindsTheChangeRemovedFromTheLog) {
  RotatingLog log;
  log.rotate('b');
  log.entries.erase(log.entries.begin() + 3);
  EXPECT_FALSE(log.verify().ok());
}

TEST(KeyChain, ReadsBackAsText) {
  KeyChain chain(name_of_key('a'));
  ASSERT_TRUE(
      chain.add(7, *encode_key_record(Time{1}, name_of_key('a'), name_of_key('b'))).has_value());
  ASSERT_TRUE(
      chain.add(90, *encode_key_record(Time{2}, name_of_key('b'), name_of_key('c'))).has_value());
  const std::string text = chain.to_text();
  const auto read = KeyChain::parse(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->to_text(), text);
  EXPECT_EQ(read->key_for(0).to_text(), name_of_key('a').to_text());
  EXPECT_EQ(read->key_for(7).to_text(), name_of_key('a').to_text());
  EXPECT_EQ(read->key_for(8).to_text(), name_of_key('b').to_text());
  EXPECT_EQ(read->key_for(90).to_text(), name_of_key('b').to_text());
  EXPECT_EQ(read->key_for(91).to_text(), name_of_key('c').to_text());
  const std::string a = name_of_key('a').to_text();
  const std::string b = name_of_key('b').to_text();
  for (const std::string& bad :
       {std::string(), a, a + " 0\n", a + "\n" + b + "\n", a + "\n" + b + " 07\n",
        a + "\n" + b + " x\n", a + "\n" + b + " 7\n" + b + " 7\n", a + "\n\n"}) {
    EXPECT_FALSE(KeyChain::parse(bad)) << bad;
  }
}

TEST(KeyChain, RefusesToHandOverToItselfOrToAnotherLog) {
  EXPECT_EQ(encode_key_record(Time{1}, name_of_key('a'), name_of_key('a')).error().reason,
            "ledger.key");
  const auto other = *NoteVerifier::make("example.com/other", seeded_key('b').public_key());
  EXPECT_EQ(encode_key_record(Time{1}, name_of_key('a'), other).error().reason, "ledger.key");
  EXPECT_TRUE(is_key_record(*encode_key_record(Time{1}, name_of_key('a'), name_of_key('b'))));
  EXPECT_FALSE(is_key_record(*encode_record(Time{1}, "ledger.keys", text::Json::object())));
}

}  // namespace
}  // namespace ambit::ledger
