#include "ledger/cosignature.h"

#include <gtest/gtest.h>

#include "ledger/checkpoint.h"
#include "ledger/witness.h"
#include "text/base64url.h"

namespace ambit::ledger {
namespace {

crypto::SigningKey seeded_key(char fill) {
  return *crypto::SigningKey::from_ed25519_seed(std::string(32, fill));
}
WitnessKey witness(char fill) {
  return *WitnessKey::make(std::string("witness.example/") + fill, seeded_key(fill).public_key());
}
NoteVerifier log_name() {
  return *NoteVerifier::make("example.com/log", seeded_key('k').public_key());
}
std::string signed_checkpoint() {
  return sign_checkpoint(7, leaf_hash("root"), log_name(), seeded_key('k'));
}
std::string text_of(const std::string& note) { return parse_note(note)->text; }

WitnessPolicy policy_of(const std::string& fills, std::size_t quorum) {
  std::vector<WitnessKey> keys;
  for (const char fill : fills) keys.push_back(witness(fill));
  return *WitnessPolicy::make(std::move(keys), quorum);
}

// Ed25519 of RFC 8032 is deterministic: the line made by the specification's rules, by hand.
TEST(Cosignature, HasTheFormOfTheSpecification) {
  const std::string text = text_of(signed_checkpoint());
  const std::string line = cosign(text, witness('1'), seeded_key('1'), Time{1679315147'999});
  const std::string message = "cosignature/v1\ntime 1679315147\n" + text;
  std::string raw;
  const crypto::Digest id =
      crypto::sha256({"witness.example/1\n\x04", seeded_key('1').public_key().ed25519_bytes()});
  raw.append(id.view().substr(0, 4));
  raw += std::string("\0\0\0\0\x64\x18\x50\xcb", 8);
  raw += seeded_key('1').sign(message);
  EXPECT_EQ(line, "\xE2\x80\x94 witness.example/1 " + text::to_base64(raw) + "\n");
}

TEST(Cosignature, CountsEachKnownWitnessOnce) {
  std::string note = signed_checkpoint();
  const std::string text = text_of(note);
  for (const char fill : {'1', '1', 'x', '2'}) {
    note += cosign(text, witness(fill), seeded_key(fill), Time{1000 * fill});
  }
  const auto found = check_quorum(note, policy_of("123", 2));
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ(found->front().witness, "witness.example/1");
  EXPECT_EQ(found->front().at, Time{1000 * '1'});
  EXPECT_EQ(check_quorum(note, policy_of("123", 3)).error().reason, "witness.quorum");
  EXPECT_EQ(check_quorum(signed_checkpoint(), policy_of("123", 1)).error().reason,
            "witness.quorum");
  // A cosigned checkpoint is still a checkpoint.
  EXPECT_EQ(open_checkpoint(note, log_name())->size, 7u);
}

TEST(Cosignature, RefusesOneThatDoesNotFit) {
  const std::string note = signed_checkpoint();
  const std::string text = text_of(note);
  const WitnessPolicy policy = policy_of("1", 1);
  const auto reason = [&](const std::string& line) {
    return check_quorum(note + line, policy).error().reason;
  };
  EXPECT_EQ(reason(cosign(text + "x", witness('1'), seeded_key('1'), Time{5000})),
            "witness.bad_signature");
  EXPECT_EQ(reason(cosign(text, witness('1'), seeded_key('2'), Time{5000})),
            "witness.bad_signature");
  // With the time moved.
  auto line = parse_signatures(cosign(text, witness('1'), seeded_key('1'), Time{5000}))->front();
  line.signature[7] = static_cast<char>(line.signature[7] + 1);
  EXPECT_EQ(reason(signature_line_of(line)), "witness.bad_signature");
  line.signature.resize(64);
  EXPECT_EQ(reason(signature_line_of(line)), "witness.bad_signature");
  // A log's own signature by a witness's key is no cosignature.
  const auto as_log = *NoteVerifier::make("witness.example/1", seeded_key('1').public_key());
  EXPECT_EQ(check_quorum(add_signature(note, as_log, seeded_key('1')), policy).error().reason,
            "witness.quorum");
}

TEST(Cosignature, AWitnessKeyIsNotALogKey) {
  const std::string text = witness('1').to_text();
  EXPECT_EQ(WitnessKey::parse(text)->to_text(), text);
  EXPECT_FALSE(NoteVerifier::parse(text));
  EXPECT_FALSE(WitnessKey::parse(log_name().to_text()));
}

TEST(Cosignature, RefusesAPolicyThatCountsOneWitnessTwice) {
  EXPECT_EQ(WitnessPolicy::make({witness('1'), witness('1')}, 1).error().reason, "witness.policy");
  const auto other_name = *WitnessKey::make("other", seeded_key('1').public_key());
  EXPECT_EQ(WitnessPolicy::make({witness('1'), other_name}, 2).error().reason, "witness.policy");
  EXPECT_EQ(WitnessPolicy::make({witness('1')}, 2).error().reason, "witness.policy");
}

TEST(AddCheckpoint, ReadsBackAndRefusesOtherForms) {
  const AddCheckpoint request{5, {leaf_hash("a"), leaf_hash("b")}, signed_checkpoint()};
  const std::string body = encode_add_checkpoint(request);
  EXPECT_EQ(body, "old 5\n" + text::to_base64(leaf_hash("a").view()) + "\n" +
                      text::to_base64(leaf_hash("b").view()) + "\n\n" + signed_checkpoint());
  const auto read = parse_add_checkpoint(body);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->old_size, 5u);
  EXPECT_EQ(read->proof, request.proof);
  EXPECT_EQ(read->checkpoint, request.checkpoint);
  for (const std::string& bad : {std::string("old 05\n\n"), std::string("old\n\n"),
                                 std::string("old 5\nAAAA\n\n"), std::string("old 5\n")}) {
    EXPECT_EQ(parse_add_checkpoint(bad + signed_checkpoint()).error().reason, "proof.form") << bad;
  }
  EXPECT_EQ(parse_add_checkpoint("old 5\n\nno note").error().reason, "note.form");
  std::string long_proof = "old 5\n";
  for (int i = 0; i < 64; ++i) long_proof += text::to_base64(leaf_hash("a").view()) + "\n";
  EXPECT_EQ(parse_add_checkpoint(long_proof + "\n" + signed_checkpoint()).error().reason,
            "proof.form");
  EXPECT_EQ(*parse_conflict_size("42\n"), 42u);
  for (const char* bad : {"42", "042\n", "-1\n", "", "\n", "42\nx"}) {
    EXPECT_EQ(parse_conflict_size(bad).error().reason, "witness.answer") << bad;
  }
}

}  // namespace
}  // namespace ambit::ledger
