// All segments of one ledger: recovery at open, appends to the last one, reads from any.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger_file/internal/segment.h"
#include "ledger_file/internal/segment_folders.h"
#include "ports/log.h"

namespace ambit::ledger_file::internal {

struct StoreOptions {
  std::string directory;  // `DIR/segments`
  std::string archive;    // where closed segments were moved to; may be empty
  std::uint64_t segment_bytes = 0;
  std::uint64_t reserve_bytes = 0;
};

// The frames of one write, and what is known of them once they are durable.
class Batch {
 public:
  explicit Batch(std::uint64_t first_index) : first_index_(first_index) {}

  void add(const ports::Entry& entry);
  std::uint64_t end_index() const { return first_index_ + ends_.size(); }
  std::size_t count() const { return ends_.size(); }
  const std::string& bytes() const { return bytes_; }
  // Ends of the frames, relative to the first.
  const std::vector<std::uint32_t>& ends() const { return ends_; }

 private:
  std::uint64_t first_index_;
  std::string bytes_;
  std::vector<std::uint32_t> ends_;
};

// Reads (`size`, `read`, `scan`, `closed`) and `write_indexes` may come from any thread,
// `wants_next` and `prepare_next` from one other thread, everything else from the one that writes.
class SegmentStore {
 public:
  SegmentStore(StoreOptions options, FileOps& ops)
      : options_(std::move(options)), ops_(ops), folders_(options_.directory, options_.archive) {}

  // Reads what is there and drops a torn end. `sealed` is the number of entries that a checkpoint
  // covers: anything bad below it is `ledger.corrupt`. Without any segment, `roll` makes the first.
  Result<> open(std::uint64_t sealed);
  bool empty() const { return segments_.empty(); }

  // Whether a frame of `record_bytes` fits behind `pending` bytes of frames that wait.
  bool fits(std::size_t pending, std::size_t record_bytes, bool use_reserve) const;
  // Writes and syncs. After an error nothing may be appended until `heal` succeeded.
  Result<> append(const Batch& batch);
  // Closes the last segment and begins the next one; `root` is that of all entries so far.
  Result<> roll(const ledger::Hash& root);
  // After a failed append: zeros over all that is not acknowledged, and proof that the rest is
  // there.
  Result<> heal();

  // Whether the last segment is more than a quarter full and no next one is prepared.
  bool wants_next() const;
  using Pause = std::chrono::steady_clock::duration;
  // Does a little of the preparation of the next segment, if it is wanted: its room is taken at
  // once, and filled with zeros step by step, so that appends meanwhile find the disk free.
  // Gives how long to leave the disk alone before the next step; nothing when there is none.
  Result<std::optional<Pause>> prepare_next();
  // Writes the index of each closed segment that has not the right one.
  Result<> write_indexes();

  std::uint64_t size() const { return size_.load(std::memory_order_acquire); }
  Result<ports::Entry> read(std::uint64_t index) const;
  // Visits the entries from `from` to below `to`.
  Result<> scan(std::uint64_t from, std::uint64_t to, const ports::EntryVisitor& visit) const;
  // The segments that are closed, oldest first.
  std::vector<SegmentInfo> closed() const;
  const SegmentFolders& folders() const { return folders_; }

 private:
  std::optional<SegmentInfo> find(std::uint64_t index) const;
  Result<SegmentInfo> open_last(std::uint64_t sequence, std::uint64_t sealed);
  Result<> drop_torn_end(const SegmentInfo& info, std::uint64_t torn_end, std::uint64_t file_bytes);
  // Preconditions of these: next_mutex_ is held.
  Result<> allocate_next();
  Result<> fill_step();
  void drop_next();
  std::string next_path() const { return options_.directory + "/next.tmp"; }
  SegmentInfo* last() { return &segments_.back(); }
  const SegmentInfo* last() const { return &segments_.back(); }

  StoreOptions options_;
  FileOps& ops_;
  SegmentFolders folders_;
  Fd active_;  // the last segment, for writing
  std::string active_path_;
  std::uint64_t dirty_end_ = 0;  // end of what a failed append may have written
  std::atomic<std::uint64_t> size_{0};

  mutable std::mutex mutex_;           // guards changes of segments_ against readers
  std::vector<SegmentInfo> segments_;  // oldest first, without gaps

  mutable std::mutex next_mutex_;    // guards the preparation of next.tmp
  Fd next_;                          // its room is taken, when open
  std::uint64_t next_filled_ = 0;    // bytes of it that are zeros
  std::uint64_t fill_began_at_ = 0;  // bytes appended to all segments when its filling began
  std::atomic<bool> next_ready_{false};
  std::atomic<std::uint64_t> appended_bytes_{0};
  std::mutex index_mutex_;
  std::size_t indexed_ = 0;  // closed segments whose index is written
};

}  // namespace ambit::ledger_file::internal
