#include "vault/sealing_key.h"

#include <cstdint>

namespace ambit::vault {
namespace {

// First of the bytes beside; another form would begin with another.
constexpr char kForm = 2;

std::string_view nonce_of(const crypto::Digest& commitment) {
  return commitment.view().substr(0, crypto::kAeadNonceBytes);
}

void append_part(std::string& out, std::string_view part) {
  const auto size = static_cast<std::uint32_t>(part.size());
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xff);
  out += part;
}

// What stands before the values: with lengths, so that no two of them read alike.
std::string head_of(std::string_view id, std::string_view context) {
  std::string out;
  out.reserve(8 + id.size() + context.size());
  append_part(out, id);
  append_part(out, context);
  return out;
}

tl::unexpected<Error> tampered(const std::string& id) {
  return fail(
      Code::kInternal, "vault.tampered",
      "the values sealed with the key of `" + id + "` are not those that the record commits to");
}

}  // namespace

SealingKey::SealingKey(std::string id, const crypto::SecretBytes& secret)
    : id_(std::move(id)),
      committing_key_(
          std::string(crypto::hmac_sha256(secret.expose(), "ambit/vault/commit/1").view())),
      committing_(committing_key_.expose()),
      encrypting_(crypto::hmac_sha256(secret.expose(), "ambit/vault/encrypt/1").view()) {}

std::string SealingKey::head(std::string_view context) const { return head_of(id_, context); }

Sealed SealingKey::seal(std::string_view context, std::string_view values) const {
  const std::string before = head(context);
  Sealed out;
  out.commitment = committing_.mac({before, values});
  out.beside.reserve(1 + values.size() + crypto::kAeadTagBytes);
  out.beside += kForm;
  encrypting_.seal(out.beside, nonce_of(out.commitment), before, values);
  return out;
}

Result<std::string> SealingKey::open(std::string_view context, const crypto::Digest& commitment,
                                     std::string_view beside) const {
  if (beside.empty() || beside.front() != kForm) return tampered(id_);
  const std::string before = head(context);
  auto values = encrypting_.open(nonce_of(commitment), before, beside.substr(1));
  if (!values || committing_.mac({before, *values}) != commitment) return tampered(id_);
  return *std::move(values);
}

bool commits_to(std::string_view committing_key, std::string_view id, std::string_view context,
                std::string_view values, const crypto::Digest& commitment) {
  const crypto::HmacKey key(committing_key);
  return key.mac({head_of(id, context), values}) == commitment;
}

}  // namespace ambit::vault
