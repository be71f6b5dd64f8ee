#include <benchmark/benchmark.h>

#include "identity/dpop.h"
#include "identity/internal/test_keys.h"
#include "identity/jwt.h"
#include "identity/token_cache.h"

namespace ambit::identity {
namespace {

using testing::kNow;

crypto::SigningKey key_of(const benchmark::State& state) {
  return *crypto::SigningKey::generate(state.range(0) == 0 ? crypto::Algorithm::kEdDSA
                                                           : crypto::Algorithm::kES256);
}

void sign(benchmark::State& state) {
  const TokenSigner signer(key_of(state), testing::kIssuer);
  const TaskClaims claims = testing::task_claims();
  for (auto _ : state) benchmark::DoNotOptimize(signer.sign_task_token(claims));
  state.SetLabel(crypto::name_of(signer.public_key().algorithm()));
}
BENCHMARK(sign)->Arg(0)->Arg(1);

void verify(benchmark::State& state) {
  const TokenSigner signer(key_of(state), testing::kIssuer);
  const TokenVerifier verifier({signer.public_key()}, testing::kIssuer, testing::kAudience);
  const std::string token = *signer.sign_task_token(testing::task_claims());
  for (auto _ : state) benchmark::DoNotOptimize(verifier.verify(token, kNow));
  state.SetLabel(crypto::name_of(signer.public_key().algorithm()));
}
BENCHMARK(verify)->Arg(0)->Arg(1);

void verify_cached(benchmark::State& state) {
  const TokenSigner signer(testing::ed25519_key(), testing::kIssuer);
  const TokenVerifier verifier({signer.public_key()}, testing::kIssuer, testing::kAudience);
  const std::string token = *signer.sign_task_token(testing::task_claims());
  TokenCache cache(1024);
  for (auto _ : state) benchmark::DoNotOptimize(cache.verify(verifier, token, kNow));
}
BENCHMARK(verify_cached);

// One proof for ever, so that each round ends in a refused replay, after all other checks.
void verify_dpop_proof(benchmark::State& state) {
  const crypto::SigningKey key = key_of(state);
  const DpopRequest request{
      .method = "POST", .uri = "https://ambit.example/mcp", .access_token = "token"};
  const std::string proof = *make_dpop_proof(key, request, kNow);
  ReplayGuard guard;
  for (auto _ : state) benchmark::DoNotOptimize(verify_dpop(proof, request, kNow, guard));
  state.SetLabel(crypto::name_of(key.algorithm()));
}
BENCHMARK(verify_dpop_proof)->Arg(0)->Arg(1);

}  // namespace
}  // namespace ambit::identity
