#include "ledger/note.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ambit::ledger {
namespace {

// The example of golang.org/x/mod/sumdb/note: another implementation's key, text and signature.
constexpr std::string_view kOtherKey =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kOtherText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr std::string_view kOtherNote =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\xE2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/"
    "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

crypto::SigningKey seeded_key(char fill) {
  return *crypto::SigningKey::from_ed25519_seed(std::string(32, fill));
}
NoteVerifier verifier_of(const crypto::SigningKey& key, std::string name = "example.com/log") {
  return *NoteVerifier::make(std::move(name), key.public_key());
}

TEST(Note, OpensANoteOfAnotherImplementation) {
  const auto verifier = NoteVerifier::parse(kOtherKey);
  ASSERT_TRUE(verifier) << verifier.error().message;
  EXPECT_EQ(verifier->name(), "PeterNeumann");
  EXPECT_EQ(verifier->key_id(), 0xc74f20a3u);
  EXPECT_EQ(verifier->to_text(), kOtherKey);
  const auto text = open_note(kOtherNote, *verifier);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, kOtherText);
}

TEST(Note, OpensWhatItSigned) {
  const auto key = seeded_key('a');
  const NoteVerifier verifier = verifier_of(key);
  const std::string note = sign_note("one\n\ntwo\n", verifier, key);
  EXPECT_EQ(*open_note(note, verifier), "one\n\ntwo\n");
  EXPECT_EQ(*open_note(note, *NoteVerifier::parse(verifier.to_text())), "one\n\ntwo\n");
}

TEST(Note, RefusesOneChangedByteAnywhere) {
  const auto key = seeded_key('a');
  const NoteVerifier verifier = verifier_of(key);
  const std::string note = sign_note("a log\n12\nroot\n", verifier, key);
  for (std::size_t i = 0; i < note.size(); ++i) {
    for (const char flip : {'\x01', '\x20', '\x80'}) {
      std::string changed = note;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      ASSERT_FALSE(open_note(changed, verifier)) << i;
    }
  }
}

TEST(Note, IgnoresOtherKeysAndRefusesWithoutAKnownOne) {
  const auto ours = seeded_key('a');
  const auto theirs = seeded_key('b');
  const NoteVerifier verifier = verifier_of(ours);
  const NoteVerifier same_name = verifier_of(theirs);
  const std::string own = sign_note("text\n", verifier, ours);
  const std::string foreign = sign_note("text\n", same_name, theirs);
  const std::string both = foreign + own.substr(own.find("\n\n") + 2);
  EXPECT_TRUE(open_note(both, verifier));
  EXPECT_TRUE(open_note(both, same_name));
  EXPECT_EQ(open_note(foreign, verifier).error().reason, "note.unknown_key");
  const std::string forged = sign_note("text\n", verifier, theirs);
  EXPECT_EQ(open_note(forged, verifier).error().reason, "note.bad_signature");
}

TEST(Note, RefusesBadForms) {
  const std::string dash = "\xE2\x80\x94 ";
  const std::string good = dash + "name AAAAAAA=\n";
  EXPECT_TRUE(parse_note("text\n\n" + good));
  const std::vector<std::string> forms{std::string(),
                                       std::string("text\n"),
                                       std::string("text\n\n"),
                                       "text\n\n- name AAAAAAA=\n",
                                       "text\n\n" + dash + "name AAAA\n",
                                       "text\n\n" + dash + "name AAAAAAA\n",
                                       "text\n\n" + dash + " AAAAAAA=\n",
                                       "text\n\n" + dash + "na+me AAAAAAA=\n",
                                       "text\n\n" + dash + "name\n",
                                       "text\n\n" + good + "tail",
                                       "te\txt\n\n" + good,
                                       "te\xC0\xAFxt\n\n" + good,
                                       "te\xED\xA0\x80xt\n\n" + good,
                                       "te\xF5\x80\x80\x80xt\n\n" + good,
                                       "te\xE2\x80\n\n" + good,
                                       "text\r\n\n" + good};
  for (const std::string& bad : forms) {
    const auto note = parse_note(bad);
    ASSERT_FALSE(note) << bad;
    EXPECT_EQ(note.error().reason, "note.form");
  }
}

TEST(Note, BoundsSizeAndNumberOfSignatures) {
  const std::string line = "\xE2\x80\x94 name AAAAAAA=\n";
  std::string many = "text\n\n";
  for (int i = 0; i < 100; ++i) many += line;
  EXPECT_TRUE(parse_note(many));
  EXPECT_FALSE(parse_note(many + line));
  EXPECT_FALSE(parse_note(std::string(1 << 20, 'x') + "\n\n" + line));
}

TEST(Note, RefusesBadVerifierKeys) {
  const std::string good(kOtherKey);
  for (const std::string& bad :
       {std::string("PeterNeumann"), good.substr(0, good.size() - 4),
        "Peter Neumann" + good.substr(12), good.substr(12), std::string("Other") + good.substr(12),
        std::string("a+c74f20a3+AAAA")}) {
    const auto parsed = NoteVerifier::parse(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().reason, "note.key");
  }
  const auto es256 = crypto::SigningKey::generate(crypto::Algorithm::kES256);
  EXPECT_FALSE(NoteVerifier::make("log", es256->public_key()));
}

}  // namespace
}  // namespace ambit::ledger
