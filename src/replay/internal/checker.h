// Decides recorded decisions again, one after the other, and counts how they come out.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "replay/internal/decision_reader.h"
#include "replay/replay.h"

namespace ambit::replay {

// For one thread.
class Checker {
 public:
  Checker(const History& history, const ReplayOptions& options)
      : reader_(history, options.keys), max_differences_(options.max_differences) {}

  // Does nothing any more after the first entry that could not be understood.
  void check(const ports::EntryView& entry, ApprovalPtr approval);

  struct Failure {
    std::uint64_t index = 0;
    Error error;
  };
  const std::optional<Failure>& failure() const { return failure_; }
  // Adds what was counted.
  void report(ReplayReport& out) const;

 private:
  Result<> decide_again(const ports::EntryView& entry, ApprovalPtr approval);
  void differs(std::uint64_t index, const std::string& decision, std::string what);

  DecisionReader reader_;
  std::size_t max_differences_;
  RecordedDecision recorded_;  // made once: decisions of one situation have most of it in common
  ReplayReport counted_;
  std::optional<Failure> failure_;
};

}  // namespace ambit::replay
