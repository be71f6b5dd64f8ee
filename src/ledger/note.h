// Signed notes (C2SP signed-note) with Ed25519 signatures.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/keys.h"

namespace ambit::ledger {

// A named public key that notes are checked against.
class NoteVerifier {
 public:
  // `name` is the log's origin: printable ASCII without spaces and `+`; `key` is Ed25519. Fails
  // with `note.key`.
  static Result<NoteVerifier> make(std::string name, crypto::PublicKey key);
  // Reads the text form `<name>+<8 hex digits of the key id>+<base64(0x01 || key)>`.
  static Result<NoteVerifier> parse(std::string_view text);

  const std::string& name() const { return name_; }
  const crypto::PublicKey& key() const { return key_; }
  // SHA-256(name || 0x0A || 0x01 || key)[:4], big-endian.
  std::uint32_t key_id() const { return key_id_; }
  std::string to_text() const;

 private:
  NoteVerifier(std::string name, crypto::PublicKey key, std::uint32_t key_id)
      : name_(std::move(name)), key_(std::move(key)), key_id_(key_id) {}

  std::string name_;
  crypto::PublicKey key_;
  std::uint32_t key_id_ = 0;
};

struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  std::string signature;
};

// A note whose form is right and whose signatures nobody has checked.
struct UnverifiedNote {
  std::string text;  // with its final newline
  std::vector<NoteSignature> signatures;
};

// The lines alone, each with its newline. Fails with `note.form`.
Result<std::vector<NoteSignature>> parse_signatures(std::string_view lines);
// One such line.
std::string signature_line_of(const NoteSignature& signature);

// Accepts at most 1 MiB and 100 signatures. Fails with `note.form`.
Result<UnverifiedNote> parse_note(std::string_view bytes);

// The whole note: `text`, a blank line, one signature. Preconditions: `text` is printable ASCII,
// ends with a newline; `key` is an Ed25519 key and belongs to `name`.
std::string sign_note(std::string_view text, const NoteVerifier& name,
                      const crypto::SigningKey& key);

// The text of `bytes`, if a signature by `verifier` is there and right. Signatures by other keys
// are ignored. Fails with `note.form`, `note.unknown_key` or `note.bad_signature`.
Result<std::string> open_note(std::string_view bytes, const NoteVerifier& verifier);

}  // namespace ambit::ledger
