#include "vault/master_key.h"

#include <algorithm>

#include "crypto/symmetric_key.h"

namespace ambit::vault {
namespace {

std::string file_in(const std::string& folder) { return folder + "/vault.jwk"; }
// While an exchange is under way: the keys may be wrapped under this one already.
std::string next_in(const std::string& folder) { return folder + "/vault.next.jwk"; }

bool is_missing(const Error& error) { return error.reason == "key.not_found"; }

Result<crypto::SecretBytes> make_file(const std::string& path) {
  crypto::SecretBytes made = crypto::generate_symmetric_key();
  AMBIT_CHECK_OK(crypto::write_symmetric_key(path, made));
  return made;
}

Result<bool> has_live_key(const ports::KeyStore& store) {
  AMBIT_TRY(const auto key, store.any_key());
  return key.has_value();
}

Result<crypto::SecretBytes> read_or_make(const ports::KeyStore& store, const std::string& folder) {
  auto key = crypto::read_symmetric_key(file_in(folder));
  if (key || !is_missing(key.error())) return key;
  AMBIT_TRY(const bool used, has_live_key(store));
  if (!used) return make_file(file_in(folder));
  return fail(Code::kNotFound, "vault.master",
              "`" + file_in(folder) +
                  "` is missing, and the registry has keys that are wrapped under it; restore it "
                  "from where it was kept, or what they seal cannot be read");
}

}  // namespace

Result<std::unique_ptr<Vault>> open_vault(ports::KeyStore& store, const std::string& folder) {
  AMBIT_TRY(crypto::SecretBytes master, read_or_make(store, folder));
  auto vault = Vault::open(store, std::move(master));
  if (vault || vault.error().reason != "vault.master") return vault;
  auto next = crypto::read_symmetric_key(next_in(folder));
  if (!next) return vault;
  AMBIT_TRY(auto opened, Vault::open(store, *std::move(next)));
  AMBIT_CHECK_OK(crypto::move_symmetric_key(next_in(folder), file_in(folder)));
  return opened;
}

Result<std::size_t> rotate_master_key(ports::KeyStore& store, const std::string& folder) {
  // Finishes what was begun, and proves that the key in the file is the right one.
  AMBIT_CHECK_OK(open_vault(store, folder));
  AMBIT_TRY(const crypto::SecretBytes old, crypto::read_symmetric_key(file_in(folder)));
  auto fresh = crypto::read_symmetric_key(next_in(folder));
  if (!fresh) {
    if (!is_missing(fresh.error())) return fail(fresh.error());
    fresh = make_file(next_in(folder));
    if (!fresh) return fail(fresh.error());
  }
  AMBIT_TRY(const std::size_t count, rewrap_all(store, old, *fresh));
  AMBIT_CHECK_OK(crypto::move_symmetric_key(next_in(folder), file_in(folder)));
  return count;
}

}  // namespace ambit::vault
