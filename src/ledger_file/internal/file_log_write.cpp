// The thread that writes: takes what waits, makes it durable together, then answers.
#include <algorithm>
#include <utility>

#include "ledger/record.h"
#include "ledger_file/internal/file_log_impl.h"

namespace ambit::ledger_file {
namespace {

// Of one write; more only waits longer for its sync.
constexpr std::size_t kMaxWriteBytes = 4u << 20;

// What a thread that has other things to do as well may write itself. More records are worth the
// switches to the thread that writes, while the caller goes on.
constexpr std::size_t kMostRecordsHere = 4;
constexpr std::size_t kMostBytesHere = 64u << 10;
constexpr std::chrono::microseconds kQuick{1000};

Error too_large(const ports::Entry& entry) {
  return {Code::kExhausted, "ledger.record_too_large",
          "a record has 1 to " + std::to_string(ledger::kMaxRecordBytes) + " bytes, not " +
              std::to_string(entry.record.size()) + ", and at most " +
              std::to_string(ledger::kMaxBesideBytes) + " beside it that fit one segment, not " +
              std::to_string(entry.beside.size())};
}
// Whoever could append one could hand the log over to a key of his own.
std::optional<Error> key_record() {
  return Error{Code::kInvalid, "ledger.key",
               std::string("only a change of keys appends a record of kind `") +
                   ledger::kKeyRecordKind + "`"};
}
Error closed() { return {Code::kUnavailable, "ledger.closed", "the ledger is shutting down"}; }
Error unwritable(const std::string& why) { return {Code::kUnavailable, "ledger.unwritable", why}; }

std::size_t bytes_of(const ports::Entry& entry) {
  return entry.record.size() + entry.beside.size();
}

}  // namespace

bool FileLog::Impl::fits_a_segment(const ports::Entry& entry) const {
  return !entry.record.empty() && entry.record.size() <= ledger::kMaxRecordBytes &&
         entry.beside.size() <= ledger::kMaxBesideBytes &&
         internal::kSegmentHeaderBytes + internal::kFrameHeaderBytes + bytes_of(entry) +
                 options_.reserve_bytes <=
             options_.segment_bytes;
}

void FileLog::Impl::append(ports::Entry entry, ports::AppendDone done) {
  Pending item{std::move(entry), std::move(done), false};
  auto refusal = ledger::is_key_record(item.entry.record) ? key_record() : enqueue(item);
  if (refusal) answer(item, fail(*std::move(refusal)));
}

Result<> FileLog::Impl::append_reserved(ports::Entry entry, ports::AppendDone done) {
  Pending item{std::move(entry), std::move(done), true};
  auto refusal = ledger::is_key_record(item.entry.record) ? key_record() : enqueue(item);
  if (!refusal) return {};
  answer(item, fail(*refusal));
  return fail(*std::move(refusal));
}

void FileLog::Impl::append_all(std::vector<ports::Append> appends, ports::Written where) {
  std::vector<std::pair<Pending, Error>> refused;
  std::unique_lock lock(mutex_);
  const bool idle = queue_.empty();
  for (Pending& item : appends) {
    auto refusal = ledger::is_key_record(item.entry.record) ? key_record() : admit(item);
    if (refusal) {
      refused.emplace_back(std::move(item), *std::move(refusal));
    } else {
      queue_.push_back(std::move(item));
    }
  }
  if (where == ports::Written::kElsewhere || !write_here(lock)) wake_writer(idle, lock);
  for (auto& [item, refusal] : refused) answer(item, fail(std::move(refusal)));
}

std::optional<Error> FileLog::Impl::enqueue(Pending& item) {
  std::unique_lock lock(mutex_);
  const bool idle = queue_.empty();
  if (auto refusal = admit(item)) return refusal;
  queue_.push_back(std::move(item));
  wake_writer(idle, lock);
  return {};
}

std::optional<Error> FileLog::Impl::admit(const Pending& item) {
  if (!fits_a_segment(item.entry)) return too_large(item.entry);
  if (stop_writing_) return closed();
  if (item.reserved) {
    if (reserved_open_ >= options_.max_reserved) {
      return Error{Code::kExhausted, "ledger.reserve_full",
                   std::to_string(reserved_open_) + " reserved records wait to be written"};
    }
    ++reserved_open_;
    return {};
  }
  if (!writable_) return unwritable(segment_trouble_.empty() ? seal_trouble_ : segment_trouble_);
  if (queued_ >= options_.max_queued ||
      queued_bytes_ + bytes_of(item.entry) > options_.max_queued_bytes) {
    return Error{Code::kExhausted, "ledger.queue_full",
                 std::to_string(queued_) + " records wait to be written; try again"};
  }
  ++queued_;
  queued_bytes_ += bytes_of(item.entry);
  return {};
}

// Only where the writer may sleep, and unlocked: waking into a held lock costs a switch of threads.
void FileLog::Impl::wake_writer(bool was_idle, std::unique_lock<std::mutex>& lock) {
  const bool wake = was_idle && !queue_.empty();
  lock.unlock();
  if (wake) write_wake_.notify_one();
}

bool FileLog::Impl::may_write_here() const {
  if (writing_ || !quick_ || stop_writing_ || trouble_ != Trouble::kNone) return false;
  if (queue_.empty() || queue_.size() > kMostRecordsHere) return false;
  std::size_t bytes = 0;
  for (const Pending& item : queue_) bytes += internal::kFrameHeaderBytes + bytes_of(item.entry);
  // A new segment is no quick thing.
  return bytes <= kMostBytesHere && store_.fits(0, bytes, false);
}

bool FileLog::Impl::write_here(std::unique_lock<std::mutex>& lock) {
  if (!may_write_here()) return false;
  auto batch = take_queue();
  lock.unlock();
  write_and_measure(std::move(batch));
  lock.lock();
  writing_ = false;
  // Others may have queued meanwhile, and a failure is for the thread that writes to mend.
  const bool wake = !queue_.empty() || stop_writing_ || trouble_ != Trouble::kNone;
  lock.unlock();
  if (wake) write_wake_.notify_one();
  return true;
}

std::vector<ports::Append> FileLog::Impl::take_queue() {
  writing_ = true;
  queued_ = 0;
  queued_bytes_ = 0;
  return std::exchange(queue_, {});
}

void FileLog::Impl::write_and_measure(std::vector<Pending> batch) {
  const auto began = Clock::now();
  write(std::move(batch));
  const bool quick = Clock::now() - began < kQuick;
  const std::lock_guard lock(mutex_);
  quick_ = quick;
}

std::string FileLog::Impl::why_not_writable() const {
  const std::lock_guard lock(mutex_);
  return segment_trouble_.empty() ? seal_trouble_ : segment_trouble_;
}

void FileLog::Impl::write_loop() {
  std::vector<Pending> batch;
  while (take(batch)) write_and_measure(std::exchange(batch, {}));
  write(std::exchange(batch, {}));
  if (!held_.empty()) recover();
  refuse_all(std::exchange(held_, {}));
}

// Waits for work; false when the log closes, with the last of the work in `batch`.
bool FileLog::Impl::take(std::vector<Pending>& batch) {
  std::unique_lock lock(mutex_);
  writing_ = false;
  for (;;) {
    const auto ready = [this] { return stop_writing_ || !queue_.empty(); };
    // Once in trouble, no other thread writes until this one has recovered.
    write_wake_.wait(lock, [&] { return !writing_ && (ready() || trouble_ != Trouble::kNone); });
    if (trouble_ != Trouble::kNone &&
        (!write_wake_.wait_until(lock, next_recovery_, ready) || Clock::now() >= next_recovery_)) {
      writing_ = true;
      lock.unlock();
      recover();
      lock.lock();
      writing_ = false;
      continue;
    }
    batch = take_queue();
    return !stop_writing_;
  }
}

void FileLog::Impl::write(std::vector<Pending> items) {
  for (std::size_t at = 0; at < items.size();) {
    internal::Batch batch(store_.size());
    std::vector<ledger::Hash> leaves;
    const std::size_t end = fill(batch, leaves, items, at);
    if (end > at) {
      if (!commit(batch, leaves, items, at)) return put_off(items, at, items.size());
      at = end;
    } else if (trouble_ != Trouble::kNone || !may_write(items[at]) || !roll()) {
      // What cannot go in now does not stop what stands behind it and can.
      put_off(items, at, at + 1);
      ++at;
    }
  }
}

// Whether the state of the log lets the record be written, if there is room. A reserved record must
// not overtake those that were held before it.
bool FileLog::Impl::may_write(const Pending& item) const {
  if (trouble_ == Trouble::kDoubt) return false;
  return item.reserved ? held_.empty() : writable();
}

// Adds records from `at` on as long as they may be written now and fit; returns where it stopped.
std::size_t FileLog::Impl::fill(internal::Batch& batch, std::vector<ledger::Hash>& leaves,
                                const std::vector<Pending>& items, std::size_t at) const {
  for (; at < items.size() && batch.bytes().size() < kMaxWriteBytes; ++at) {
    const Pending& item = items[at];
    if (!may_write(item)) break;
    const bool use_reserve = item.reserved && trouble_ == Trouble::kNoRoom;
    if (!store_.fits(batch.bytes().size(), bytes_of(item.entry), use_reserve)) break;
    batch.add(item.entry);
    leaves.push_back(ledger::leaf_hash(item.entry.record));
  }
  return at;
}

// Makes the batch durable and answers it; false when that failed.
bool FileLog::Impl::commit(const internal::Batch& batch, const std::vector<ledger::Hash>& leaves,
                           std::vector<Pending>& items, std::size_t at) {
  const std::uint64_t first = store_.size();
  if (auto written = store_.append(batch); !written) {
    set_trouble(Trouble::kDoubt, written.error().message);
    return false;
  }
  for (const ledger::Hash& leaf : leaves) tree_.append(leaf);
  {
    const std::lock_guard lock(mutex_);
    const bool was_idle = unsealed_.empty();
    if (was_idle && seal_trouble_.empty()) set_next_seal(options_.checkpoint_interval);
    maintain_ = maintain_ || store_.wants_next();
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      Pending& item = items[at + i];
      unsealed_.add(first + i, leaves[i], item.entry.record);
      if (!item.entry.sealed) continue;
      awaiting_.push_back({{first + i, leaves[i]}, std::exchange(item.done, nullptr)});
      seal_now_ = true;
    }
    // One who waits for a checkpoint is not kept waiting for its time to come.
    if (was_idle || maintain_ || seal_now_) seal_wake_.notify_one();
    for (std::size_t i = 0; i < leaves.size(); ++i)
      reserved_open_ -= items[at + i].reserved ? 1 : 0;
  }
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (items[at + i].done) answer(items[at + i], ports::Position{first + i, leaves[i]});
  }
  return true;
}

// Refuses the ordinary records in [at, end) and holds the reserved ones for recovery.
void FileLog::Impl::put_off(std::vector<Pending>& items, std::size_t at, std::size_t end) {
  const std::string why = why_not_writable();
  for (; at < end; ++at) {
    if (items[at].reserved) {
      held_.push_back(std::move(items[at]));
    } else {
      answer(items[at], fail(unwritable(why)));
    }
  }
}

bool FileLog::Impl::roll() {
  auto rolled = store_.roll(tree_.root());
  if (rolled) {
    const std::lock_guard lock(mutex_);
    maintain_ = true;
    seal_wake_.notify_one();
    return true;
  }
  set_trouble(Trouble::kNoRoom, rolled.error().message);
  return false;
}

void FileLog::Impl::recover() {
  if (trouble_ == Trouble::kDoubt) {
    auto healed = store_.heal();
    if (!healed) return set_trouble(Trouble::kDoubt, healed.error().message);
    set_trouble(Trouble::kNoRoom, why_not_writable());
  }
  // A new segment proves that writing and syncing work.
  if (roll()) set_trouble(Trouble::kNone, "");
  if (trouble_ != Trouble::kDoubt) write(std::exchange(held_, {}));
}

void FileLog::Impl::set_trouble(Trouble trouble, std::string why) {
  trouble_ = trouble;
  next_recovery_ = Clock::now() + std::chrono::milliseconds(options_.retry_interval.ms);
  const std::lock_guard lock(mutex_);
  segment_trouble_ = std::move(why);
  update_writable();
}

void FileLog::Impl::answer(Pending& item, Result<ports::Position> result) {
  if (item.done) std::exchange(item.done, nullptr)(std::move(result));
}

void FileLog::Impl::refuse_all(std::vector<Pending> items) {
  for (Pending& item : items) answer(item, fail(closed()));
}

}  // namespace ambit::ledger_file
