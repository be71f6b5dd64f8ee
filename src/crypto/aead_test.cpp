#include "crypto/aead.h"

#include <future>
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
  AeadKey(key).seal(out, nonce, context, plaintext);
  return out;
}

// The Galois/Counter Mode of Operation (McGrew and Viega), appendix B, test case 16.
TEST(Aead, MatchesAPublishedVector) {
  const std::string key =
      text::from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308").value();
  const std::string nonce = text::from_hex("cafebabefacedbaddecaf888").value();
  const std::string context = text::from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2").value();
  const std::string plaintext =
      text::from_hex(
          "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
          "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")
          .value();
  EXPECT_EQ(text::to_hex(seal(key, nonce, context, plaintext)),
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
            "76fc6ece0f4e1768cddf8853bb2d551b");
}

// One key for all of them: what one use leaves behind must not show in the next.
TEST(Aead, OpensWhatItSealedAndNothingElse) {
  const AeadKey key(kKey);
  const AeadKey other(std::string(kAeadKeyBytes, 'K'));
  EXPECT_TRUE(rc::check([&](const std::string& context, const std::string& plaintext) {
    std::string sealed;
    key.seal(sealed, kNonce, context, plaintext);
    RC_ASSERT(sealed == seal(kKey, kNonce, context, plaintext));
    RC_ASSERT(sealed.size() == plaintext.size() + kAeadTagBytes);
    RC_ASSERT(key.open(kNonce, context, sealed) == plaintext);
    RC_ASSERT(!key.open(kNonce, context + "x", sealed));
    RC_ASSERT(!other.open(kNonce, context, sealed));
    RC_ASSERT(!key.open(std::string(kAeadNonceBytes, 'N'), context, sealed));
    std::string changed = sealed;
    const auto at = *rc::gen::inRange<std::size_t>(0, changed.size());
    changed[at] = static_cast<char>(changed[at] ^ 1);
    RC_ASSERT(!key.open(kNonce, context, changed));
    RC_ASSERT(!key.open(kNonce, context, sealed.substr(0, sealed.size() - 1)));
  }));
  EXPECT_FALSE(key.open(kNonce, "", ""));
}

TEST(Aead, AppendsToWhatIsThere) {
  std::string out = "head";
  AeadKey(kKey).seal(out, kNonce, "c", "text");
  EXPECT_EQ(out.substr(0, 4), "head");
  EXPECT_EQ(AeadKey(kKey).open(kNonce, "c", std::string_view(out).substr(4)), "text");
}

TEST(Aead, AKeyServesSeveralThreads) {
  const AeadKey key(kKey);
  const std::string context = "shared";
  const auto work = [&](char first) {
    for (int i = 0; i < 2000; ++i) {
      const std::string plaintext = first + std::to_string(i);
      std::string sealed;
      key.seal(sealed, kNonce, context, plaintext);
      if (key.open(kNonce, context, sealed) != plaintext) return false;
    }
    return true;
  };
  auto another = std::async(std::launch::async, work, 'a');
  EXPECT_TRUE(work('b'));
  EXPECT_TRUE(another.get());
}

}  // namespace
}  // namespace ambit::crypto
