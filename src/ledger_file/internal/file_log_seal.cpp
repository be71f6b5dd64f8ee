// The thread that seals: tiles, checkpoints, the next segment, indexes of closed ones.
#include <algorithm>
#include <iterator>
#include <utility>

#include "ledger_file/internal/file_log_impl.h"

namespace ambit::ledger_file {
namespace {

// Entries of which the tiles may have to be made again after a crash: a part of a second.
constexpr std::uint64_t kUnsettledTiles = 131072;

}  // namespace

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
    wait_for_work(lock);
    last = stop_sealing_;
    const bool due = last || seal_now_ || Clock::now() >= next_seal_;
    maintain_ = false;
    if (due) {
      seal_now_ = false;
      to_seal_.take(unsealed_);
    }
    for (crypto::SigningKey& key : new_keys_) sealer_.hold(std::move(key));
    new_keys_.clear();
    witness_answered_ = false;
    lock.unlock();
    if (due && !to_seal_.empty()) seal_once();
    maintain();
    if (!last) ask_witnesses();
    lock.lock();
  }
  static_cast<void>(sealer_.settle_tiles(0));
}

void FileLog::Impl::wait_for_work(std::unique_lock<std::mutex>& lock) {
  const bool idle = to_seal_.empty() && unsealed_.empty();
  const auto asked = [&] {
    return seal_now_ || maintain_ || stop_sealing_ || witness_answered_ ||
           (idle && !unsealed_.empty());
  };
  const bool round_due = sealed_ > 0 && rounds_->wants(sealed_);
  std::optional<Clock::time_point> until = next_fill_;
  if (!idle && (!until || next_seal_ < *until)) until = next_seal_;
  if (round_due && (!until || next_round_ < *until)) until = next_round_;
  if (!until) return seal_wake_.wait(lock, asked);
  seal_wake_.wait_until(lock, *until, asked);
}

// Witnesses are asked beside the log's own work: what they answer, or not, never stops it.
void FileLog::Impl::ask_witnesses() {
  if (!rounds_->any()) return;
  rounds_->step();
  if (Clock::now() >= next_round_ && sealer_.sealed() > 0 && rounds_->wants(sealer_.sealed())) {
    next_round_ = Clock::now() + std::chrono::milliseconds(options_.witness_interval.ms);
    rounds_->begin(sealer_.note(), sealer_.checkpoint());
  }
  copy_witnesses();
}

void FileLog::Impl::copy_witnesses() {
  std::vector<WitnessState> before;
  {
    const std::lock_guard lock(mutex_);
    witnessed_ = rounds_->witnessed();
    before = std::exchange(witnesses_, rounds_->states());
  }
  if (!options_.on_witness) return;
  const auto& now = rounds_->states();
  for (std::size_t i = 0; i < now.size(); ++i) {
    const bool changed = now[i].trouble != (i < before.size() ? before[i].trouble : "");
    if (changed) options_.on_witness(now[i]);
  }
}

// A failure here loses nothing: the writer makes the next segment itself when it needs one, missing
// tiles and indexes are made again at the next open.
void FileLog::Impl::maintain() {
  if (!next_fill_ || Clock::now() >= *next_fill_) {
    const auto pause = store_.prepare_next();
    next_fill_.reset();
    if (pause && *pause) next_fill_ = Clock::now() + **pause;
  }
  static_cast<void>(store_.write_indexes());
  static_cast<void>(sealer_.settle_tiles(kUnsettledTiles));
}

void FileLog::Impl::seal_once() {
  const Result<> sealed = sealer_.seal(to_seal_);
  {
    const std::lock_guard lock(mutex_);
    ++seal_attempts_;
    if (sealed) {
      to_seal_ = {};
      sealed_ = sealer_.sealed();
      note_ = sealer_.note();
      public_keys_ = sealer_.keys().to_text();
      seal_trouble_.clear();
    } else {
      seal_trouble_ = sealed.error().message;
      set_next_seal(options_.retry_interval);
    }
    update_writable();
    sealed_changed_.notify_all();
  }
  answer_sealed(sealed);
}

// Who waited for the checkpoint hears that it is there, or that it could not be made: the entry is
// durable then, but nothing may be released that asked for more.
void FileLog::Impl::answer_sealed(Result<> sealed) {
  std::vector<Awaiting> due;
  {
    const std::lock_guard lock(mutex_);
    const auto end = std::partition_point(
        awaiting_.begin(), awaiting_.end(),
        [&](const Awaiting& each) { return !sealed || each.position.index < sealed_; });
    due.assign(std::make_move_iterator(awaiting_.begin()), std::make_move_iterator(end));
    awaiting_.erase(awaiting_.begin(), end);
  }
  for (Awaiting& each : due) {
    if (!each.done) continue;
    if (sealed) {
      each.done(each.position);
    } else {
      each.done(fail(Code::kUnavailable, "ledger.unwritable", sealed.error().message));
    }
  }
}

// Precondition of both: mutex_ is held.
void FileLog::Impl::set_next_seal(Duration pause) {
  next_seal_ = Clock::now() + std::chrono::milliseconds(pause.ms);
}
void FileLog::Impl::update_writable() {
  writable_.store(segment_trouble_.empty() && seal_trouble_.empty(), std::memory_order_release);
}

}  // namespace ambit::ledger_file
