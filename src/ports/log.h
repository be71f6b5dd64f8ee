// The evidence log as the service sees it: append, know it is durable, read back.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "crypto/digest.h"

namespace ambit::ports {

// Where a record stands for good.
struct Position {
  std::uint64_t index = 0;   // of the entry, from 0, without gaps
  crypto::Digest leaf_hash;  // RFC 6962 leaf hash of the record's bytes
};

// May be empty. Called exactly once for each append. A refusal before the record was queued is
// reported on the calling thread before `append` returns; everything else on the thread that wrote
// (the log's own, or the caller's as of Written::kHereIfQuick), in index order. It must not block
// and must not throw: hand the result to your own loop.
using AppendDone = std::function<void(Result<Position>)>;

// What one append writes.
struct Entry {
  Entry() = default;
  Entry(std::string record_bytes, std::string beside_bytes = {})
      : record(std::move(record_bytes)), beside(std::move(beside_bytes)) {}
  Entry(const char* record_bytes) : record(record_bytes) {}

  std::string record;  // the leaf: what is hashed, proved and published
  // Up to 256 KiB that are stored with the record and read back with it, but are no part of the
  // leaf: encrypted values that the record only commits to.
  std::string beside;

  // Answer the append only when a signed checkpoint covers the entry, and not as soon as it is
  // durable. An answer of this kind may come later than that of an entry behind it.
  bool sealed = false;

  friend bool operator==(const Entry&, const Entry&) = default;
};

// One of several appends.
struct Append {
  Entry entry;
  AppendDone done;
  bool reserved = false;
};

// Where several appends are written.
enum class Written {
  kElsewhere,
  // The caller has nothing else to do meanwhile: few records may be made durable by the calling
  // thread, and answered before the call returns, as long as the disk is quick. It saves two
  // switches of threads.
  kHereIfQuick,
};

struct EntryView {
  std::uint64_t index = 0;
  std::string_view record;
  std::string_view beside;
};

// Sees one entry; returns false to stop the scan. The views end with the call.
using EntryVisitor = std::function<bool(const EntryView& entry)>;

// An append-only log of evidence records (ledger/record.h). Thread-safe. Records appended by one
// thread keep their order.
class Log {
 public:
  virtual ~Log() = default;

  // Queues one entry and returns at once. `done` gets its position after the record is durable,
  // never before, or later if the entry asks for it. Errors (the record is then not evidence, so
  // its action must be denied):
  //   ledger.record_too_large  a record of more than 65535 bytes, or of none; more beside it than
  //                            256 KiB or than a segment of this log can take
  //   ledger.queue_full        too many records wait
  //   ledger.unwritable        the log cannot write now; see why_not_writable()
  //   ledger.closed            the log is shutting down
  // After `ledger.unwritable` a crash may still leave the record in the log: an entry proves that
  // something was decided, not that it was released.
  virtual void append(Entry entry, AppendDone done) = 0;

  // For acts that only reduce authority (revoke, end, kill). They take effect whether or not the
  // log can be written, so nothing waits for `done`: the result says at once that the record is
  // held, and `done` follows when it is durable, perhaps only after recovery. Such records may use
  // space set aside on disk that ordinary records never touch, and stay in a bounded queue in
  // memory while even that cannot be written; a crash during that time loses them. Errors, also
  // given to `done`: ledger.record_too_large, ledger.reserve_full, ledger.closed.
  virtual Result<> append_reserved(Entry entry, AppendDone done) = 0;

  // Each as `append` or `append_reserved` would, in this order, so that a log that can makes them
  // durable together. Where they are written is up to the log, within what `where` allows.
  virtual void append_all(std::vector<Append> appends, Written where) {
    static_cast<void>(where);
    for (Append& next : appends) {
      if (next.reserved) {
        static_cast<void>(append_reserved(std::move(next.entry), std::move(next.done)));
      } else {
        append(std::move(next.entry), std::move(next.done));
      }
    }
  }

  // False from a failed write until recovery has proved that writing works again. Cheap.
  virtual bool writable() const = 0;
  // For people, empty while writable: what failed and what would mend it.
  virtual std::string why_not_writable() const = 0;

  // Number of durable entries.
  virtual std::uint64_t size() const = 0;
  // One durable entry. `ledger.no_such_entry` beyond the end, `ledger.corrupt` when what is stored
  // is not what was written, `ledger.absent` when it is archived and the archive not at hand,
  // `ledger.dropped` when it was dropped under retention.
  virtual Result<Entry> read(std::uint64_t index) const = 0;
  // Visits the durable entries from `from` on, in order; of dropped ones those that later ones
  // refer to.
  virtual Result<> scan(std::uint64_t from, const EntryVisitor& visitor) const = 0;

  // The Merkle root (RFC 6962) of the first `size` entries, which a checkpoint covers, from what is
  // stored of the tree and not from the entries. `ledger.no_such_entry` beyond the newest
  // checkpoint.
  virtual Result<crypto::Digest> root(std::uint64_t size) const = 0;

  // The state that dropped entries led to, as the service wrote it; empty where none were.
  virtual Result<std::string> dropped_state() const { return std::string(); }

  // The newest checkpoint as a signed note (ledger/checkpoint.h); empty before the first one.
  virtual std::string latest_checkpoint() const = 0;
};

}  // namespace ambit::ports
