#include "vault/key_ring.h"

#include <mutex>

#include "crypto/aead.h"
#include "crypto/random.h"

namespace ambit::vault {
namespace {

constexpr char kForm = 2;
// Each has some 3 KB with the schedules of its keys.
constexpr std::size_t kMaxKnown = 16'384;

std::string context_of(std::string_view id) { return "ambit/vault/wrap/2\n" + std::string(id); }

}  // namespace

std::string wrap(std::string_view master, std::string_view id, const crypto::SecretBytes& secret) {
  std::string out(1, kForm);
  out += crypto::random_bytes(crypto::kAeadNonceBytes);
  const std::string nonce = out.substr(1);
  crypto::AeadKey(master).seal(out, nonce, context_of(id), secret.expose());
  return out;
}

Result<crypto::SecretBytes> unwrap(std::string_view master, const ports::StoredKey& key) {
  const std::string_view wrapped = key.wrapped;
  if (!wrapped.empty() && wrapped.front() != kForm) {
    return fail(Code::kInternal, "vault.form",
                "the key of `" + key.id +
                    "` was wrapped by another version of ambit, in a form that this one does not "
                    "read; use the version that wrote it, or begin with an empty data directory");
  }
  if (wrapped.size() > 1 + crypto::kAeadNonceBytes) {
    auto secret =
        crypto::AeadKey(master).open(wrapped.substr(1, crypto::kAeadNonceBytes), context_of(key.id),
                                     wrapped.substr(1 + crypto::kAeadNonceBytes));
    if (secret && secret->size() == crypto::kAeadKeyBytes) {
      return crypto::SecretBytes(*std::move(secret));
    }
  }
  return fail(Code::kInternal, "vault.master",
              "the key of `" + key.id +
                  "` was not wrapped under this master key; restore the key file that belongs to "
                  "this registry");
}

StoredKeys::StoredKeys(const ports::KeyReader& reader, crypto::SecretBytes master)
    : reader_(reader), master_(std::move(master)) {}

Result<FoundKey> StoredKeys::find(const std::string& id) const {
  {
    const std::shared_lock lock(mutex_);
    if (const auto known = known_.find(id); known != known_.end()) return known->second;
  }
  AMBIT_TRY(const auto stored, reader_.key(id));
  if (!stored) return FoundKey();
  FoundKey found{KeyState::kErased, nullptr};
  if (!stored->destroyed()) {
    AMBIT_TRY(const crypto::SecretBytes secret, unwrap(master_.expose(), *stored));
    found = {KeyState::kHeld, std::make_shared<const SealingKey>(id, secret)};
  }
  remember(id, found);
  return found;
}

void StoredKeys::remember(const std::string& id, FoundKey key) const {
  const std::unique_lock lock(mutex_);
  if (known_.size() >= kMaxKnown) known_.clear();
  FoundKey& there = known_[id];
  // Whoever read the key before it was destroyed may come here after it was.
  if (there.state != KeyState::kErased) there = std::move(key);
}

}  // namespace ambit::vault
