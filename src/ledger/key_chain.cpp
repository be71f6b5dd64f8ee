#include "ledger/key_chain.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "ledger/record.h"

namespace ambit::ledger {
namespace {

tl::unexpected<Error> bad_key(std::string message) {
  return fail(Code::kInvalid, "ledger.key", std::move(message));
}

std::optional<std::uint64_t> number_of(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || std::to_string(number) != digits) return {};
  return number;
}

}  // namespace

Result<std::string> encode_key_record(Time at, const NoteVerifier& current,
                                      const NoteVerifier& next) {
  if (current.name() != next.name() || current.to_text() == next.to_text()) {
    return bad_key("the next key of the log `" + current.name() +
                   "` has its name and is not the present one");
  }
  return encode_record(at, kKeyRecordKind,
                       text::Json::object({{"from", current.to_text()}, {"to", next.to_text()}}));
}

bool is_key_record(std::string_view record) { return has_kind(record, kKeyRecordKind); }

Result<KeyChain> KeyChain::parse(std::string_view text) {
  std::optional<KeyChain> out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return bad_key("the last line of the keys is cut off");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const std::size_t space = line.find(' ');
    AMBIT_TRY(NoteVerifier key, NoteVerifier::parse(line.substr(0, space)));
    if (!out && space == std::string_view::npos) {
      out = KeyChain(std::move(key));
      continue;
    }
    const auto index =
        space == std::string_view::npos ? std::nullopt : number_of(line.substr(space + 1));
    const bool rises =
        out && index && (out->keys_.size() == 1 || *index > out->keys_.back().named_by);
    if (!rises || key.name() != out->origin()) {
      return bad_key(
          "a key behind the first has its name and, behind a space, the index of the "
          "entry that named it: `" +
          std::string(line) + "` has not");
    }
    out->keys_.push_back({std::move(key), *index});
  }
  if (!out) return bad_key("a log has at least one key");
  return *std::move(out);
}

std::string KeyChain::to_text() const {
  std::string out = keys_.front().key.to_text() + "\n";
  for (std::size_t i = 1; i < keys_.size(); ++i) {
    out += keys_[i].key.to_text() + " " + std::to_string(keys_[i].named_by) + "\n";
  }
  return out;
}

Result<> KeyChain::add(std::uint64_t index, std::string_view record) {
  const std::string where = "entry " + std::to_string(index);
  auto decoded = decode_record(index, record);
  if (!decoded) return bad_key(decoded.error().message);
  const auto next = NoteVerifier::parse(decoded->body.string_or("to", ""));
  if (!next) return bad_key(where + " names no next key: " + next.error().message);
  if (decoded->body.string_or("from", "") != last().to_text()) {
    return bad_key(where + " hands over from a key that is not the log's present one");
  }
  if (next->name() != origin() || contains(*next)) {
    return bad_key(where + " names a key of another log, or one that this log had before");
  }
  keys_.push_back({*next, index});
  return {};
}

void KeyChain::forget_from(std::uint64_t index) {
  while (keys_.size() > 1 && keys_.back().named_by >= index) keys_.pop_back();
}

const NoteVerifier& KeyChain::key_for(std::uint64_t size) const {
  for (std::size_t i = keys_.size(); i-- > 1;) {
    if (keys_[i].named_by < size) return keys_[i].key;
  }
  return keys_.front().key;
}

bool KeyChain::contains(const NoteVerifier& key) const {
  return std::any_of(keys_.begin(), keys_.end(), [&](const ChainedKey& chained) {
    return chained.key.to_text() == key.to_text();
  });
}

Result<Checkpoint> KeyChain::open(std::string_view note, std::uint64_t previous) const {
  AMBIT_TRY(Checkpoint out, open(note));
  for (std::size_t i = 1; i < keys_.size(); ++i) {
    if (keys_[i].named_by < previous || keys_[i].named_by >= out.size) continue;
    const NoteVerifier& changed = keys_[i - 1].key;
    if (const auto signed_over = open_note(note, changed); !signed_over) {
      return fail(signed_over.error().code, signed_over.error().reason,
                  "it covers the change of keys in entry " + std::to_string(keys_[i].named_by) +
                      ", which the key before it did not sign: " + signed_over.error().message);
    }
  }
  return out;
}

Result<Checkpoint> KeyChain::open(std::string_view note) const {
  AMBIT_TRY(const UnverifiedNote parsed, parse_note(note));
  AMBIT_TRY(const Checkpoint claimed, parse_checkpoint_text(parsed.text));
  return open_checkpoint(note, key_for(claimed.size));
}

}  // namespace ambit::ledger
