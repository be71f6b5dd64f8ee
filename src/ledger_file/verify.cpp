#include "ledger_file/verify.h"

#include <utility>

#include "ledger_file/internal/checkpoint_files.h"
#include "ledger_file/internal/directory_check.h"
#include "ledger_file/internal/file_ops.h"
#include "ledger_file/internal/tile_files.h"

namespace ambit::ledger_file {
namespace {

ledger::VerifyReport only(std::string what) {
  ledger::VerifyReport report;
  report.what = std::move(what);
  return report;
}

// Size that the file `checkpoint` claims; its signature is not looked at.
Result<std::uint64_t> claimed_size(const std::string& directory) {
  const std::string path = directory + "/checkpoint";
  if (!internal::file_exists(path)) return std::uint64_t{0};  // not yet; the history says if it was
  AMBIT_TRY(const std::string bytes, internal::read_file(path));
  AMBIT_TRY(const ledger::UnverifiedNote note, ledger::parse_note(bytes));
  AMBIT_TRY(const ledger::Checkpoint checkpoint, ledger::parse_checkpoint_text(note.text));
  return checkpoint.size;
}

Result<ledger::HashReader> hash_reader(const std::string& directory, std::uint64_t size) {
  AMBIT_TRY(const std::uint64_t sealed, claimed_size(directory));
  if (size > sealed) {
    return fail(Code::kNotFound, "ledger.no_such_entry",
                "the newest checkpoint covers " + std::to_string(sealed) + " entries, not " +
                    std::to_string(size));
  }
  return ledger::tile_hash_reader(
      sealed, [directory](const ledger::TileId& id) { return internal::read_tile(directory, id); });
}

}  // namespace

Result<ledger::VerifyReport> verify_directory(const std::string& directory,
                                              const VerifyOptions& options) {
  if (!internal::file_exists(directory + "/segments")) {
    return fail(Code::kNotFound, "ledger.no_ledger", "`" + directory + "` is not a ledger");
  }
  std::string published;
  if (internal::file_exists(directory + "/ledger.pub")) {
    AMBIT_TRY(published, internal::read_file(directory + "/ledger.pub"));
  }
  std::optional<ledger::NoteVerifier> key = options.trusted;
  if (!key) {
    const bool line = published.ends_with('\n');
    auto parsed =
        ledger::NoteVerifier::parse(published.substr(0, published.size() - (line ? 1 : 0)));
    if (!parsed) return only("`ledger.pub` is not valid: " + parsed.error().message);
    key = *std::move(parsed);
  }
  std::optional<ledger::Checkpoint> since;
  if (!options.since.empty()) {
    AMBIT_TRY(since, ledger::open_checkpoint(options.since, *key));
  }
  internal::DirectoryCheck check(directory, *key, std::move(since), options.progress);
  if (published != key->to_text() + "\n") {
    check.complain({}, "`ledger.pub` does not hold the key `" + key->to_text() + "`");
  }
  if (const auto size = claimed_size(directory)) {
    check.set_sealed(*size);
  } else {
    check.complain({}, "`checkpoint` is not valid: " + size.error().message);
  }
  return check.run();
}

Result<std::vector<ledger::Hash>> prove_inclusion(const std::string& directory, std::uint64_t index,
                                                  std::uint64_t size) {
  AMBIT_TRY(const ledger::HashReader read, hash_reader(directory, size));
  return ledger::inclusion_proof(index, size, read);
}

Result<std::vector<ledger::Hash>> prove_consistency(const std::string& directory,
                                                    std::uint64_t old_size,
                                                    std::uint64_t new_size) {
  AMBIT_TRY(const ledger::HashReader read, hash_reader(directory, new_size));
  return ledger::consistency_proof(old_size, new_size, read);
}

}  // namespace ambit::ledger_file
