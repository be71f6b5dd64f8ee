#include "ledger_file/internal/segment_store.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include "ledger_file/internal/segment_scan.h"

namespace ambit::ledger_file::internal {
namespace {

constexpr std::size_t kScanWindow = 1u << 20;
constexpr std::uint64_t kFillStep = 512u << 10;
constexpr std::uint64_t kLeastOutrun = 4u << 20;

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
  AMBIT_CHECK_OK(write_all(ops_, active_.get(), active_path_, batch.bytes(), begin));
  AMBIT_CHECK_OK(sync_data(ops_, active_.get(), active_path_));
  appended_bytes_ += batch.bytes().size();
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
  const std::lock_guard next_lock(next_mutex_);
  // Filled or not: the room is there, and waiting for zeros would cost more than they save.
  AMBIT_CHECK_OK(allocate_next());
  SegmentInfo fresh;
  fresh.header = {segments_.empty() ? 0 : last()->header.sequence + 1, size(),
                  options_.segment_bytes, root};
  const std::string path = folders_.live_path(fresh.header.sequence);
  AMBIT_CHECK_OK(write_all(ops_, next_.get(), next_path(), encode_segment_header(fresh.header), 0));
  AMBIT_CHECK_OK(sync_data(ops_, next_.get(), next_path()));
  if (ops_.rename(next_path().c_str(), path.c_str()) != 0) {
    drop_next();
    return io_error("create", path, errno);
  }
  if (auto synced = sync_directory(ops_, options_.directory); !synced) {
    // Whether the name is durable is unknown, so that nothing may be written under it.
    ops_.rename(path.c_str(), next_path().c_str());
    drop_next();
    return synced;
  }
  active_ = std::move(next_);
  active_path_ = path;
  next_ready_ = false;
  const std::lock_guard lock(mutex_);
  segments_.push_back(std::move(fresh));
  return {};
}

Result<> SegmentStore::heal() {
  const SegmentInfo& info = *last();
  const std::string& path = active_path_;
  // A fresh descriptor: the old one may have reported its error already.
  AMBIT_TRY(active_, open_file(path, O_RDWR));
  AMBIT_CHECK_OK(write_zeros(ops_, active_.get(), path, info.used_bytes, dirty_end_));
  AMBIT_CHECK_OK(sync_data(ops_, active_.get(), path));
  // What is read next must come from the disk, not from pages that never reached it.
  ::posix_fadvise(active_.get(), 0, 0, POSIX_FADV_DONTNEED);
  AMBIT_TRY(SegmentReader reader, SegmentReader::open(path, kScanWindow));
  FrameState end = FrameState::kEnd;
  AMBIT_TRY(const SegmentInfo found, scan_segment(reader, end));
  AMBIT_TRY(const std::uint64_t bytes_end, reader.end_of_bytes(info.used_bytes));
  if (found.count != info.count || end != FrameState::kEnd || bytes_end != info.used_bytes) {
    return corrupt("after a failed write `" + path + "` holds " + std::to_string(found.count) +
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

Result<std::optional<SegmentStore::Pause>> SegmentStore::prepare_next() {
  if (!wants_next()) return std::optional<Pause>();
  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  const std::lock_guard lock(next_mutex_);
  AMBIT_CHECK_OK(allocate_next());
  AMBIT_CHECK_OK(fill_step());
  const bool outrun = appended_bytes_ - fill_began_at_ > std::max(next_filled_, kLeastOutrun);
  if (outrun || next_filled_ >= options_.segment_bytes) {
    next_ready_ = true;
    return std::optional<Pause>();
  }
  return Clock::now() - began;
}

Result<> SegmentStore::allocate_next() {
  if (next_) return {};
  const std::string path = next_path();
  AMBIT_TRY(Fd fd, open_file(path, O_RDWR | O_CREAT | O_TRUNC));
  const int error = ops_.fallocate(fd.get(), static_cast<std::int64_t>(options_.segment_bytes));
  if (error != 0) {
    ::unlink(path.c_str());  // gives back what was allocated: the disk is full enough
    return io_error("allocate " + std::to_string(options_.segment_bytes) + " bytes for", path,
                    error);
  }
  // The reserve first: it must take records when nothing else can be had.
  const std::uint64_t reserve = options_.segment_bytes - options_.reserve_bytes;
  auto filled = write_zeros(ops_, fd.get(), path, reserve, options_.segment_bytes);
  if (filled) filled = sync_data(ops_, fd.get(), path);
  if (!filled) {
    ::unlink(path.c_str());
    return filled;
  }
  next_ = std::move(fd);
  next_filled_ = 0;
  fill_began_at_ = appended_bytes_;
  return {};
}

// Real zeros: the first write to a block that is only allocated costs a journal commit. Where
// records come faster than zeros, each such commit serves so many of them that zeros are not worth
// half of the disk.
Result<> SegmentStore::fill_step() {
  const std::uint64_t end = std::min(next_filled_ + kFillStep, options_.segment_bytes);
  auto filled = write_zeros(ops_, next_.get(), next_path(), next_filled_, end);
  if (filled) filled = sync_data(ops_, next_.get(), next_path());
  if (!filled) {
    ::unlink(next_path().c_str());
    drop_next();
    return filled;
  }
  next_filled_ = end;
  return {};
}

void SegmentStore::drop_next() {
  next_.reset();
  next_ready_ = false;
}

Result<> SegmentStore::write_indexes() {
  const std::lock_guard index_lock(index_mutex_);
  for (;;) {
    SegmentInfo closed;
    {
      const std::lock_guard lock(mutex_);
      if (indexed_ + 1 >= segments_.size()) return {};
      closed = segments_[indexed_];
    }
    const std::string path = folders_.index_path(closed.header.sequence);
    const std::string index = encode_index(closed);
    if (read_file(path).value_or("") != index) AMBIT_CHECK_OK(replace_file(ops_, path, index));
    ++indexed_;
  }
}

Result<ports::Entry> SegmentStore::read(std::uint64_t index) const {
  return read_entry(folders_, [this](std::uint64_t at) { return find(at); }, index, size());
}

Result<> SegmentStore::scan(std::uint64_t from, std::uint64_t to,
                            const ports::EntryVisitor& visit) const {
  return scan_segments(folders_, [this](std::uint64_t at) { return find(at); }, from, to, visit);
}

std::optional<SegmentInfo> SegmentStore::find(std::uint64_t index) const {
  const std::lock_guard lock(mutex_);
  return find_segment(segments_, index);
}

std::vector<SegmentInfo> SegmentStore::closed() const {
  const std::lock_guard lock(mutex_);
  if (segments_.empty()) return {};
  return {segments_.begin(), segments_.end() - 1};
}

}  // namespace ambit::ledger_file::internal
