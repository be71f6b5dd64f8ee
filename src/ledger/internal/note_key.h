// What log keys and witness keys share: names, key ids and signature lines of C2SP signed-note.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/keys.h"

namespace ambit::ledger::internal {

// Algorithm byte of a key: Ed25519 signatures of a note, and timestamped Ed25519 cosignatures.
inline constexpr char kEd25519Type = 0x01;
inline constexpr char kCosignatureType = 0x04;

struct NoteKey {
  std::string name;
  crypto::PublicKey key;
  std::uint32_t key_id = 0;
};

// Fails with `note.key` unless the name is printable ASCII without spaces and `+` and the key is
// Ed25519.
Result<NoteKey> make_note_key(std::string name, crypto::PublicKey key, char type);
// Reads `<name>+<8 hex digits of the key id>+<base64(type || key)>`.
Result<NoteKey> parse_note_key(std::string_view text, char type);
std::string note_key_text(const std::string& name, std::uint32_t key_id,
                          const crypto::PublicKey& key, char type);

// `— <name> base64(key id || signature)` and a newline.
std::string signature_line(const std::string& name, std::uint32_t key_id,
                           std::string_view signature);

}  // namespace ambit::ledger::internal
