#include "ledger/base.h"

#include <charconv>

#include "crypto/digest.h"

namespace ambit::ledger {
namespace {

// With spaces, so that no checkpoint can begin with it: an origin has none.
constexpr std::string_view kTitle = "ambit base state 1\n";
constexpr std::string_view kEnd = "\n\n";

std::string statement(std::uint64_t size, std::string_view state) {
  return std::string(kTitle) + std::to_string(size) + "\n" +
         crypto::to_string(crypto::sha256(state)) + "\n";
}

tl::unexpected<Error> bad_form() {
  return fail(Code::kInvalid, "base.form",
              "it is not the state that a ledger's dropped entries left");
}

Result<std::string> open_by_any(std::string_view note, const KeyChain& keys, std::uint64_t size) {
  const NoteVerifier& oldest = keys.key_for(size);
  Result<std::string> text = bad_form();
  for (std::size_t i = keys.keys().size(); i-- > 0;) {
    text = open_note(note, keys.keys()[i].key);
    if (text || keys.keys()[i].key.key_id() == oldest.key_id()) break;
  }
  return text;
}

}  // namespace

std::string encode_base(const Base& base, const NoteVerifier& name, const crypto::SigningKey& key) {
  return sign_note(statement(base.size, base.state), name, key) + "\n" + base.state;
}

Result<Base> decode_base(std::string_view file, const KeyChain& keys) {
  if (!file.starts_with(kTitle)) return bad_form();
  const std::size_t text_end = file.find(kEnd);
  const std::size_t note_end =
      text_end == std::string_view::npos ? text_end : file.find(kEnd, text_end + kEnd.size());
  if (note_end == std::string_view::npos) return bad_form();
  const std::string_view note = file.substr(0, note_end + 1);
  Base out;
  out.state = file.substr(note_end + kEnd.size());
  const char* digits = file.data() + kTitle.size();
  const auto [end, bad] = std::from_chars(digits, file.data() + text_end, out.size);
  if (bad != std::errc() || *end != '\n') return bad_form();
  AMBIT_TRY(const std::string text, open_by_any(note, keys, out.size));
  if (text != statement(out.size, out.state)) return bad_form();
  return out;
}

}  // namespace ambit::ledger
