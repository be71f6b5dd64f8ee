#include "ledger_file/internal/log_keys.h"

#include <utility>

namespace ambit::ledger_file::internal {
namespace {

std::string path_in(const std::string& directory) { return directory + "/ledger.pub"; }

tl::unexpected<Error> wrong_key(std::string message) {
  return fail(Code::kConflict, "ledger.wrong_key", std::move(message));
}

}  // namespace

Result<std::optional<ledger::KeyChain>> read_key_chain(const std::string& directory) {
  const std::string path = path_in(directory);
  if (!file_exists(path)) return std::optional<ledger::KeyChain>();
  AMBIT_TRY(const std::string text, read_file(path));
  auto chain = ledger::KeyChain::parse(text);
  if (chain) return *std::move(chain);
  return fail(Code::kInternal, "ledger.corrupt",
              "`ledger.pub` is not valid: " + chain.error().message);
}

Result<LogKeys> LogKeys::open(const std::string& directory, const std::string& origin,
                              std::vector<crypto::SigningKey> held, FileOps& ops) {
  AMBIT_TRY(auto chain, read_key_chain(directory));
  if (!chain) {
    AMBIT_TRY(auto first, ledger::NoteVerifier::make(origin, held.front().public_key()));
    LogKeys fresh(directory, ledger::KeyChain(std::move(first)), std::move(held), ops);
    AMBIT_CHECK_OK(fresh.publish(fresh.chain_));
    return fresh;
  }
  if (!origin.empty() && chain->origin() != origin) {
    return wrong_key("the ledger in `" + directory + "` is the log `" + chain->origin() +
                     "`, not `" + origin + "`");
  }
  return LogKeys(directory, *std::move(chain), std::move(held), ops);
}

Result<ledger::KeyChain> LogKeys::chain_with(const std::vector<KeyRecord>& records) const {
  ledger::KeyChain out = chain_;
  for (const KeyRecord& named : records) AMBIT_CHECK_OK(out.add(named.index, named.record));
  return out;
}

Result<> LogKeys::check_held(const ledger::KeyChain& chain, std::uint64_t sealed) const {
  for (std::size_t i = 0; i < chain.keys().size(); ++i) {
    const bool gave_way = i + 1 < chain.keys().size() && chain.keys()[i + 1].named_by < sealed;
    if (gave_way) continue;
    if (const auto key = private_key_of(chain.keys()[i].key); !key) return fail(key.error());
  }
  return {};
}

Result<> LogKeys::publish(const ledger::KeyChain& chain) const {
  return replace_file(*ops_, path_in(directory_), chain.to_text());
}

Result<std::string> LogKeys::sign(const ledger::KeyChain& chain, std::uint64_t size,
                                  const ledger::Hash& root, std::uint64_t previous) const {
  const ledger::NoteVerifier& name = chain.key_for(size);
  AMBIT_TRY(const crypto::SigningKey* key, private_key_of(name));
  std::string note = ledger::sign_checkpoint(size, root, name, *key);
  for (std::size_t i = 1; i < chain.keys().size(); ++i) {
    const std::uint64_t named_by = chain.keys()[i].named_by;
    if (named_by < previous || named_by >= size) continue;
    const ledger::NoteVerifier& before = chain.keys()[i - 1].key;
    AMBIT_TRY(const crypto::SigningKey* old_key, private_key_of(before));
    note = ledger::add_signature(std::move(note), before, *old_key);
  }
  return note;
}

Result<const crypto::SigningKey*> LogKeys::private_key_of(const ledger::NoteVerifier& key) const {
  const std::string wanted = key.key().ed25519_bytes();
  for (const crypto::SigningKey& held : held_) {
    if (held.public_key().ed25519_bytes() == wanted) return &held;
  }
  return wrong_key("the ledger in `" + directory_ + "` is signed with the key `" + key.to_text() +
                   "`, whose private key was not given");
}

}  // namespace ambit::ledger_file::internal
