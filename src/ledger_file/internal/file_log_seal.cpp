// The thread that seals: tiles, checkpoints, the next segment, indexes of closed ones.
#include <utility>

#include "ledger_file/internal/file_log_impl.h"

namespace ambit::ledger_file {

std::string FileLog::Impl::latest_checkpoint() const {
  const std::lock_guard lock(mutex_);
  return note_;
}

Result<std::string> FileLog::Impl::seal() {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = store_.size();
  const std::uint64_t attempts = seal_attempts_;
  if (sealed_ < wanted) {
    seal_now_ = true;
    seal_wake_.notify_one();
    // The attempt under way may have begun before the last entries; the one after it cannot.
    sealed_changed_.wait(lock, [&] {
      return sealed_ >= wanted || seal_attempts_ >= attempts + 2 ||
             (seal_attempts_ > attempts && !seal_trouble_.empty());
    });
  }
  if (sealed_ >= wanted) return note_;
  return fail(Code::kUnavailable, "ledger.unwritable", seal_trouble_);
}

void FileLog::Impl::seal_loop() {
  std::unique_lock lock(mutex_);
  for (bool last = false; !last;) {
    const auto asked = [this] { return seal_now_ || maintain_ || stop_sealing_; };
    if (to_seal_.empty() && unsealed_.empty()) {
      seal_wake_.wait(lock, [&] { return asked() || !unsealed_.empty(); });
    } else {
      seal_wake_.wait_until(lock, next_seal_, asked);
    }
    last = stop_sealing_;
    const bool due = last || seal_now_ || Clock::now() >= next_seal_;
    maintain_ = false;
    if (due) {
      seal_now_ = false;
      to_seal_.insert(to_seal_.end(), unsealed_.begin(), unsealed_.end());
      unsealed_.clear();
    }
    lock.unlock();
    if (due && !to_seal_.empty()) seal_once();
    maintain();
    lock.lock();
  }
}

// A failure here loses nothing: a missing next segment shows when the writer needs it, and a
// missing index is made again at the next open.
void FileLog::Impl::maintain() {
  if (store_.wants_next()) static_cast<void>(store_.prepare_next());
  static_cast<void>(store_.write_indexes());
}

void FileLog::Impl::seal_once() {
  auto sealed = sealer_.seal(to_seal_);
  const std::lock_guard lock(mutex_);
  ++seal_attempts_;
  if (sealed) {
    to_seal_.clear();
    sealed_ = sealer_.sealed();
    note_ = sealer_.note();
    seal_trouble_.clear();
  } else {
    seal_trouble_ = sealed.error().message;
    set_next_seal(options_.retry_interval);
  }
  update_writable();
  sealed_changed_.notify_all();
}

// Precondition of both: mutex_ is held.
void FileLog::Impl::set_next_seal(Duration pause) {
  next_seal_ = Clock::now() + std::chrono::milliseconds(pause.ms);
}
void FileLog::Impl::update_writable() {
  writable_.store(segment_trouble_.empty() && seal_trouble_.empty(), std::memory_order_release);
}

}  // namespace ambit::ledger_file
