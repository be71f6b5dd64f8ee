// Checks the values that records seal against what the records commit to.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "ledger/verifier.h"
#include "ports/log.h"
#include "vault/key_ring.h"

namespace ambit::cli {

struct ValueCounts {
  std::uint64_t opened = 0;  // they are what the leaf commits to
  std::uint64_t erased = 0;
  std::uint64_t locked = 0;
};

// Give it every entry in order, then conclude.
class ValueCheck {
 public:
  explicit ValueCheck(const vault::KeyRing* keys) : keys_(keys) {}

  // `vault.tampered`, naming the entry; the errors of the key ring.
  Result<> add(const ports::EntryView& entry);
  // A key that was destroyed without a record of it is a finding too: somebody hides what it
  // sealed.
  void conclude(ledger::VerifyReport& report) const;
  const ValueCounts& counts() const { return counts_; }

 private:
  const vault::KeyRing* keys_;
  ValueCounts counts_;
  std::map<std::string, std::uint64_t> destroyed_;  // key -> first entry that it sealed
  std::set<std::string> accounted_for_;             // by a record of kind `task.erased`
};

}  // namespace ambit::cli
