#include "crypto/digest.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <thread>
#include <vector>

#include "text/base64url.h"

namespace ambit::crypto {
namespace {

std::string hex(const Digest& digest) { return text::to_hex(digest.view()); }

// FIPS 180-4 examples.
TEST(Sha256, MatchesTheExamplesOfFips180) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfPartsIsTheDigestOfTheirJoin) {
  EXPECT_TRUE(rc::check([](const std::string& a, const std::string& b, const std::string& c) {
    RC_ASSERT(sha256({a, b, c}) == sha256(a + b + c));
  }));
  EXPECT_EQ(sha256({}), sha256(""));
}

// RFC 4231 sections 4.2, 4.3 and 4.7.
TEST(HmacSha256, MatchesTheVectorsOfRfc4231) {
  EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(std::string(131, '\xaa'),
                            "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256, TakesAnEmptyKeyAsAKeyAndNotAsTheOneBefore) {
  const std::string empty = hex(hmac_sha256("", "x"));
  hmac_sha256("another key", "x");
  EXPECT_EQ(hex(hmac_sha256(std::string_view(), "x")), empty);
  EXPECT_NE(empty, hex(hmac_sha256("another key", "x")));
}

TEST(HmacKey, GivesWhatHmacSha256Gives) {
  EXPECT_TRUE(rc::check([](const std::string& a, const std::string& b) {
    const std::string key = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    const HmacKey made(key);
    RC_ASSERT(made.mac({a, b}) == hmac_sha256(key, a + b));
    RC_ASSERT(made.mac({a}) == hmac_sha256(key, a));
  }));
  for (const std::size_t size : {0, 1, 63, 64, 65, 200}) {
    const std::string key(size, 'k');
    EXPECT_EQ(HmacKey(key).mac({"x"}), hmac_sha256(key, "x")) << size;
  }
}

TEST(Digests, AreTheSameOnEveryThread) {
  const Digest digest = sha256("x");
  const Digest keyed = hmac_sha256("k", "x");
  std::vector<int> right(4);
  {
    std::vector<std::jthread> threads;
    for (int& count : right) {
      threads.emplace_back([&count, &digest, &keyed] {
        for (int i = 0; i < 1000; ++i) {
          count += sha256("x") == digest && hmac_sha256("k", "x") == keyed;
        }
      });
    }
  }
  for (const int count : right) EXPECT_EQ(count, 1000);
}

TEST(Digests, AppearInJsonWithTheirAlgorithm) {
  EXPECT_EQ(to_string(sha256("abc")),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(EqualConstantTime, AgreesWithEquality) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_constant_time("abc", "abcd"));
  EXPECT_FALSE(equal_constant_time("", "a"));
}

}  // namespace
}  // namespace ambit::crypto
