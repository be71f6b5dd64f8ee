#include <benchmark/benchmark.h>

#include "vault/open_record.h"

namespace ambit::vault {
namespace {

// As large as the values of a decision on a call with a short text.
const std::string kValues(400, 'v');
const std::string kContext = "decision\ndec_01h455vb4pex5vsknk084sn02q";

const SealingKey& key() {
  static const SealingKey made("tsk_01h455vb4pex5vsknk084sn02q",
                               crypto::SecretBytes(std::string(32, 'k')));
  return made;
}

void BM_Seal(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(key().seal(kContext, kValues));
}
BENCHMARK(BM_Seal);

void BM_Open(benchmark::State& state) {
  const Sealed sealed = key().seal(kContext, kValues);
  for (auto _ : state) {
    benchmark::DoNotOptimize(key().open(kContext, sealed.commitment, sealed.beside));
  }
}
BENCHMARK(BM_Open);

void BM_Commit(benchmark::State& state) {
  const crypto::HmacKey hmac("key");
  for (auto _ : state) benchmark::DoNotOptimize(hmac.mac({kContext, kValues}));
}
BENCHMARK(BM_Commit);

}  // namespace
}  // namespace ambit::vault
