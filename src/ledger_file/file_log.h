// The evidence log in a directory: segments, group commit, recovery, checkpoints.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/keys.h"
#include "ledger/cosignature.h"
#include "ledger_file/archive.h"
#include "ports/log.h"
#include "ports/log_proofs.h"
#include "ports/witness.h"

namespace ambit::ledger_file {

namespace internal {
class FileOps;
}

// Somebody else who cosigns the checkpoints of this log, and the way there.
struct WitnessLink {
  ledger::WitnessKey key;
  ports::Witness* port = nullptr;  // outlives the log
};

// How a witness stands to this log.
struct WitnessState {
  std::string name;
  std::uint64_t size = 0;  // of the newest checkpoint that it cosigned, as far as is known
  Time at;                 // when it did, by its own clock
  // Empty when its last answer was a cosignature. `contradicts`: it saw a tree that this log does
  // not continue, so that the log was rolled back or forked.
  std::string trouble;
  bool contradicts = false;
};

struct FileLogOptions {
  std::string directory;
  // Name of the log in its checkpoints, ideally a URL without scheme: printable ASCII, no space, no
  // `+`. May be empty for a ledger that exists: it keeps its name.
  std::string origin;
  // Where closed segments were or will be moved to (ledger_file/archive.h); may be empty.
  std::string archive;
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
  // A checkpoint is witnessed, and published as such, once `witness_quorum` of these cosigned it.
  std::vector<WitnessLink> witnesses;
  std::size_t witness_quorum = 0;
  // Longest time from a checkpoint to the request for its cosignatures.
  Duration witness_interval{10'000};
  // Told whenever a witness's trouble begins, changes or ends; on a thread of the log's own.
  std::function<void(const WitnessState&)> on_witness;
};

// ports::Log on files. The destructor writes what is queued, makes a last checkpoint and answers
// every append that is still open.
class FileLog final : public ports::Log, public ports::LogProofs {
 public:
  // Opens or creates the ledger in `options.directory` for this process alone. `key` is Ed25519 and
  // signs the checkpoints; its verifier key stands in `ledger.pub`. Errors: `ledger.locked`,
  // `ledger.wrong_key`, `ledger.corrupt` (names the entry), `ledger.version`, `ledger.options`,
  // `ledger.io`, `ledger.no_space`. Of closed segments only the indexes are read.
  static Result<std::unique_ptr<FileLog>> open(FileLogOptions options, crypto::SigningKey key);
  // With every private key that the log may need: the one that signs now and, where a change of
  // keys was begun, the next one. A new ledger begins with the first.
  static Result<std::unique_ptr<FileLog>> open(FileLogOptions options,
                                               std::vector<crypto::SigningKey> keys);
  // The same with a disk that a test can let fail; `ops` must outlive the log.
  static Result<std::unique_ptr<FileLog>> open(FileLogOptions options,
                                               std::vector<crypto::SigningKey> keys,
                                               internal::FileOps& ops);
  ~FileLog() override;

  void append(ports::Entry entry, ports::AppendDone done) override;
  Result<> append_reserved(ports::Entry entry, ports::AppendDone done) override;
  void append_all(std::vector<ports::Append> appends, ports::Written where) override;
  bool writable() const override;
  std::string why_not_writable() const override;
  std::uint64_t size() const override;
  Result<ports::Entry> read(std::uint64_t index) const override;
  Result<> scan(std::uint64_t from, const ports::EntryVisitor& visitor) const override;
  Result<crypto::Digest> root(std::uint64_t size) const override;
  Result<std::string> dropped_state() const override;
  std::string latest_checkpoint() const override;

  Result<std::string> resource(std::string_view path) const override;
  Result<std::string> receipt(std::uint64_t index) const override;
  Result<std::vector<ledger::Hash>> consistency(std::uint64_t old_size,
                                                std::uint64_t new_size) const override;

  // Waits until a checkpoint covers every entry that is durable now, and gives it. Fails when it
  // cannot be written.
  Result<std::string> seal();

  // Hands the log over from its present key to `next`: appends the record that names it, and makes
  // the checkpoint that both keys sign. Waits for both. The caller keeps `next` safe before, and
  // opens the log with both keys until this succeeded. Errors: `ledger.key`, those of an append.
  Result<ports::Position> rotate_key(crypto::SigningKey next, Time at);
  // All keys that this log had, as in `ledger.pub`.
  std::string public_keys() const;

  // The newest checkpoint that has its quorum of cosignatures, with them; empty when there is none.
  std::string witnessed_checkpoint() const;
  std::vector<WitnessState> witnesses() const;

  // Moves whole closed segments to `options.archive`: those of which every entry is below `before`
  // and covered by a checkpoint, and the archive is durable and checked before the original goes.
  // The entries that `keeps` names can be read also while the archive is not at hand.
  // Errors: `ledger.options` without an archive, `ledger.archive` where it is none of this ledger,
  // `ledger.corrupt`, `ledger.io`, `ledger.no_space`.
  Result<ArchiveReport> archive(std::uint64_t before, const EntryFilter& keeps);

  class Impl;

 private:
  explicit FileLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ambit::ledger_file
