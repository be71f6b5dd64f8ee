#include "ledger/internal/note_key.h"

#include <algorithm>
#include <utility>

#include "crypto/digest.h"
#include "text/base64url.h"

namespace ambit::ledger::internal {
namespace {

constexpr std::size_t kKeyBytes = 32;

bool is_key_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 && std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '+';
  });
}

std::string key_id_bytes(std::uint32_t id) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>((id >> shift) & 0xff));
  return out;
}

tl::unexpected<Error> bad_key(std::string message) {
  return fail(Code::kInvalid, "note.key", std::move(message));
}

}  // namespace

Result<NoteKey> make_note_key(std::string name, crypto::PublicKey key, char type) {
  if (!is_key_name(name)) {
    return bad_key("a key name is printable ASCII without spaces and `+`, not `" + name + "`");
  }
  if (key.algorithm() != crypto::Algorithm::kEdDSA) {
    return bad_key("a note is signed with an Ed25519 key");
  }
  const std::string raw = key.ed25519_bytes();
  const crypto::Digest digest = crypto::sha256({name, "\n", std::string_view(&type, 1), raw});
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < sizeof id; ++i) id = (id << 8) | digest.bytes[i];
  return NoteKey{std::move(name), std::move(key), id};
}

Result<NoteKey> parse_note_key(std::string_view text, char type) {
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) {
    return bad_key("a verifier key has the form `name+keyid+base64`");
  }
  const auto raw = text::from_base64(text.substr(second + 1));
  if (!raw || raw->size() != 1 + kKeyBytes || raw->front() != type) {
    return bad_key("a verifier key of this kind ends in base64 of 0x0" + std::to_string(type) +
                   " and the 32 bytes of an Ed25519 key");
  }
  auto key = crypto::PublicKey::from_ed25519(std::string_view(*raw).substr(1));
  if (!key) return bad_key(key.error().message);
  AMBIT_TRY(NoteKey out, make_note_key(std::string(text.substr(0, first)), *std::move(key), type));
  const std::string id = text::to_hex(key_id_bytes(out.key_id));
  if (id != text.substr(first + 1, second - first - 1)) {
    return bad_key("the key id of the verifier key for `" + out.name + "` is not `" + id + "`");
  }
  return out;
}

std::string note_key_text(const std::string& name, std::uint32_t key_id,
                          const crypto::PublicKey& key, char type) {
  return name + "+" + text::to_hex(key_id_bytes(key_id)) + "+" +
         text::to_base64(std::string(1, type) + key.ed25519_bytes());
}

std::string signature_line(const std::string& name, std::uint32_t key_id,
                           std::string_view signature) {
  return "\xE2\x80\x94 " + name + " " + text::to_base64(key_id_bytes(key_id).append(signature)) +
         "\n";
}

}  // namespace ambit::ledger::internal
