#include "crypto/symmetric_key.h"

#include "crypto/internal/key_file.h"
#include "crypto/random.h"
#include "text/base64url.h"

namespace ambit::crypto {
namespace {

constexpr std::string_view kHead = "{\"k\":\"";
constexpr std::string_view kTail = "\",\"kty\":\"oct\"}\n";

tl::unexpected<Error> malformed(const std::string& path) {
  return fail(Code::kInvalid, "key.malformed",
              "`" + path + "` does not hold a symmetric key of 32 bytes as a JWK");
}

}  // namespace

SecretBytes generate_symmetric_key() { return SecretBytes(random_bytes(kSymmetricKeyBytes)); }

Result<SecretBytes> read_symmetric_key(const std::string& path) {
  AMBIT_TRY(const SecretBytes file, internal::read_private_file(path));
  // The one form that is written, so that no JSON reader keeps a copy of the key.
  std::string_view rest = file.expose();
  if (!rest.starts_with(kHead) || !rest.ends_with(kTail)) return malformed(path);
  rest.remove_prefix(kHead.size());
  rest.remove_suffix(kTail.size());
  auto bytes = text::from_base64url(rest);
  if (!bytes) return malformed(path);
  SecretBytes key(*std::move(bytes));
  if (key.expose().size() != kSymmetricKeyBytes) return malformed(path);
  return key;
}

Result<> write_symmetric_key(const std::string& path, const SecretBytes& key) {
  std::string encoded = text::to_base64url(key.expose());
  std::string whole;
  whole.reserve(kHead.size() + encoded.size() + kTail.size());
  whole.append(kHead).append(encoded).append(kTail);
  wipe(encoded);
  const SecretBytes content(std::move(whole));
  return internal::write_private_file(path, content.expose());
}

Result<> move_symmetric_key(const std::string& from, const std::string& to) {
  return internal::move_private_file(from, to);
}

}  // namespace ambit::crypto
