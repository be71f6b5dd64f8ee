#include "service/snapshots.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "service/internal/ledger_state.h"
#include "service/internal/state_file.h"

namespace ambit::service {
namespace {

// Folded at once, so that a stop need not wait long.
constexpr std::uint64_t kStep = 4096;
// Between two snapshots, however many records there were.
constexpr Duration kLeastPause{1000};
// Between two times that the ledger is followed: each costs as much as some hundred records.
constexpr Duration kRest{1000};

tl::unexpected<Error> not_of_this_ledger(std::string message) {
  return fail(Code::kConflict, "snapshot.other_ledger", std::move(message));
}

Result<> check_ledger(const LedgerState& state, const ports::Log& log) {
  const std::uint64_t size = state.tree.size();
  if (size > log.size()) {
    return not_of_this_ledger("it covers " + std::to_string(size) +
                              " entries, and the ledger has " + std::to_string(log.size()));
  }
  AMBIT_TRY(const crypto::Digest root, log.root(size));
  if (root == state.tree.root()) return {};
  return not_of_this_ledger("its first " + std::to_string(size) + " entries are others");
}

}  // namespace

struct Snapshots::Impl : std::enable_shared_from_this<Impl> {
  explicit Impl(SnapshotOptions the_options) : options(std::move(the_options)) {}

  Result<LedgerState> read() const;
  void step();
  Result<bool> fold_some();
  void try_to_write();
  Result<> write_if_due();
  Result<> write();
  void tell(const Error& error, std::string_view what) const {
    if (options.trouble) options.trouble(error.reason, std::string(what) + error.message);
  }

  SnapshotOptions options;
  std::atomic<bool> at_work = false;
  std::mutex mutex;  // of all that follows
  std::unique_ptr<LedgerState> state;
  std::atomic<std::uint64_t> covered = 0;
  Time written_at;
  Time went_on;
};

Result<LedgerState> Snapshots::Impl::read() const {
  AMBIT_TRY(const auto file, options.read());
  if (!file) return fail(Code::kNotFound, "snapshot.none", "there is none");
  AMBIT_TRY(LedgerState read, read_state(*file, options.key));
  AMBIT_CHECK_OK(check_ledger(read, *options.log));
  return read;
}

// One step and, if there is more to do, another one behind whatever else waits.
void Snapshots::Impl::step() {
  const std::lock_guard lock(mutex);
  const auto more = state ? fold_some() : Result<bool>(false);
  if (more && *more) {
    options.executor->post([self = shared_from_this()] { self->step(); });
    return;
  }
  if (!more) {
    state.reset();
    tell(more.error(), "the ledger cannot be followed, and no more snapshots are written: ");
  } else {
    try_to_write();
  }
  at_work = false;
}

Result<bool> Snapshots::Impl::fold_some() {
  const std::uint64_t end = sealed_size(*options.log);
  AMBIT_CHECK_OK(fold_until(*state, *options.log, std::min(end, state->tree.size() + kStep)));
  // One that lags writes as it goes.
  if (state->tree.size() - std::min(covered.load(), state->tree.size()) >= options.records) {
    try_to_write();
  }
  return state->tree.size() < end;
}

// What cannot be written now is tried again; following the ledger goes on.
void Snapshots::Impl::try_to_write() {
  if (const auto written = write_if_due(); !written) {
    tell(written.error(), "no snapshot could be written: ");
  }
}

Result<> Snapshots::Impl::write_if_due() {
  const std::uint64_t size = state ? state->tree.size() : 0;
  // At start a record may be folded in that no checkpoint covers yet.
  if (size <= covered || size > sealed_size(*options.log)) return {};
  const Duration since = options.clock->now() - written_at;
  const bool rested = since.ms < 0 || since >= std::min(options.interval, kLeastPause);
  const bool due =
      rested && (size - covered >= options.records || since.ms < 0 || since >= options.interval);
  return due ? write() : Result<>();
}

Result<> Snapshots::Impl::write() {
  written_at = options.clock->now();  // also where it fails: not again at once
  AMBIT_CHECK_OK(options.write(write_state(*state, options.key)));
  covered = state->tree.size();
  return {};
}

Snapshots::Snapshots(SnapshotOptions options) : impl_(std::make_shared<Impl>(std::move(options))) {}
Snapshots::~Snapshots() = default;

std::unique_ptr<LedgerState> Snapshots::restore() const {
  auto read = impl_->read();
  if (!read) {
    if (read.error().reason != "snapshot.none") {
      impl_->tell(read.error(), "the snapshot is ignored, and the whole ledger read: ");
    }
    return nullptr;
  }
  impl_->covered = read->tree.size();
  return std::make_unique<LedgerState>(*std::move(read));
}

void Snapshots::follow(std::unique_ptr<LedgerState> state) {
  const std::lock_guard lock(impl_->mutex);
  impl_->state = std::move(state);
  impl_->written_at = impl_->options.clock->now();
}

void Snapshots::go_on() {
  const Time now = impl_->options.clock->now();
  if (now >= impl_->went_on && now - impl_->went_on < kRest) return;
  impl_->went_on = now;
  if (impl_->at_work.exchange(true)) return;
  impl_->options.executor->post([self = impl_] { self->step(); });
}

Result<> Snapshots::finish() {
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->state) return {};
  const std::uint64_t end = sealed_size(*impl_->options.log);
  AMBIT_CHECK_OK(fold_until(*impl_->state, *impl_->options.log, end));
  const std::uint64_t size = impl_->state->tree.size();
  return size > impl_->covered && size <= end ? impl_->write() : Result<>();
}

std::uint64_t Snapshots::covered() const { return impl_->covered; }

}  // namespace ambit::service
