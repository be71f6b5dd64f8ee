#include "ledger/note.h"

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/digest.h"
#include "text/base64url.h"

namespace ambit::ledger {
namespace {

constexpr std::size_t kMaxNoteBytes = 1u << 20;
constexpr std::size_t kMaxSignatures = 100;
constexpr std::string_view kEd25519Type{"\x01", 1};
constexpr std::string_view kDash = "\xE2\x80\x94 ";  // em dash, space
constexpr std::size_t kKeyIdBytes = 4;

tl::unexpected<Error> bad_form(std::string message) {
  return fail(Code::kInvalid, "note.form", std::move(message));
}

bool is_key_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 && std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '+';
  });
}

std::uint32_t read_key_id(std::string_view bytes) {
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < kKeyIdBytes; ++i) {
    id = (id << 8) | static_cast<std::uint8_t>(bytes[i]);
  }
  return id;
}

std::string key_id_bytes(std::uint32_t id) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>((id >> shift) & 0xff));
  return out;
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
  if (!is_key_name(name)) {
    return fail(Code::kInvalid, "note.key",
                "a key name is printable ASCII without spaces and `+`, not `" + name + "`");
  }
  if (key.algorithm() != crypto::Algorithm::kEdDSA) {
    return fail(Code::kInvalid, "note.key", "a note is signed with an Ed25519 key");
  }
  const std::string raw = key.ed25519_bytes();
  const crypto::Digest digest = crypto::sha256({name, "\n", kEd25519Type, raw});
  return NoteVerifier(std::move(name), std::move(key), read_key_id(digest.view()));
}

Result<NoteVerifier> NoteVerifier::parse(std::string_view text) {
  const auto bad = [](std::string message) {
    return fail(Code::kInvalid, "note.key", std::move(message));
  };
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) {
    return bad("a verifier key has the form `name+keyid+base64`");
  }
  const auto raw = text::from_base64(text.substr(second + 1));
  if (!raw || raw->size() != 33 || !raw->starts_with(kEd25519Type)) {
    return bad("a verifier key ends in base64 of 0x01 and the 32 bytes of an Ed25519 key");
  }
  auto key = crypto::PublicKey::from_ed25519(std::string_view(*raw).substr(1));
  if (!key) return fail(std::move(key).error());
  AMBIT_TRY(NoteVerifier out, make(std::string(text.substr(0, first)), *std::move(key)));
  if (text::to_hex(key_id_bytes(out.key_id())) != text.substr(first + 1, second - first - 1)) {
    return bad("the key id of the verifier key for `" + out.name() + "` is not `" +
               text::to_hex(key_id_bytes(out.key_id())) + "`");
  }
  return out;
}

std::string NoteVerifier::to_text() const {
  return name_ + "+" + text::to_hex(key_id_bytes(key_id_)) + "+" +
         text::to_base64(std::string(kEd25519Type) + key_.ed25519_bytes());
}

Result<UnverifiedNote> parse_note(std::string_view bytes) {
  AMBIT_CHECK_OK(check_bytes(bytes));
  const std::size_t split = bytes.rfind("\n\n");
  if (split == std::string_view::npos) {
    return bad_form("a note has a blank line between its text and its signatures");
  }
  UnverifiedNote note;
  note.text = bytes.substr(0, split + 1);
  std::string_view rest = bytes.substr(split + 2);
  if (rest.empty() || rest.back() != '\n') return bad_form("a note ends with a signature line");
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    if (note.signatures.size() == kMaxSignatures) {
      return bad_form("a note has at most 100 signatures");
    }
    AMBIT_TRY(NoteSignature signature, parse_signature(rest.substr(0, end)));
    note.signatures.push_back(std::move(signature));
    rest.remove_prefix(end + 1);
  }
  return note;
}

std::string sign_note(std::string_view text, const NoteVerifier& name,
                      const crypto::SigningKey& key) {
  const std::string signature = key_id_bytes(name.key_id()) + key.sign(text);
  std::string out(text);
  out += "\n";
  out += kDash;
  out += name.name() + " " + text::to_base64(signature) + "\n";
  return out;
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
