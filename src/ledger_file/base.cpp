#include "ledger_file/base.h"

#include <fcntl.h>

#include "ledger_file/internal/file_ops.h"
#include "ledger_file/proofs.h"

namespace ambit::ledger_file {
namespace {

std::string base_path(const std::string& directory) { return directory + "/base"; }

}  // namespace

Result<std::optional<ledger::Base>> read_base(const std::string& directory,
                                              const ledger::KeyChain& keys) {
  const std::string path = base_path(directory);
  if (!internal::file_exists(path)) return std::nullopt;
  AMBIT_TRY(const internal::Fd fd, internal::open_file(path, O_RDONLY));
  AMBIT_TRY(const std::uint64_t bytes, internal::file_size(fd.get(), path));
  AMBIT_TRY(const std::string file, internal::read_at(fd.get(), path, 0, bytes));
  auto base = ledger::decode_base(file, keys);
  if (base) return std::optional(*std::move(base));
  return fail(base.error().code, base.error().reason, "`" + path + "`: " + base.error().message);
}

Result<> write_base(const std::string& directory, const ledger::Base& base,
                    const crypto::SigningKey& key) {
  AMBIT_TRY(const ledger::KeyChain chain, keys_of(directory));
  const ledger::NoteVerifier& name = chain.last();
  if (name.key().thumbprint() != key.public_key().thumbprint()) {
    return fail(Code::kConflict, "ledger.wrong_key",
                "the key is not the one that the ledger in `" + directory + "` has now");
  }
  internal::FileOps disk;
  return internal::replace_file(disk, base_path(directory), ledger::encode_base(base, name, key));
}

}  // namespace ambit::ledger_file
