#include "ledger_file/file_log.h"

#include <utility>

#include "ledger/record.h"
#include "ledger_file/base.h"
#include "ledger_file/internal/directory_lock.h"
#include "ledger_file/internal/file_log_impl.h"
#include "ledger_file/proofs.h"

namespace ambit::ledger_file {
namespace {

internal::FileOps& real_disk() {
  static internal::FileOps ops;
  return ops;
}

Result<> check_options(const FileLogOptions& options) {
  const auto bad = [](std::string message) {
    return fail(Code::kInvalid, "ledger.options", std::move(message));
  };
  const std::uint64_t least = internal::kSegmentHeaderBytes + internal::kFrameHeaderBytes +
                              ledger::kMaxRecordBytes + options.reserve_bytes;
  if (options.directory.empty()) return bad("the ledger needs a directory");
  if (options.segment_bytes < least || options.segment_bytes > (1u << 30)) {
    return bad("a segment of this ledger has " + std::to_string(least) +
               " to 1073741824 bytes, not " + std::to_string(options.segment_bytes));
  }
  if (options.max_queued == 0 || options.max_queued_bytes == 0 || options.max_reserved == 0 ||
      options.checkpoint_interval.ms <= 0 || options.retry_interval.ms <= 0) {
    return bad("the bounds and intervals of the ledger are above zero");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<FileLog>> FileLog::open(FileLogOptions options, crypto::SigningKey key) {
  std::vector<crypto::SigningKey> keys;
  keys.push_back(std::move(key));
  return open(std::move(options), std::move(keys));
}

Result<std::unique_ptr<FileLog>> FileLog::open(FileLogOptions options,
                                               std::vector<crypto::SigningKey> keys) {
  return open(std::move(options), std::move(keys), real_disk());
}

Result<std::unique_ptr<FileLog>> FileLog::open(FileLogOptions options,
                                               std::vector<crypto::SigningKey> keys,
                                               internal::FileOps& ops) {
  AMBIT_CHECK_OK(check_options(options));
  if (keys.empty()) {
    return fail(Code::kInvalid, "ledger.options", "the ledger needs the private key that signs it");
  }
  auto impl = std::make_unique<Impl>(std::move(options), ops);
  AMBIT_CHECK_OK(impl->open(std::move(keys)));
  impl->start();
  return std::unique_ptr<FileLog>(new FileLog(std::move(impl)));
}

FileLog::FileLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FileLog::~FileLog() = default;

void FileLog::append(ports::Entry entry, ports::AppendDone done) {
  impl_->append(std::move(entry), std::move(done));
}
Result<> FileLog::append_reserved(ports::Entry entry, ports::AppendDone done) {
  return impl_->append_reserved(std::move(entry), std::move(done));
}
void FileLog::append_all(std::vector<ports::Append> appends, ports::Written where) {
  impl_->append_all(std::move(appends), where);
}
bool FileLog::writable() const { return impl_->writable(); }
std::string FileLog::why_not_writable() const { return impl_->why_not_writable(); }
std::uint64_t FileLog::size() const { return impl_->store().size(); }
Result<ports::Entry> FileLog::read(std::uint64_t index) const { return impl_->read(index); }
Result<> FileLog::scan(std::uint64_t from, const ports::EntryVisitor& visitor) const {
  return impl_->store().scan(from, size(), visitor);
}
Result<crypto::Digest> FileLog::root(std::uint64_t size) const {
  AMBIT_TRY(const ledger::HashReader read, hashes_of(impl_->directory(), size));
  return ledger::root_at(size, read);
}
Result<std::string> FileLog::dropped_state() const {
  AMBIT_TRY(const auto keys, ledger::KeyChain::parse(public_keys()));
  AMBIT_TRY(auto base, read_base(impl_->directory(), keys));
  return base ? std::move(base->state) : std::string();
}
std::string FileLog::latest_checkpoint() const { return impl_->latest_checkpoint(); }
Result<std::string> FileLog::seal() { return impl_->seal(); }
Result<std::string> FileLog::resource(std::string_view path) const { return impl_->resource(path); }
Result<std::string> FileLog::receipt(std::uint64_t index) const {
  AMBIT_TRY(const std::string checkpoint, impl_->published_checkpoint());
  if (index >= size()) {
    return fail(Code::kNotFound, "ledger.no_such_entry",
                "there is no entry " + std::to_string(index) + "; the ledger has " +
                    std::to_string(size()));
  }
  return make_receipt(impl_->directory(), index, checkpoint);
}
Result<std::vector<ledger::Hash>> FileLog::consistency(std::uint64_t old_size,
                                                       std::uint64_t new_size) const {
  return prove_consistency(impl_->directory(), old_size, new_size);
}
Result<ports::Position> FileLog::rotate_key(crypto::SigningKey next, Time at) {
  return impl_->rotate_key(std::move(next), at);
}
std::string FileLog::public_keys() const { return impl_->public_keys(); }
std::string FileLog::witnessed_checkpoint() const { return impl_->witnessed_checkpoint(); }
std::vector<WitnessState> FileLog::witnesses() const { return impl_->witnesses(); }
Result<ArchiveReport> FileLog::archive(std::uint64_t before, const EntryFilter& keeps) {
  return impl_->archive(before, keeps);
}

FileLog::Impl::Impl(FileLogOptions options, internal::FileOps& ops)
    : options_(std::move(options)),
      ops_(ops),
      store_({options_.directory + "/segments", options_.archive, options_.segment_bytes,
              options_.reserve_bytes},
             ops),
      sealer_(options_.directory, ops) {}

std::uint64_t FileLog::Impl::sealed() const {
  const std::lock_guard lock(mutex_);
  return sealed_;
}

Result<ports::Entry> FileLog::Impl::read(std::uint64_t index) const {
  AMBIT_TRY(ports::Entry entry, store_.read(index));
  const std::uint64_t size = sealed();
  if (index >= size) return entry;
  auto hash = leaf_in_tile(directory(), index, size);
  // A full tile may have taken the place of the partial one meanwhile.
  if (!hash && sealed() != size) hash = leaf_in_tile(directory(), index, sealed());
  if (!hash) return fail(hash.error());
  AMBIT_CHECK_OK(check_leaf(index, entry.record, *hash));
  return entry;
}

FileLog::Impl::~Impl() {
  {
    const std::lock_guard lock(mutex_);
    stop_writing_ = true;
  }
  write_wake_.notify_all();
  if (writer_.joinable()) writer_.join();
  {
    const std::lock_guard lock(mutex_);
    stop_sealing_ = true;
  }
  seal_wake_.notify_all();
  if (seal_thread_.joinable()) seal_thread_.join();
  rounds_.reset();  // from here on no witness's answer comes in
}

Result<> FileLog::Impl::open(std::vector<crypto::SigningKey> keys) {
  AMBIT_CHECK_OK(internal::make_directories(ops_, options_.directory + "/segments"));
  AMBIT_TRY(lock_, internal::lock_directory(ops_, options_.directory));
  AMBIT_CHECK_OK(sealer_.load_keys(options_.origin, std::move(keys)));
  AMBIT_TRY(const bool sealed_before, sealer_.load_checkpoint());
  const std::uint64_t sealed = sealer_.checkpoint().size;
  AMBIT_CHECK_OK(store_.open(sealed));
  if (!sealed_before && !store_.empty()) {
    return fail(Code::kInternal, "ledger.corrupt",
                "`" + options_.directory + "` has segments but no checkpoint");
  }
  if (!sealed_before) AMBIT_CHECK_OK(sealer_.seal({}));
  if (store_.size() < sealed) {
    return fail(Code::kInternal, "ledger.corrupt",
                "entry " + std::to_string(store_.size()) +
                    " is missing: the newest checkpoint covers " + std::to_string(sealed) +
                    " entries");
  }
  AMBIT_CHECK_OK(sealer_.load_tree(store_));
  if (store_.empty()) AMBIT_CHECK_OK(store_.roll(ledger::empty_root()));
  AMBIT_CHECK_OK(load_unsealed());
  AMBIT_CHECK_OK(sealer_.check_keys(unsealed_));
  AMBIT_TRY(rounds_, internal::WitnessRounds::make(
                         options_.directory, options_.witnesses, options_.witness_quorum,
                         [this] {
                           const std::lock_guard lock(mutex_);
                           witness_answered_ = true;
                           seal_wake_.notify_one();
                         },
                         ops_));
  AMBIT_CHECK_OK(
      rounds_->load([this](const std::string& note) { return sealer_.keys().open(note); }));
  copy_witnesses();
  return {};
}

// Brings the tree from the newest checkpoint up to the last entry.
Result<> FileLog::Impl::load_unsealed() {
  tree_ = sealer_.frontier();
  sealed_ = sealer_.sealed();
  note_ = sealer_.note();
  public_keys_ = sealer_.keys().to_text();
  return store_.scan(sealed_, store_.size(), [&](const ports::EntryView& entry) {
    unsealed_.add(entry.index, ledger::leaf_hash(entry.record), entry.record);
    tree_.append(unsealed_.leaves.back());
    return true;
  });
}

void FileLog::Impl::start() {
  set_next_seal(options_.checkpoint_interval);  // for what load_unsealed found
  maintain_ = true;                             // for indexes that are missing
  writer_ = std::thread([this] { write_loop(); });
  seal_thread_ = std::thread([this] { seal_loop(); });
}

}  // namespace ambit::ledger_file
