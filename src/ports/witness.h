// How a log reaches a witness that cosigns its checkpoints.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"

namespace ambit::ports {

// What a witness's HTTP server answered.
struct WitnessAnswer {
  unsigned status = 0;
  std::string body;  // at most 64 KiB are of use
};

// Called exactly once, on any thread, perhaps before `submit` returns.
using WitnessDone = std::function<void(Result<WitnessAnswer>)>;

// One witness (C2SP tlog-witness). What its answers mean is the log's business.
class Witness {
 public:
  virtual ~Witness() = default;

  // POSTs `body` (ledger/witness.h) to the witness's `<submission prefix>/add-checkpoint` and
  // returns at once. An error means that no answer came, within half a minute at most.
  virtual void submit(std::string body, WitnessDone done) = 0;
};

}  // namespace ambit::ports
