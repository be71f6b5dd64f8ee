#include "ledger_file/internal/segment_store.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace ambit::ledger_file::internal {
namespace {

constexpr std::size_t kReadWindow = 128u << 10;
constexpr std::size_t kScanWindow = 1u << 20;
constexpr std::uint64_t kFillStep = 512u << 10;

tl::unexpected<Error> corrupt(std::string message) {
  return fail(Code::kInternal, "ledger.corrupt", std::move(message));
}

}  // namespace

void Batch::add(const ports::Entry& entry) {
  append_frame(bytes_, end_index(), static_cast<std::uint32_t>(ends_.size()), entry.record,
               entry.beside);
  ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
}

bool SegmentStore::fits(std::size_t pending, std::size_t record_bytes, bool use_reserve) const {
  const std::uint64_t kept_free = use_reserve ? 0 : options_.reserve_bytes;
  return last()->used_bytes + pending + kFrameHeaderBytes + record_bytes + kept_free <=
         last()->header.file_bytes;
}

Result<> SegmentStore::append(const Batch& batch) {
  const std::uint64_t begin = last()->used_bytes;
  dirty_end_ = begin + batch.bytes().size();
  AMBIT_CHECK_OK(write_all(ops_, active_.get(), last()->path, batch.bytes(), begin));
  AMBIT_CHECK_OK(sync_data(ops_, active_.get(), last()->path));
  {
    const std::lock_guard lock(mutex_);
    std::uint64_t offset = begin;
    for (const std::uint32_t end : batch.ends()) {
      last()->add(offset, begin + end);
      offset = begin + end;
    }
  }
  size_.store(last()->end_index(), std::memory_order_release);
  return {};
}

Result<> SegmentStore::roll(const ledger::Hash& root) {
  next_urgent_ = true;
  auto prepared = prepare_next();
  next_urgent_ = false;
  AMBIT_CHECK_OK(prepared);
  const std::lock_guard next_lock(next_mutex_);
  SegmentInfo fresh;
  fresh.header = {segments_.empty() ? 0 : last()->header.sequence + 1, size(),
                  options_.segment_bytes, root};
  fresh.path = options_.directory + "/" + segment_name(fresh.header.sequence);
  AMBIT_CHECK_OK(write_all(ops_, next_.get(), next_path(), encode_segment_header(fresh.header), 0));
  AMBIT_CHECK_OK(sync_data(ops_, next_.get(), next_path()));
  if (::rename(next_path().c_str(), fresh.path.c_str()) != 0) {
    drop_next();
    return io_error("create", fresh.path, errno);
  }
  if (auto synced = sync_directory(ops_, options_.directory); !synced) {
    // Whether the name is durable is unknown, so that nothing may be written under it.
    ::rename(fresh.path.c_str(), next_path().c_str());
    drop_next();
    return synced;
  }
  active_ = std::move(next_);
  next_ready_ = false;
  const std::lock_guard lock(mutex_);
  segments_.push_back(std::move(fresh));
  return {};
}

Result<> SegmentStore::heal() {
  const SegmentInfo& info = *last();
  // A fresh descriptor: the old one may have reported its error already.
  AMBIT_TRY(active_, open_file(info.path, O_RDWR));
  AMBIT_CHECK_OK(write_zeros(ops_, active_.get(), info.path, info.used_bytes, dirty_end_));
  AMBIT_CHECK_OK(sync_data(ops_, active_.get(), info.path));
  // What is read next must come from the disk, not from pages that never reached it.
  ::posix_fadvise(active_.get(), 0, 0, POSIX_FADV_DONTNEED);
  AMBIT_TRY(SegmentReader reader, SegmentReader::open(info.path, kScanWindow));
  FrameState end = FrameState::kEnd;
  AMBIT_TRY(const SegmentInfo found, scan_segment(reader, info.path, end));
  AMBIT_TRY(const std::uint64_t bytes_end, reader.end_of_bytes(info.used_bytes));
  if (found.count != info.count || end != FrameState::kEnd || bytes_end != info.used_bytes) {
    return corrupt("after a failed write `" + info.path + "` holds " + std::to_string(found.count) +
                   " whole entries; " + std::to_string(info.count) + " were acknowledged");
  }
  dirty_end_ = info.used_bytes;
  return {};
}

bool SegmentStore::wants_next() const {
  if (next_ready_.load(std::memory_order_acquire)) return false;
  const std::lock_guard lock(mutex_);
  return !segments_.empty() && last()->used_bytes * 4 >= last()->header.file_bytes;
}

Result<> SegmentStore::prepare_next() {
  const std::lock_guard lock(next_mutex_);
  if (next_) return {};
  const std::string path = next_path();
  AMBIT_TRY(Fd fd, open_file(path, O_RDWR | O_CREAT | O_TRUNC));
  const int error = ops_.fallocate(fd.get(), static_cast<std::int64_t>(options_.segment_bytes));
  if (error != 0) {
    ::unlink(path.c_str());  // gives back what was allocated: the disk is full enough
    return io_error("allocate " + std::to_string(options_.segment_bytes) + " bytes for", path,
                    error);
  }
  if (auto filled = fill_next(fd.get(), path); !filled) {
    ::unlink(path.c_str());
    return filled;
  }
  next_ = std::move(fd);
  next_ready_ = true;
  return {};
}

// Real zeros: the first write to a block that is only allocated costs a journal commit.
Result<> SegmentStore::fill_next(int fd, const std::string& path) const {
  using Clock = std::chrono::steady_clock;
  for (std::uint64_t at = 0; at < options_.segment_bytes; at += kFillStep) {
    const auto began = Clock::now();
    AMBIT_CHECK_OK(
        write_zeros(ops_, fd, path, at, std::min(at + kFillStep, options_.segment_bytes)));
    AMBIT_CHECK_OK(sync_data(ops_, fd, path));
    if (!next_urgent_) std::this_thread::sleep_for(Clock::now() - began);
  }
  return {};
}

void SegmentStore::drop_next() {
  next_.reset();
  next_ready_ = false;
}

Result<> SegmentStore::write_indexes() {
  for (;;) {
    SegmentInfo closed;
    {
      const std::lock_guard lock(mutex_);
      if (indexed_ + 1 >= segments_.size()) return {};
      closed = segments_[indexed_];
    }
    const std::string path = closed.path.substr(0, closed.path.size() - 3) + "idx";
    if (!file_exists(path)) AMBIT_CHECK_OK(replace_file(ops_, path, encode_index(closed)));
    ++indexed_;
  }
}

Result<ports::Entry> SegmentStore::read(std::uint64_t index) const {
  ports::Entry out;
  AMBIT_CHECK_OK(scan(index, std::min(index + 1, size()), [&](const ports::EntryView& entry) {
    out = {std::string(entry.record), std::string(entry.beside)};
    return false;
  }));
  if (out.record.empty()) {
    return fail(Code::kNotFound, "ledger.no_such_entry",
                "there is no entry " + std::to_string(index) + "; the ledger has " +
                    std::to_string(size()));
  }
  return out;
}

Result<> SegmentStore::scan(std::uint64_t from, std::uint64_t to,
                            const ports::EntryVisitor& visit) const {
  const std::size_t window = to - from <= kIndexStride ? kReadWindow : kScanWindow;
  while (from < to) {
    SegmentInfo info;
    {
      const std::lock_guard lock(mutex_);
      const auto next =
          std::partition_point(segments_.begin(), segments_.end(),
                               [&](const SegmentInfo& s) { return s.end_index() <= from; });
      if (next == segments_.end()) return {};
      info = *next;
    }
    const std::uint64_t end = std::min(to, info.end_index());
    AMBIT_TRY(const bool more, visit_frames(info, from, end, window, [&](const Frame& frame) {
                return visit({frame.index, frame.record, frame.beside});
              }));
    if (!more) return {};
    from = end;
  }
  return {};
}

}  // namespace ambit::ledger_file::internal
