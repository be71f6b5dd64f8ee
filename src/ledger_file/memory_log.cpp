#include "ledger_file/memory_log.h"

#include <algorithm>
#include <utility>

#include "ledger/merkle.h"
#include "ledger/record.h"

namespace ambit::ledger_file {
namespace {

Error too_large(const ports::Entry& entry) {
  return {Code::kExhausted, "ledger.record_too_large",
          "a record has 1 to " + std::to_string(ledger::kMaxRecordBytes) + " bytes, not " +
              std::to_string(entry.record.size()) + ", and at most " +
              std::to_string(ledger::kMaxBesideBytes) + " beside it, not " +
              std::to_string(entry.beside.size())};
}

bool fits_the_log(const ports::Entry& entry) {
  return !entry.record.empty() && entry.record.size() <= ledger::kMaxRecordBytes &&
         entry.beside.size() <= ledger::kMaxBesideBytes;
}

}  // namespace

void MemoryLog::append(ports::Entry entry, ports::AppendDone done) {
  std::optional<Error> refusal;
  if (!fits_the_log(entry)) {
    refusal = too_large(entry);
  } else {
    const std::lock_guard lock(mutex_);
    if (!broken_.empty()) {
      refusal = Error{Code::kUnavailable, "ledger.unwritable", broken_};
    } else if (failures_ > 0) {
      --failures_;
      refusal = failure_;
    } else if (holding_) {
      waiting_.push_back({std::move(entry), std::move(done), false});
      return;
    }
  }
  if (!refusal) return complete({std::move(entry), std::move(done), false});
  if (done) done(fail(*std::move(refusal)));
}

Result<> MemoryLog::append_reserved(ports::Entry entry, ports::AppendDone done) {
  if (!fits_the_log(entry)) {
    const Error refusal = too_large(entry);
    if (done) done(fail(refusal));
    return fail(refusal);
  }
  {
    const std::lock_guard lock(mutex_);
    if (!broken_.empty() || holding_) {
      (broken_.empty() ? waiting_ : reserved_).push_back({std::move(entry), std::move(done), true});
      return {};
    }
  }
  complete({std::move(entry), std::move(done), false});
  return {};
}

bool MemoryLog::writable() const {
  const std::lock_guard lock(mutex_);
  return broken_.empty();
}

std::string MemoryLog::why_not_writable() const {
  const std::lock_guard lock(mutex_);
  return broken_;
}

std::uint64_t MemoryLog::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

Result<ports::Entry> MemoryLog::read(std::uint64_t index) const {
  const std::lock_guard lock(mutex_);
  if (index < entries_.size()) return entries_[index];
  return fail(Code::kNotFound, "ledger.no_such_entry",
              "there is no entry " + std::to_string(index) + "; the ledger has " +
                  std::to_string(entries_.size()));
}

Result<> MemoryLog::scan(std::uint64_t from, const ports::EntryVisitor& visitor) const {
  for (const std::uint64_t end = size(); from < end; ++from) {
    AMBIT_TRY(const ports::Entry entry, read(from));
    if (!visitor({from, entry.record, entry.beside})) break;
  }
  return {};
}

Result<crypto::Digest> MemoryLog::root(std::uint64_t size) const {
  const std::lock_guard lock(mutex_);
  if (size > entries_.size()) {
    return fail(Code::kNotFound, "ledger.no_such_entry",
                "the log has fewer than " + std::to_string(size) + " entries");
  }
  ledger::Frontier tree;
  for (std::uint64_t i = 0; i < size; ++i) tree.append(ledger::leaf_hash(entries_[i].record));
  return tree.root();
}

void MemoryLog::break_disk(std::string why) {
  std::deque<Pending> refused;
  {
    const std::lock_guard lock(mutex_);
    broken_ = why;
    for (Pending& pending : waiting_) {
      (pending.reserved ? reserved_ : refused).push_back(std::move(pending));
    }
    waiting_.clear();
  }
  for (Pending& pending : refused) {
    if (pending.done) pending.done(fail(Code::kUnavailable, "ledger.unwritable", why));
  }
}

void MemoryLog::mend_disk() {
  std::deque<Pending> held;
  {
    const std::lock_guard lock(mutex_);
    broken_.clear();
    held.swap(reserved_);
  }
  for (Pending& pending : held) complete(std::move(pending));
}

void MemoryLog::fail_next(std::size_t count, Error error) {
  const std::lock_guard lock(mutex_);
  failures_ = count;
  failure_ = std::move(error);
}

void MemoryLog::hold() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
}

void MemoryLog::release(std::optional<std::size_t> count) {
  std::deque<Pending> due;
  {
    const std::lock_guard lock(mutex_);
    if (!count) holding_ = false;
    for (std::size_t left = count.value_or(waiting_.size()); left > 0 && !waiting_.empty();
         --left) {
      due.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  for (Pending& pending : due) complete(std::move(pending));
}

std::size_t MemoryLog::held() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void MemoryLog::complete(Pending pending) {
  const ledger::Hash hash = ledger::leaf_hash(pending.entry.record);
  std::uint64_t index = 0;
  {
    const std::lock_guard lock(mutex_);
    index = entries_.size();
    entries_.push_back(std::move(pending.entry));
  }
  if (pending.done) pending.done(ports::Position{index, hash});
}

}  // namespace ambit::ledger_file
