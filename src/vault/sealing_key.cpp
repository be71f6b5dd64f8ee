#include "vault/sealing_key.h"

#include <cstdint>

#include "crypto/aead.h"

namespace ambit::vault {
namespace {

// First of the bytes beside; another form would begin with another.
constexpr char kForm = 1;

std::string_view nonce_of(const crypto::Digest& commitment) {
  return commitment.view().substr(0, crypto::kAeadNonceBytes);
}

void append_part(std::string& out, std::string_view part) {
  const auto size = static_cast<std::uint32_t>(part.size());
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xff);
  out += part;
}

tl::unexpected<Error> tampered(const std::string& id) {
  return fail(
      Code::kInternal, "vault.tampered",
      "the values sealed with the key of `" + id + "` are not those that the record commits to");
}

}  // namespace

SealingKey::SealingKey(std::string id, const crypto::SecretBytes& secret)
    : id_(std::move(id)),
      committing_(crypto::hmac_sha256(secret.expose(), "ambit/vault/commit/1").view()) {
  const crypto::Digest key = crypto::hmac_sha256(secret.expose(), "ambit/vault/encrypt/1");
  encrypting_ = crypto::SecretBytes(std::string(key.view()));
}

// What stands before the values: with lengths, so that no two of them read alike.
std::string SealingKey::head(std::string_view context) const {
  std::string out;
  out.reserve(8 + id_.size() + context.size());
  append_part(out, id_);
  append_part(out, context);
  return out;
}

Sealed SealingKey::seal(std::string_view context, std::string_view values) const {
  const std::string before = head(context);
  Sealed out;
  out.commitment = committing_.mac({before, values});
  out.beside.reserve(1 + values.size() + crypto::kAeadTagBytes);
  out.beside += kForm;
  crypto::aead_seal(out.beside, encrypting_.expose(), nonce_of(out.commitment), before, values);
  return out;
}

Result<std::string> SealingKey::open(std::string_view context, const crypto::Digest& commitment,
                                     std::string_view beside) const {
  if (beside.empty() || beside.front() != kForm) return tampered(id_);
  const std::string before = head(context);
  auto values =
      crypto::aead_open(encrypting_.expose(), nonce_of(commitment), before, beside.substr(1));
  if (!values || committing_.mac({before, *values}) != commitment) return tampered(id_);
  return *std::move(values);
}

}  // namespace ambit::vault
