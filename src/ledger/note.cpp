#include "ledger/note.h"

#include <utility>

#include "ledger/internal/note_key.h"
#include "text/base64url.h"

namespace ambit::ledger {
namespace {

constexpr std::size_t kMaxNoteBytes = 1u << 20;
constexpr std::size_t kMaxSignatures = 100;
constexpr std::string_view kDash = "\xE2\x80\x94 ";  // em dash, space
constexpr std::size_t kKeyIdBytes = 4;

tl::unexpected<Error> bad_form(std::string message) {
  return fail(Code::kInvalid, "note.form", std::move(message));
}

std::uint32_t read_key_id(std::string_view bytes) {
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < kKeyIdBytes; ++i) {
    id = (id << 8) | static_cast<std::uint8_t>(bytes[i]);
  }
  return id;
}

// How many bytes the well-formed UTF-8 sequence at the front of `bytes` has; 0 when there is none.
std::size_t utf8_length(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || bytes.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool beyond = (first == 0xed && byte(1) >= 0xa0) || (first == 0xf4 && byte(1) >= 0x90);
  return overlong || beyond ? 0 : length;
}

Result<> check_bytes(std::string_view bytes) {
  if (bytes.size() > kMaxNoteBytes) return bad_form("a note has at most 1048576 bytes");
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = utf8_length(bytes.substr(i));
    const char c = bytes[i];
    if (length == 0) return bad_form("byte " + std::to_string(i) + " of the note is not UTF-8");
    if (static_cast<std::uint8_t>(c) < 0x20 && c != '\n') {
      return bad_form("byte " + std::to_string(i) + " of the note is a control character");
    }
    i += length;
  }
  return {};
}

Result<NoteSignature> parse_signature(std::string_view line) {
  if (!line.starts_with(kDash)) {
    return bad_form("a signature line starts with an em dash and a space");
  }
  line.remove_prefix(kDash.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || space == 0) {
    return bad_form("a signature line has a key name, a space and a signature");
  }
  const std::string_view name = line.substr(0, space);
  if (name.find('+') != std::string_view::npos) {
    return bad_form("a key name has no `+`: `" + std::string(name) + "`");
  }
  const auto bytes = text::from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() <= kKeyIdBytes) {
    return bad_form("the signature of `" + std::string(name) +
                    "` is not base64 of a key id and a signature");
  }
  return NoteSignature{std::string(name), read_key_id(*bytes), bytes->substr(kKeyIdBytes)};
}

}  // namespace

Result<NoteVerifier> NoteVerifier::make(std::string name, crypto::PublicKey key) {
  AMBIT_TRY(internal::NoteKey made,
            internal::make_note_key(std::move(name), std::move(key), internal::kEd25519Type));
  return NoteVerifier(std::move(made.name), std::move(made.key), made.key_id);
}

Result<NoteVerifier> NoteVerifier::parse(std::string_view text) {
  AMBIT_TRY(internal::NoteKey parsed, internal::parse_note_key(text, internal::kEd25519Type));
  return NoteVerifier(std::move(parsed.name), std::move(parsed.key), parsed.key_id);
}

std::string NoteVerifier::to_text() const {
  return internal::note_key_text(name_, key_id_, key_, internal::kEd25519Type);
}

Result<UnverifiedNote> parse_note(std::string_view bytes) {
  AMBIT_CHECK_OK(check_bytes(bytes));
  const std::size_t split = bytes.rfind("\n\n");
  if (split == std::string_view::npos) {
    return bad_form("a note has a blank line between its text and its signatures");
  }
  UnverifiedNote note;
  note.text = bytes.substr(0, split + 1);
  AMBIT_TRY(note.signatures, parse_signatures(bytes.substr(split + 2)));
  return note;
}

Result<std::vector<NoteSignature>> parse_signatures(std::string_view lines) {
  std::vector<NoteSignature> out;
  if (lines.empty() || lines.back() != '\n') return bad_form("a note ends with a signature line");
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    if (out.size() == kMaxSignatures) return bad_form("a note has at most 100 signatures");
    AMBIT_TRY(NoteSignature signature, parse_signature(lines.substr(0, end)));
    out.push_back(std::move(signature));
    lines.remove_prefix(end + 1);
  }
  return out;
}

std::string signature_line_of(const NoteSignature& signature) {
  return internal::signature_line(signature.name, signature.key_id, signature.signature);
}

std::string sign_note(std::string_view text, const NoteVerifier& name,
                      const crypto::SigningKey& key) {
  std::string out(text);
  out += "\n";
  return out += internal::signature_line(name.name(), name.key_id(), key.sign(text));
}

Result<std::string> open_note(std::string_view bytes, const NoteVerifier& verifier) {
  AMBIT_TRY(UnverifiedNote note, parse_note(bytes));
  for (const NoteSignature& signature : note.signatures) {
    if (signature.name != verifier.name() || signature.key_id != verifier.key_id()) continue;
    if (verifier.key().verify(note.text, signature.signature)) return std::move(note.text);
    return fail(Code::kUnauthenticated, "note.bad_signature",
                "the signature by `" + verifier.name() + "` does not fit the note");
  }
  return fail(Code::kUnauthenticated, "note.unknown_key",
              "the note has no signature by the key `" + verifier.to_text() + "`");
}

}  // namespace ambit::ledger
