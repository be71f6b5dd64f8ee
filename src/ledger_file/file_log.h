// The evidence log in a directory: segments, group commit, recovery, checkpoints.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "crypto/keys.h"
#include "ledger/note.h"
#include "ports/log.h"

namespace ambit::ledger_file {

namespace internal {
class FileOps;
}

struct FileLogOptions {
  std::string directory;
  // Name of the log in its checkpoints, ideally a URL without scheme: printable ASCII, no space, no
  // `+`.
  std::string origin;
  std::uint64_t segment_bytes = 64u << 20;  // at most 1 GiB
  // End of each segment that only reserved records may use.
  std::uint64_t reserve_bytes = 1u << 20;
  // Bounds of what waits to be written.
  std::size_t max_queued = 16384;
  std::size_t max_queued_bytes = 64u << 20;
  std::size_t max_reserved = 4096;
  // Longest time from an append to the checkpoint that covers it, short of the work itself.
  Duration checkpoint_interval{500};
  // Between attempts to recover.
  Duration retry_interval{500};
};

// ports::Log on files. The destructor writes what is queued, makes a last checkpoint and answers
// every append that is still open.
class FileLog final : public ports::Log {
 public:
  // Opens or creates the ledger in `options.directory` for this process alone. `key` is Ed25519 and
  // signs the checkpoints; its verifier key stands in `ledger.pub`. Errors: `ledger.locked`,
  // `ledger.wrong_key`, `ledger.corrupt` (names the entry), `ledger.version`, `ledger.options`,
  // `ledger.io`, `ledger.no_space`.
  static Result<std::unique_ptr<FileLog>> open(FileLogOptions options, crypto::SigningKey key);
  // The same with a disk that a test can let fail; `ops` must outlive the log.
  static Result<std::unique_ptr<FileLog>> open(FileLogOptions options, crypto::SigningKey key,
                                               internal::FileOps& ops);
  ~FileLog() override;

  void append(ports::Entry entry, ports::AppendDone done) override;
  Result<> append_reserved(ports::Entry entry, ports::AppendDone done) override;
  bool writable() const override;
  std::string why_not_writable() const override;
  std::uint64_t size() const override;
  Result<ports::Entry> read(std::uint64_t index) const override;
  Result<> scan(std::uint64_t from, const ports::EntryVisitor& visitor) const override;
  std::string latest_checkpoint() const override;

  // Waits until a checkpoint covers every entry that is durable now, and gives it. Fails when it
  // cannot be written.
  Result<std::string> seal();

  class Impl;

 private:
  explicit FileLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ambit::ledger_file
