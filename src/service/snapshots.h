// Snapshots of what the ledger tells of, so that a start need not read it all. The ledger stays the
// truth: a snapshot is a cache of it, and believed only when it is authentic and of this ledger.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "ports/host.h"
#include "ports/log.h"

namespace ambit::service {

struct LedgerState;

struct SnapshotOptions {
  const ports::Log* log = nullptr;
  const ports::Clock* clock = nullptr;
  ports::Executor* executor = nullptr;  // folds and writes; may block, and lags under load
  crypto::HmacKey key;                  // of this installation alone
  // The file as it is; nothing when there is none.
  std::function<Result<std::optional<std::string>>()> read = {};
  // Replaces the file, durably and whole or not at all.
  std::function<Result<>(std::string_view file)> write = {};
  // Written after so many more records, or when so much time went by and there is any.
  std::uint64_t records = 100'000;
  Duration interval = seconds(30);
  // For the server's log: what was wrong with a snapshot, or with writing one.
  std::function<void(std::string_view code, const std::string& message)> trouble = {};
};

// Follows the ledger with a state of its own, on the executor, and never looks at the service's.
// What it points to outlives it, and its executor ends before it does.
class Snapshots {
 public:
  explicit Snapshots(SnapshotOptions options);
  ~Snapshots();
  Snapshots(const Snapshots&) = delete;
  Snapshots& operator=(const Snapshots&) = delete;

  // At start: the state that the file holds. Null where it is not to be believed; the whole ledger
  // must be read then.
  std::unique_ptr<LedgerState> restore() const;

  // From here on `state` is followed.
  void follow(std::unique_ptr<LedgerState> state);

  // Goes on in the background. Cheap, and to be called often; does nothing while it is at work.
  void go_on();

  // At a stop, when the executor has ended: brings the file up to the newest checkpoint.
  Result<> finish();

  // Entries that the newest file covers that was written or believed.
  std::uint64_t covered() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace ambit::service
