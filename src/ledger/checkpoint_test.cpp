#include "ledger/checkpoint.h"

#include <gtest/gtest.h>

namespace ambit::ledger {
namespace {

TEST(Checkpoint, ReadsTheSpecificationsExample) {
  const std::string text =
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  const auto parsed = parse_checkpoint_text(text);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->origin, "example.com/behind-the-sofa");
  EXPECT_EQ(parsed->size, 20852163u);
  EXPECT_EQ(checkpoint_text(*parsed), text);
}

TEST(Checkpoint, OpensWhatItSigned) {
  const auto key = *crypto::SigningKey::from_ed25519_seed(std::string(32, 'k'));
  const auto verifier = *NoteVerifier::make("example.com/log", key.public_key());
  const Hash root = leaf_hash("x");
  const std::string note = sign_checkpoint(7, root, verifier, key);
  const auto opened = open_checkpoint(note, verifier);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(*opened, (Checkpoint{"example.com/log", 7, root}));
}

TEST(Checkpoint, RefusesAnotherLogsOriginUnderTheSameKey) {
  const auto key = *crypto::SigningKey::from_ed25519_seed(std::string(32, 'k'));
  const auto verifier = *NoteVerifier::make("example.com/log", key.public_key());
  const std::string note =
      sign_note(checkpoint_text({"example.com/other", 7, empty_root()}), verifier, key);
  EXPECT_EQ(open_checkpoint(note, verifier).error().reason, "checkpoint.origin");
}

TEST(Checkpoint, RefusesBadForms) {
  const std::string root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  const std::vector<std::string> forms{"",
                                       "log\n",
                                       "log\n1\n",
                                       "\n1\n" + root,
                                       "log\n01\n" + root,
                                       "log\n-1\n" + root,
                                       "log\n+1\n" + root,
                                       "log\n 1\n" + root,
                                       "log\n1x\n" + root,
                                       "log\n\n" + root,
                                       "log\n18446744073709551616\n" + root,
                                       "log\n1\n" + root + "extension\n",
                                       "log\n1\nCsUY\n",
                                       "log\n1\n" + root.substr(0, root.size() - 1),
                                       "log\n1\nnot base64\n"};
  for (const std::string& bad : forms) {
    const auto parsed = parse_checkpoint_text(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().reason, "checkpoint.form");
  }
  EXPECT_TRUE(parse_checkpoint_text("log\n18446744073709551615\n" + root));
  EXPECT_TRUE(parse_checkpoint_text("log\n0\n" + root));
}

}  // namespace
}  // namespace ambit::ledger
