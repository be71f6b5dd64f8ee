// FileLog: what it shows to others, its change of keys, its archive.
#include <future>
#include <utility>

#include "ledger_file/internal/archiver.h"
#include "ledger_file/internal/file_log_impl.h"
#include "ledger_file/proofs.h"

namespace ambit::ledger_file {

std::string FileLog::Impl::public_keys() const {
  const std::lock_guard lock(mutex_);
  return public_keys_;
}

std::string FileLog::Impl::witnessed_checkpoint() const {
  const std::lock_guard lock(mutex_);
  return witnessed_;
}

std::vector<WitnessState> FileLog::Impl::witnesses() const {
  const std::lock_guard lock(mutex_);
  return witnesses_;
}

Result<std::string> FileLog::Impl::published_checkpoint() const {
  const std::lock_guard lock(mutex_);
  if (options_.witness_quorum == 0) return note_;
  if (!witnessed_.empty()) return witnessed_;
  return fail(Code::kUnavailable, "ledger.no_checkpoint",
              "no checkpoint has its quorum of " + std::to_string(options_.witness_quorum) +
                  " cosignatures yet");
}

Result<std::string> FileLog::Impl::resource(std::string_view path) const {
  AMBIT_TRY(const std::string checkpoint, published_checkpoint());
  return published_resource(
      options_.directory, path, checkpoint,
      [this](std::uint64_t from, std::uint64_t to, const ports::EntryVisitor& visit) {
        return store_.scan(from, to, visit);
      });
}

Result<ports::Position> FileLog::Impl::rotate_key(crypto::SigningKey next, Time at) {
  const std::lock_guard rotating(rotate_mutex_);
  // A change that was begun before must be sealed before the next one.
  AMBIT_TRY(const std::string before, seal());
  AMBIT_TRY(const ledger::KeyChain chain, ledger::KeyChain::parse(public_keys()));
  AMBIT_TRY(const auto name, ledger::NoteVerifier::make(chain.origin(), next.public_key()));
  if (chain.contains(name)) {
    return fail(Code::kInvalid, "ledger.key",
                "the key `" + name.to_text() + "` was a key of this log before");
  }
  AMBIT_TRY(ports::Entry record, ledger::encode_key_record(at, chain.last(), name));
  {
    const std::lock_guard lock(mutex_);
    new_keys_.push_back(std::move(next));
  }
  std::promise<Result<ports::Position>> durable;
  Pending item{std::move(record), [&durable](Result<ports::Position> result) {
                 durable.set_value(std::move(result));
               }};
  if (auto refusal = enqueue(item)) return fail(*std::move(refusal));
  AMBIT_TRY(const ports::Position position, durable.get_future().get());
  AMBIT_TRY(const std::string note, seal());
  return position;
}

Result<ArchiveReport> FileLog::Impl::archive(std::uint64_t before, const EntryFilter& keeps) {
  const std::lock_guard archiving(archive_mutex_);
  if (options_.archive.empty()) {
    return fail(Code::kInvalid, "ledger.options", "the ledger has no folder for its archive");
  }
  AMBIT_CHECK_OK(store_.write_indexes());
  AMBIT_TRY(const ledger::KeyChain chain, ledger::KeyChain::parse(public_keys()));
  internal::Archiver archiver(
      options_.directory, store_.folders(), latest_checkpoint(),
      [&chain](const std::string& note) { return chain.open(note); }, ops_);
  return archiver.move(store_.closed(), before, keeps);
}

}  // namespace ambit::ledger_file
