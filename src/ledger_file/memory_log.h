// A log in memory: a fake for tests of whatever uses ports::Log.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ports/log.h"

namespace ambit::ledger_file {

// Answers an append before it returns, on the calling thread, unless told otherwise. Thread-safe.
class MemoryLog final : public ports::Log {
 public:
  void append(ports::Entry entry, ports::AppendDone done) override;
  Result<> append_reserved(ports::Entry entry, ports::AppendDone done) override;
  bool writable() const override;
  std::string why_not_writable() const override;
  std::uint64_t size() const override;
  Result<ports::Entry> read(std::uint64_t index) const override;
  Result<> scan(std::uint64_t from, const ports::EntryVisitor& visitor) const override;
  Result<crypto::Digest> root(std::uint64_t size) const override;
  std::string latest_checkpoint() const override { return {}; }

  // Behaves like a log whose disk failed: appends, also those that wait, fail with
  // `ledger.unwritable` and `why`; reserved ones are kept.
  void break_disk(std::string why);
  // Ends that and writes what was kept.
  void mend_disk();
  // The next `count` appends (not reserved ones) fail with `error`, the log stays writable.
  void fail_next(std::size_t count, Error error);
  // From now on appends wait, not durable, until `release`.
  void hold();
  // Makes the `count` oldest of those durable and answers them, on the calling thread; all of them
  // without a count. Appends go on waiting until `release` has been called without a count.
  void release(std::optional<std::size_t> count = {});
  // How many wait.
  std::size_t held() const;

 private:
  struct Pending {
    ports::Entry entry;
    ports::AppendDone done;
    bool reserved = false;
  };

  void complete(Pending pending);

  mutable std::mutex mutex_;
  std::vector<ports::Entry> entries_;
  std::deque<Pending> waiting_;   // by hold()
  std::deque<Pending> reserved_;  // by break_disk()
  std::string broken_;            // why; empty while the disk is sound
  bool holding_ = false;
  std::size_t failures_ = 0;
  Error failure_;
};

}  // namespace ambit::ledger_file
