#include "crypto/keys.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <type_traits>

#include "text/base64url.h"

namespace ambit::crypto {
namespace {

static_assert(!std::is_copy_constructible_v<SigningKey>);

std::string bytes(std::string_view base64url) { return *text::from_base64url(base64url); }
std::string from_hex(std::string_view hex) { return *text::from_hex(hex); }

PublicKey key_from(std::string_view json) { return *PublicKey::from_jwk(*text::parse_json(json)); }

std::string reason(std::string_view json) {
  const auto key = PublicKey::from_jwk(*text::parse_json(json));
  return key ? "accepted" : key.error().reason;
}

constexpr std::string_view kRfc8037Key =
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
constexpr std::string_view kRfc7515Key =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";

TEST(Ed25519, SignsAndVerifiesRfc8037AppendixA4) {
  const std::string seed = bytes("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
  const SigningKey key = *SigningKey::from_ed25519_seed(seed);
  EXPECT_EQ(key.public_key().jwk(), *text::parse_json(kRfc8037Key));
  const std::string input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  const std::string signature = bytes(
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
  EXPECT_EQ(key.sign(input), signature);
  EXPECT_TRUE(key.public_key().verify(input, signature));
}

// RFC 8032 section 7.1, test 2.
TEST(Ed25519, SignsRfc8032Test2) {
  const SigningKey key = *SigningKey::from_ed25519_seed(
      from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  EXPECT_EQ(text::to_hex(key.public_key().ed25519_bytes()),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  EXPECT_EQ(text::to_hex(key.sign("\x72")),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(Ed25519, RefusesKeysOfSmallOrder) {
  // With such a key one signature would fit many messages.
  for (const char* hex : {"0100000000000000000000000000000000000000000000000000000000000000",
                          "0000000000000000000000000000000000000000000000000000000000000000",
                          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    const auto key = PublicKey::from_ed25519(from_hex(hex));
    ASSERT_TRUE(key);
    std::string signature(64, '\0');
    signature[0] = 1;
    EXPECT_FALSE(key->verify("message", signature)) << hex;
  }
}

TEST(Es256, VerifiesRfc7515AppendixA3) {
  const PublicKey key = key_from(kRfc7515Key);
  const std::string input =
      "eyJhbGciOiJFUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNv"
      "bS9pc19yb290Ijp0cnVlfQ";
  const std::string signature = bytes(
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
  EXPECT_EQ(key.algorithm(), Algorithm::kES256);
  EXPECT_TRUE(key.verify(input, signature));
  EXPECT_FALSE(key.verify(input + "x", signature));
}

TEST(Es256, RefusesSignaturesOutOfRange) {
  const PublicKey key = key_from(kRfc7515Key);
  const std::string order =
      from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  const std::string zero(32, '\0');
  const std::string one = std::string(31, '\0') + "\x01";
  for (const std::string& r : {zero, order, std::string(32, '\xFF')}) {
    EXPECT_FALSE(key.verify("message", r + one));
    EXPECT_FALSE(key.verify("message", one + r));
    EXPECT_FALSE(key.verify("message", r + r));
  }
}

TEST(PublicKey, ThumbprintsMatchRfc8037AndRfc9449) {
  EXPECT_EQ(key_from(kRfc8037Key).thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  EXPECT_EQ(key_from(R"({"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
                         "y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"})")
                .thumbprint(),
            "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
}

TEST(PublicKey, ThumbprintCoversTheRequiredMembersOnly) {
  const PublicKey key = key_from(
      R"({"use":"sig","kid":"any","alg":"EdDSA","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
          "crv":"Ed25519","kty":"OKP"})");
  EXPECT_EQ(key.thumbprint(), key_from(kRfc8037Key).thumbprint());
  EXPECT_EQ(text::to_json(key.jwk()), text::to_canonical_json(key.jwk()));
  EXPECT_EQ(key.jwk().as_object().size(), 3u);
}

TEST(PublicKey, RefusesWhatIsNotAPublicSigningKey) {
  const std::string x = R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")";
  const std::string okp = R"("kty":"OKP","crv":"Ed25519",)";
  EXPECT_EQ(reason("{" + okp + x + "}"), "accepted");
  EXPECT_EQ(reason("{" + okp + x + R"(,"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"})"),
            "key.malformed");
  EXPECT_EQ(reason("{" + okp + x + R"(,"d":null})"), "key.malformed");
  EXPECT_EQ(reason("{" + okp + x + R"(,"alg":"ES256"})"), "key.malformed");
  EXPECT_EQ(reason("{" + okp + x + R"(,"alg":"none"})"), "key.malformed");
  EXPECT_EQ(reason("{" + okp + x + R"(,"use":"enc"})"), "key.malformed");
  EXPECT_EQ(reason("{" + okp + R"("x":"AAAA"})"), "key.malformed");
  EXPECT_EQ(reason("{" + okp + R"("x":5})"), "key.malformed");
  EXPECT_EQ(reason("{" + okp + R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo="})"),
            "key.malformed");
  EXPECT_EQ(reason(R"({"kty":"oct","k":"c2VjcmV0"})"), "key.unsupported");
  EXPECT_EQ(reason(R"({"kty":"RSA","n":"AQAB","e":"AQAB"})"), "key.unsupported");
  EXPECT_EQ(reason(R"({"kty":"OKP","crv":"X25519",)" + x + "}"), "key.unsupported");
  EXPECT_EQ(reason(R"({"kty":"EC","crv":"P-384",)" + x + "}"), "key.unsupported");
  EXPECT_EQ(reason("[]"), "key.malformed");
  EXPECT_EQ(reason("{}"), "key.unsupported");
}

TEST(PublicKey, RefusesAPointOffTheCurve) {
  EXPECT_EQ(reason(R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                       "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4"})"),
            "key.malformed");
  const std::string zero(43, 'A');
  EXPECT_EQ(reason(R"({"kty":"EC","crv":"P-256","x":")" + zero + R"(","y":")" + zero + "\"}"),
            "key.malformed");
}

TEST(PublicKey, RefusesRawKeysOfTheWrongSize) {
  for (const std::size_t size : {0u, 31u, 33u, 64u}) {
    EXPECT_FALSE(PublicKey::from_ed25519(std::string(size, 'x')));
    EXPECT_FALSE(SigningKey::from_ed25519_seed(std::string(size, 'x')));
  }
}

class EveryAlgorithm : public testing::TestWithParam<Algorithm> {};
INSTANTIATE_TEST_SUITE_P(Keys, EveryAlgorithm,
                         testing::Values(Algorithm::kEdDSA, Algorithm::kES256),
                         [](const auto& tested) { return std::string(name_of(tested.param)); });

TEST_P(EveryAlgorithm, VerifiesWhatItSignedAndNothingElse) {
  const SigningKey key = *SigningKey::generate(GetParam());
  const SigningKey other = *SigningKey::generate(GetParam());
  EXPECT_NE(key.public_key().thumbprint(), other.public_key().thumbprint());
  EXPECT_TRUE(rc::check([&](const std::string& message) {
    const std::string signature = key.sign(message);
    RC_ASSERT(signature.size() == 64u);
    RC_ASSERT(key.public_key().verify(message, signature));
    RC_ASSERT(!other.public_key().verify(message, signature));
    RC_ASSERT(!key.public_key().verify(message + "x", signature));
    std::string altered = signature;
    const auto at = *rc::gen::inRange<std::size_t>(0, 64);
    altered[at] = static_cast<char>(altered[at] ^ (1 << *rc::gen::inRange(0, 8)));
    RC_ASSERT(!key.public_key().verify(message, altered));
  }));
}

TEST_P(EveryAlgorithm, RefusesSignaturesOfTheWrongSize) {
  const SigningKey key = *SigningKey::generate(GetParam());
  const std::string signature = key.sign("m");
  EXPECT_FALSE(key.public_key().verify("m", ""));
  EXPECT_FALSE(key.public_key().verify("m", signature.substr(1)));
  EXPECT_FALSE(key.public_key().verify("m", signature + '\0'));
}

TEST_P(EveryAlgorithm, ThePublicJwkGivesTheSameKeyBack) {
  const SigningKey key = *SigningKey::generate(GetParam());
  const PublicKey again = *PublicKey::from_jwk(key.public_key().jwk());
  EXPECT_EQ(again.thumbprint(), key.public_key().thumbprint());
  EXPECT_EQ(again.algorithm(), GetParam());
  EXPECT_TRUE(again.verify("m", key.sign("m")));
}

}  // namespace
}  // namespace ambit::crypto
