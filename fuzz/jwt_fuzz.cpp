// rooms: identity
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "identity/dpop.h"
#include "identity/jwt.h"
#include "text/base64url.h"

namespace {

using namespace ambit;

constexpr Time kNow{1'800'000'000'000};

const crypto::SigningKey& key() {
  static const crypto::SigningKey instance =
      *crypto::SigningKey::from_ed25519_seed(std::string(32, 'k'));
  return instance;
}

std::string signed_by_us(std::string_view header, std::string_view payload) {
  const std::string input = text::to_base64url(header) + "." + text::to_base64url(payload);
  return input + "." + text::to_base64url(key().sign(input));
}

std::string header_with(const char* type, bool with_key) {
  text::Json header = text::Json::object(
      {{"alg", "EdDSA"}, {"kid", key().public_key().thumbprint()}, {"typ", type}});
  if (with_key) header.set("jwk", key().public_key().jwk());
  return text::to_json(header);
}

void verify_task_token(std::string_view token) {
  static const identity::TokenVerifier verifier({key().public_key()}, "i", "a");
  const auto verified = verifier.verify(token, kNow);
  if (!verified) return;
  if (verified->expired(kNow) || verified->claims().expires_at - verified->claims().issued_at >
                                     identity::kMaxTaskTokenLifetime) {
    std::fputs("property broken: a token that must not be accepted was\n", stderr);
    std::abort();
  }
}

void verify_proof(std::string_view proof) {
  identity::ReplayGuard guard({.total = 16, .assured = 4});
  const identity::DpopRequest request{.method = "POST", .uri = "https://h/p", .access_token = "t"};
  const bool first = identity::verify_dpop(proof, request, kNow, guard).has_value();
  const bool second = identity::verify_dpop(proof, request, kNow, guard).has_value();
  if (second || (first && guard.size() != 1)) {
    std::fputs("property broken: a proof worked twice\n", stderr);
    std::abort();
  }
}

}  // namespace

// The input is taken as a whole token, and, so that the signature does not stop the fuzzer at the
// door, as the header and as the payload of tokens that are signed with the right key.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(identity::UnverifiedToken::parse(bytes));
  verify_task_token(bytes);
  verify_proof(bytes);

  static const std::string token_header = header_with("at+jwt", false);
  static const std::string proof_header = header_with("dpop+jwt", true);
  verify_task_token(signed_by_us(token_header, bytes));
  verify_proof(signed_by_us(proof_header, bytes));
  verify_task_token(signed_by_us(bytes, "{}"));
  verify_proof(signed_by_us(bytes, "{}"));
  return 0;
}
