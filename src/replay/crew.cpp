#include "replay/internal/crew.h"

#include <utility>

namespace ambit::replay {
namespace {

// So many for each of the others wait at most.
constexpr std::size_t kWaiting = 4;

}  // namespace

void Batch::add(const ports::EntryView& entry, ApprovalPtr approval) {
  if (bytes_.capacity() == 0) bytes_.reserve(kBytes + kBytes / 8);
  Item item{entry.index, bytes_.size(), bytes_.size() + entry.record.size(), 0,
            std::move(approval)};
  bytes_.append(entry.record).append(entry.beside);
  item.end = bytes_.size();
  items_.push_back(std::move(item));
}

void Batch::check(Checker& checker) const {
  const std::string_view bytes = bytes_;
  for (const Item& item : items_) {
    checker.check({item.index, bytes.substr(item.record, item.beside - item.record),
                   bytes.substr(item.beside, item.end - item.beside)},
                  item.approval);
  }
}

Crew::Crew(const History& history, const ReplayOptions& options, unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) {
    checkers_.push_back(std::make_unique<Checker>(history, options));
  }
  for (unsigned i = 1; i < threads; ++i) {
    others_.emplace_back([this, i] { work(*checkers_[i]); });
  }
}

void Crew::add(const ports::EntryView& entry, ApprovalPtr approval) {
  if (others_.empty()) {
    checkers_.front()->check(entry, std::move(approval));
    note_failure(*checkers_.front());
    return;
  }
  filling_.add(entry, std::move(approval));
  if (filling_.full()) hand_out();
}

void Crew::hand_out() {
  Batch batch = std::exchange(filling_, Batch());
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < kWaiting * others_.size()) {
      waiting_.push_back(std::move(batch));
      changed_.notify_one();
      return;
    }
  }
  batch.check(*checkers_.front());
  note_failure(*checkers_.front());
}

void Crew::work(Checker& checker) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return no_more_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Batch batch = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    batch.check(checker);
    note_failure(checker);
    lock.lock();
  }
}

void Crew::note_failure(const Checker& checker) {
  if (checker.failure()) failed_ = true;
}

void Crew::dismiss() {
  {
    const std::lock_guard lock(mutex_);
    no_more_ = true;
  }
  changed_.notify_all();
  for (auto& thread : others_) thread.join();
  others_.clear();
}

Result<> Crew::finish(ReplayReport& report) {
  if (!filling_.empty()) hand_out();
  {
    const std::lock_guard lock(mutex_);
    no_more_ = true;
  }
  work(*checkers_.front());
  dismiss();
  const Checker::Failure* first = nullptr;
  for (const auto& checker : checkers_) {
    const auto& failure = checker->failure();
    if (failure && (!first || failure->index < first->index)) first = &*failure;
    checker->report(report);
  }
  return first ? fail(first->error) : Result<>();
}

}  // namespace ambit::replay
