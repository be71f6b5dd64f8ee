// FileLog behind its face: one queue, the thread that writes and the thread that seals.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ledger_file/file_log.h"
#include "ledger_file/internal/sealer.h"
#include "ledger_file/internal/segment_store.h"
#include "ledger_file/internal/witness_rounds.h"

namespace ambit::ledger_file {

class FileLog::Impl {
 public:
  Impl(FileLogOptions options, internal::FileOps& ops);
  ~Impl();

  // Everything of FileLog::open but the threads, which `start` adds.
  Result<> open(std::vector<crypto::SigningKey> keys);
  void start();

  void append(ports::Entry entry, ports::AppendDone done);
  Result<> append_reserved(ports::Entry entry, ports::AppendDone done);
  void append_all(std::vector<ports::Append> appends, ports::Written where);
  Result<std::string> seal();
  Result<ports::Position> rotate_key(crypto::SigningKey next, Time at);
  Result<ArchiveReport> archive(std::uint64_t before, const EntryFilter& keeps);

  bool writable() const { return writable_.load(std::memory_order_acquire); }
  std::string why_not_writable() const;
  const internal::SegmentStore& store() const { return store_; }
  // An entry that a checkpoint covers is the one that the tiles have.
  Result<ports::Entry> read(std::uint64_t index) const;
  std::string latest_checkpoint() const;
  std::string public_keys() const;
  std::string witnessed_checkpoint() const;
  std::vector<WitnessState> witnesses() const;
  // The checkpoint that others should see.
  Result<std::string> published_checkpoint() const;
  Result<std::string> resource(std::string_view path) const;
  const std::string& directory() const { return options_.directory; }

 private:
  using Clock = std::chrono::steady_clock;

  using Pending = ports::Append;
  // A durable entry that is to be answered under a checkpoint.
  struct Awaiting {
    ports::Position position;
    ports::AppendDone done;
  };
  // What is wrong with the segments.
  enum class Trouble {
    kNone,
    kNoRoom,  // no new segment can be made; the last one is sound
    kDoubt,   // a write or sync failed: what the last segment holds is not known
  };

  Result<> load_unsealed();
  std::uint64_t sealed() const;

  // Queues what may be queued; gives the error, and `item` back, when not.
  std::optional<Error> enqueue(Pending& item);
  // Why it may not be queued, if so; to be called under the lock.
  std::optional<Error> admit(const Pending& item);
  void wake_writer(bool was_idle, std::unique_lock<std::mutex>& lock);

  // Writes what is queued on the calling thread, if little waits and that will be quick; whether
  // it did. Gives the lock back held.
  bool write_here(std::unique_lock<std::mutex>& lock);
  bool may_write_here() const;
  // All that is queued, to be written by whoever set `writing_`.
  std::vector<Pending> take_queue();

  // The thread that writes (file_log_write.cpp).
  void write_loop();
  bool take(std::vector<Pending>& batch);
  void write_and_measure(std::vector<Pending> batch);
  void write(std::vector<Pending> batch);
  bool fits_a_segment(const ports::Entry& entry) const;
  bool may_write(const Pending& item) const;
  std::size_t fill(internal::Batch& batch, std::vector<ledger::Hash>& leaves,
                   const std::vector<Pending>& items, std::size_t at) const;
  bool commit(const internal::Batch& batch, const std::vector<ledger::Hash>& leaves,
              std::vector<Pending>& items, std::size_t at);
  void put_off(std::vector<Pending>& items, std::size_t at, std::size_t end);
  static void answer(Pending& item, Result<ports::Position> result);
  bool roll();
  void recover();
  void set_trouble(Trouble trouble, std::string why);
  void refuse_all(std::vector<Pending> items);

  // The thread that seals (file_log_seal.cpp).
  void seal_loop();
  void seal_once();
  void answer_sealed(Result<> sealed);
  void maintain();
  void wait_for_work(std::unique_lock<std::mutex>& lock);
  void ask_witnesses();
  void copy_witnesses();
  void set_next_seal(Duration pause);
  void update_writable();

  const FileLogOptions options_;
  internal::FileOps& ops_;
  internal::Fd lock_;
  internal::SegmentStore store_;
  internal::Sealer sealer_;                        // after open: only the thread that seals
  std::optional<internal::WitnessRounds> rounds_;  // likewise; after open
  // Of whoever writes: the thread that set `writing_`.
  ledger::Frontier tree_;
  Trouble trouble_ = Trouble::kNone;
  std::vector<Pending> held_;  // reserved, waiting for recovery
  Clock::time_point next_recovery_;
  internal::Unsealed to_seal_;  // only the thread that seals: taken from unsealed_, not sealed
  std::optional<Clock::time_point> next_fill_;  // only the thread that seals
  Clock::time_point next_round_;                // only the thread that seals
  std::mutex rotate_mutex_;                     // one change of keys at a time
  std::mutex archive_mutex_;                    // one move to the archive at a time

  mutable std::mutex mutex_;  // guards all that follows
  std::condition_variable write_wake_;
  std::condition_variable seal_wake_;
  std::condition_variable sealed_changed_;
  bool writing_ = false;  // somebody writes, and nobody else may
  bool quick_ = false;    // the last write was
  std::vector<Pending> queue_;
  std::size_t queued_ = 0;  // ordinary records in queue_
  std::size_t queued_bytes_ = 0;
  std::size_t reserved_open_ = 0;  // reserved records that are not durable
  internal::Unsealed unsealed_;
  std::vector<crypto::SigningKey> new_keys_;  // for the thread that seals
  std::vector<Awaiting> awaiting_;            // by index
  std::uint64_t sealed_ = 0;
  std::string note_;
  std::string public_keys_;
  std::string witnessed_;
  std::vector<WitnessState> witnesses_;
  std::string segment_trouble_;  // empty while trouble_ is kNone
  std::string seal_trouble_;
  Clock::time_point next_seal_;
  std::uint64_t seal_attempts_ = 0;
  bool seal_now_ = false;
  bool witness_answered_ = false;
  bool maintain_ = false;  // a segment was closed, or the next one is wanted
  bool stop_writing_ = false;
  bool stop_sealing_ = false;
  std::atomic<bool> writable_{true};  // written under mutex_

  std::thread writer_;
  std::thread seal_thread_;
};

}  // namespace ambit::ledger_file
