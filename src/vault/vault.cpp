#include "vault/vault.h"

#include "crypto/symmetric_key.h"

namespace ambit::vault {
namespace {

tl::unexpected<Error> erased(const std::string& id) {
  return fail(Code::kConflict, "vault.erased", "the key of `" + id + "` was destroyed");
}

}  // namespace

Result<std::unique_ptr<Vault>> Vault::open(ports::KeyStore& store, crypto::SecretBytes master) {
  AMBIT_TRY(const auto key, store.any_key());
  // All are wrapped under the same one.
  if (key) AMBIT_CHECK_OK(unwrap(master.expose(), *key));
  return std::unique_ptr<Vault>(new Vault(store, std::move(master)));
}

Result<std::shared_ptr<const SealingKey>> Vault::make(const std::string& id) {
  AMBIT_TRY(const FoundKey there, find(id));
  if (there.state == KeyState::kErased) return erased(id);
  if (there.key) return there.key;
  const crypto::SecretBytes secret = crypto::generate_symmetric_key();
  const auto put = store_.put_key({id, wrap(master().expose(), id, secret)});
  if (!put && put.error().reason == "key.exists") {
    // Another thread made it meanwhile.
    AMBIT_TRY(const FoundKey other, find(id));
    if (other.key) return other.key;
    return erased(id);
  }
  if (!put) return fail(put.error());
  auto key = std::make_shared<const SealingKey>(id, secret);
  remember(id, {KeyState::kHeld, key});
  return key;
}

crypto::HmacKey Vault::derive(std::string_view purpose) const {
  return crypto::HmacKey(crypto::hmac_sha256(master().expose(), purpose).view());
}

Result<> Vault::destroy(const std::vector<std::string>& ids) {
  AMBIT_CHECK_OK(store_.destroy_keys(ids));
  for (const std::string& id : ids) remember(id, {KeyState::kErased, nullptr});
  return {};
}

Result<std::size_t> rewrap_all(ports::KeyStore& store, const crypto::SecretBytes& old,
                               const crypto::SecretBytes& fresh) {
  AMBIT_TRY(auto keys, store.keys());
  std::erase_if(keys, [](const ports::StoredKey& key) { return key.destroyed(); });
  for (ports::StoredKey& key : keys) {
    AMBIT_TRY(const crypto::SecretBytes secret, unwrap(old.expose(), key));
    key.wrapped = wrap(fresh.expose(), key.id, secret);
  }
  AMBIT_CHECK_OK(store.rewrap_keys(keys));
  return keys.size();
}

}  // namespace ambit::vault
