// Tries policy sets on the newest decisions of a ledger before they take effect.
#pragma once

#include <atomic>

#include "ports/host.h"
#include "ports/index.h"
#include "ports/log.h"
#include "ports/simulation.h"
#include "vault/key_ring.h"

namespace ambit::replay {

class LedgerSimulator final : public ports::Simulator {
 public:
  // All outlive it. Without `index` a simulation reads the whole ledger; `keys` open what records
  // seal; `clock` measures its budget.
  LedgerSimulator(const ports::Log& log, const ports::Index* index, const vault::KeyRing& keys,
                  const ports::Clock& clock)
      : log_(log), index_(index), keys_(keys), clock_(clock) {}

  Result<ports::Simulation> simulate(const ports::SimulationQuery& query) override;

  // Makes every simulation end soon with an error. Thread-safe.
  void stop() { stopping_ = true; }

 private:
  const ports::Log& log_;
  const ports::Index* index_;
  const vault::KeyRing& keys_;
  const ports::Clock& clock_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace ambit::replay
