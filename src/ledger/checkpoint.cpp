#include "ledger/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "text/base64url.h"

namespace ambit::ledger {
namespace {

tl::unexpected<Error> bad_form(std::string message) {
  return fail(Code::kInvalid, "checkpoint.form", std::move(message));
}

// Takes the next line off `text`; precondition: it ends with a newline.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string checkpoint_text(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
         text::to_base64(checkpoint.root.view()) + "\n";
}

Result<Checkpoint> parse_checkpoint_text(std::string_view text) {
  if (!text.ends_with('\n') || std::count(text.begin(), text.end(), '\n') != 3) {
    return bad_form("a checkpoint has three lines: origin, size, root");
  }
  Checkpoint out;
  out.origin = take_line(text);
  if (out.origin.empty()) return bad_form("the origin of a checkpoint is not empty");
  const std::string_view size = take_line(text);
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), out.size);
  if (error != std::errc() || std::to_string(out.size) != size) {
    return bad_form("the size of a checkpoint is a decimal number, not `" + std::string(size) +
                    "`");
  }
  const std::string_view line = take_line(text);
  const auto root = text::from_base64(line);
  if (!root || root->size() != out.root.bytes.size()) {
    return bad_form("the root of a checkpoint is base64 of 32 bytes, not `" + std::string(line) +
                    "`");
  }
  std::copy(root->begin(), root->end(), out.root.bytes.begin());
  return out;
}

std::string sign_checkpoint(std::uint64_t size, const Hash& root, const NoteVerifier& name,
                            const crypto::SigningKey& key) {
  return sign_note(checkpoint_text({name.name(), size, root}), name, key);
}

std::string add_signature(std::string note, const NoteVerifier& name,
                          const crypto::SigningKey& key) {
  // The text ends where the blank line begins.
  const std::string text = note.substr(0, note.rfind("\n\n") + 1);
  const std::string second = sign_note(text, name, key);
  return note += second.substr(text.size() + 1);
}

Result<Checkpoint> open_checkpoint(std::string_view note, const NoteVerifier& verifier) {
  AMBIT_TRY(const std::string text, open_note(note, verifier));
  AMBIT_TRY(Checkpoint out, parse_checkpoint_text(text));
  if (out.origin != verifier.name()) {
    return fail(
        Code::kInvalid, "checkpoint.origin",
        "the checkpoint is of the log `" + out.origin + "`, not of `" + verifier.name() + "`");
  }
  return out;
}

Result<Checkpoint> open_checkpoint(std::string_view note, const std::vector<NoteVerifier>& keys) {
  Error last{Code::kUnauthenticated, "note.unknown_key", "no key of the log is known"};
  for (const NoteVerifier& key : keys) {
    auto opened = open_checkpoint(note, key);
    if (opened || opened.error().reason != "note.unknown_key") return opened;
    last = std::move(opened).error();
  }
  return fail(std::move(last));
}

}  // namespace ambit::ledger
