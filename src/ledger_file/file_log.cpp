#include "ledger_file/file_log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

#include "ledger/record.h"
#include "ledger_file/internal/file_log_impl.h"

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
  return open(std::move(options), std::move(key), real_disk());
}

Result<std::unique_ptr<FileLog>> FileLog::open(FileLogOptions options, crypto::SigningKey key,
                                               internal::FileOps& ops) {
  AMBIT_CHECK_OK(check_options(options));
  AMBIT_TRY(ledger::NoteVerifier name,
            ledger::NoteVerifier::make(options.origin, key.public_key()));
  auto impl = std::make_unique<Impl>(std::move(options), std::move(name), std::move(key), ops);
  AMBIT_CHECK_OK(impl->open());
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
bool FileLog::writable() const { return impl_->writable(); }
std::string FileLog::why_not_writable() const { return impl_->why_not_writable(); }
std::uint64_t FileLog::size() const { return impl_->store().size(); }
Result<ports::Entry> FileLog::read(std::uint64_t index) const { return impl_->store().read(index); }
Result<> FileLog::scan(std::uint64_t from, const ports::EntryVisitor& visitor) const {
  return impl_->store().scan(from, size(), visitor);
}
std::string FileLog::latest_checkpoint() const { return impl_->latest_checkpoint(); }
Result<std::string> FileLog::seal() { return impl_->seal(); }

FileLog::Impl::Impl(FileLogOptions options, ledger::NoteVerifier name, crypto::SigningKey key,
                    internal::FileOps& ops)
    : options_(std::move(options)),
      name_(name),
      ops_(ops),
      store_({options_.directory + "/segments", options_.segment_bytes, options_.reserve_bytes},
             ops),
      sealer_(options_.directory, std::move(name), std::move(key), ops) {}

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
}

Result<> FileLog::Impl::open() {
  AMBIT_CHECK_OK(internal::make_directories(ops_, options_.directory + "/segments"));
  AMBIT_CHECK_OK(lock_directory());
  AMBIT_CHECK_OK(publish_key());
  AMBIT_TRY(const bool sealed_before, sealer_.load_checkpoint());
  std::uint64_t sealed = 0;
  if (sealed_before) sealed = ledger::open_checkpoint(sealer_.note(), name_)->size;
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
  return load_unsealed();
}

Result<> FileLog::Impl::lock_directory() {
  const std::string path = options_.directory + "/LOCK";
  AMBIT_TRY(lock_, internal::open_file(path, O_RDWR | O_CREAT));
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    AMBIT_TRY(std::string holder, internal::read_at(lock_.get(), path, 0, 32));
    while (!holder.empty() && holder.back() == '\n') holder.pop_back();
    return fail(Code::kConflict, "ledger.locked",
                "the ledger in `" + options_.directory + "` is in use by process " + holder);
  }
  if (::ftruncate(lock_.get(), 0) != 0) return internal::io_error("cut", path, errno);
  return internal::write_all(ops_, lock_.get(), path, std::to_string(::getpid()) + "\n", 0);
}

Result<> FileLog::Impl::publish_key() {
  const std::string path = options_.directory + "/ledger.pub";
  const std::string text = name_.to_text() + "\n";
  if (!internal::file_exists(path)) return internal::replace_file(ops_, path, text);
  AMBIT_TRY(const std::string found, internal::read_file(path));
  if (found == text) return {};
  return fail(Code::kConflict, "ledger.wrong_key",
              "the ledger in `" + options_.directory + "` belongs to the key `" +
                  found.substr(0, found.find('\n')) + "`, not to `" + name_.to_text() + "`");
}

// Brings the tree from the newest checkpoint up to the last entry.
Result<> FileLog::Impl::load_unsealed() {
  tree_ = sealer_.frontier();
  sealed_ = sealer_.sealed();
  note_ = sealer_.note();
  return store_.scan(sealed_, store_.size(), [&](const ports::EntryView& entry) {
    unsealed_.push_back(ledger::leaf_hash(entry.record));
    tree_.append(unsealed_.back());
    return true;
  });
}

void FileLog::Impl::start() {
  set_next_seal(options_.checkpoint_interval);  // for what load_unsealed found
  writer_ = std::thread([this] { write_loop(); });
  seal_thread_ = std::thread([this] { seal_loop(); });
}

}  // namespace ambit::ledger_file
