#include "crypto/aead.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "text/base64url.h"

namespace ambit::crypto {
namespace {

const std::string kKey(kAeadKeyBytes, 'k');
const std::string kNonce(kAeadNonceBytes, 'n');

std::string seal(std::string_view key, std::string_view nonce, std::string_view context,
                 std::string_view plaintext) {
  std::string out;
  aead_seal(out, key, nonce, context, plaintext);
  return out;
}

// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
TEST(Aead, MatchesTheVectorOfTheDraft) {
  const std::string key =
      text::from_hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f").value();
  const std::string nonce =
      text::from_hex("404142434445464748494a4b4c4d4e4f5051525354555657").value();
  const std::string context = text::from_hex("50515253c0c1c2c3c4c5c6c7").value();
  const std::string plaintext =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
      "sunscreen would be it.";
  EXPECT_EQ(text::to_hex(seal(key, nonce, context, plaintext)),
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
            "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
            "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
            "21f9664c97637da9768812f615c68b13b52e"
            "c0875924c1c7987947deafd8780acf49");
}

TEST(Aead, OpensWhatItSealedAndNothingElse) {
  EXPECT_TRUE(rc::check([](const std::string& context, const std::string& plaintext) {
    const std::string sealed = seal(kKey, kNonce, context, plaintext);
    RC_ASSERT(sealed.size() == plaintext.size() + kAeadTagBytes);
    RC_ASSERT(aead_open(kKey, kNonce, context, sealed) == plaintext);
    RC_ASSERT(!aead_open(kKey, kNonce, context + "x", sealed));
    RC_ASSERT(!aead_open(std::string(kAeadKeyBytes, 'K'), kNonce, context, sealed));
    RC_ASSERT(!aead_open(kKey, std::string(kAeadNonceBytes, 'N'), context, sealed));
    std::string changed = sealed;
    const auto at = *rc::gen::inRange<std::size_t>(0, changed.size());
    changed[at] = static_cast<char>(changed[at] ^ 1);
    RC_ASSERT(!aead_open(kKey, kNonce, context, changed));
    RC_ASSERT(!aead_open(kKey, kNonce, context, sealed.substr(0, sealed.size() - 1)));
  }));
  EXPECT_FALSE(aead_open(kKey, kNonce, "", ""));
}

TEST(Aead, AppendsToWhatIsThere) {
  std::string out = "head";
  aead_seal(out, kKey, kNonce, "c", "text");
  EXPECT_EQ(out.substr(0, 4), "head");
  EXPECT_EQ(aead_open(kKey, kNonce, "c", std::string_view(out).substr(4)), "text");
}

}  // namespace
}  // namespace ambit::crypto
