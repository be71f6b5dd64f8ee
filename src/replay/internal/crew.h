// Several threads that check decisions while another one reads the ledger.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "replay/internal/checker.h"

namespace ambit::replay {

// Decisions copied out of the ledger, as many as a core's cache holds.
class Batch {
 public:
  void add(const ports::EntryView& entry, ApprovalPtr approval);
  bool full() const { return bytes_.size() >= kBytes; }
  bool empty() const { return items_.empty(); }
  void check(Checker& checker) const;

 private:
  static constexpr std::size_t kBytes = 128u << 10;

  struct Item {
    std::uint64_t index = 0;
    std::size_t record = 0, beside = 0, end = 0;  // where they begin and end in `bytes_`
    ApprovalPtr approval;
  };

  std::string bytes_;
  std::vector<Item> items_;
};

class Crew {
 public:
  // `threads` counts the caller's, which checks what the others have no time for.
  Crew(const History& history, const ReplayOptions& options, unsigned threads);
  ~Crew() { dismiss(); }

  void add(const ports::EntryView& entry, ApprovalPtr approval);
  // Waits for all that was added. The error of the first entry that could not be understood.
  Result<> finish(ReplayReport& report);
  // Whether some entry could not be understood: what follows need not be read.
  bool failed() const { return failed_; }

 private:
  void work(Checker& checker);
  void hand_out();
  void dismiss();
  void note_failure(const Checker& checker);

  std::vector<std::unique_ptr<Checker>> checkers_;  // the caller's first
  std::vector<std::thread> others_;
  Batch filling_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> waiting_;  // under mutex_
  bool no_more_ = false;       // likewise
  std::atomic<bool> failed_ = false;
};

}  // namespace ambit::replay
