#include "evidence/internal/opened_values.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "text/base64url.h"
#include "text/canonical_object.h"
#include "text/canonical_reader.h"
#include "vault/open_record.h"

namespace ambit::evidence {
namespace {

using text::CanonicalReader;
using text::Json;

constexpr std::size_t kMaxWrong = 20;

// One line of the file: a key, or the values of an entry.
struct Line {
  std::string key;
  std::string committing;  // its bytes
  std::optional<std::uint64_t> entry;
  std::string_view values;
};

std::optional<Line> parse_line(std::string_view bytes) {
  Line out;
  std::size_t members = 0;
  CanonicalReader in(bytes);
  for (auto member = in.object(); member.next(); ++members) {
    if (member.key() == "commit") {
      std::array<std::uint8_t, 32> secret{};
      if (!text::read_base64url(in.plain_text(), secret)) return std::nullopt;
      out.committing.assign(secret.begin(), secret.end());
    } else if (member.key() == "key") {
      in.text(out.key);
    } else if (member.key() == "entry") {
      const std::int64_t entry = in.integer();
      if (entry < 0) return std::nullopt;
      out.entry = static_cast<std::uint64_t>(entry);
    } else if (member.key() == "values") {
      out.values = in.raw();
    } else {
      return std::nullopt;
    }
  }
  const bool is_key = !out.key.empty() && !out.committing.empty();
  const bool is_values = out.entry && out.values.starts_with('{');
  if (!in.end() || members != 2 || is_key == is_values) return std::nullopt;
  return out;
}

class Checker {
 public:
  explicit Checker(const std::vector<EntryLine>& lines) : lines_(lines) {}

  void check(std::size_t number, std::string_view bytes) {
    const auto line = parse_line(bytes);
    if (!line || !in_order(*line)) {
      return wrong("line " + std::to_string(number) + " of `opened.jsonl` is not of its form");
    }
    if (!line->entry) {
      committing_[line->key] = line->committing;
      last_key_ = line->key;
      return;
    }
    last_entry_ = *line->entry;
    if (!fits(*line)) {
      return wrong("the values of entry " + std::to_string(*line->entry) +
                       " are not those that it commits to",
                   line->entry);
    }
    ++right_;
  }

  void wrong(std::string what, std::optional<std::uint64_t> entry = {}) {
    if (wrong_.size() < kMaxWrong) wrong_.push_back({"opened", entry, std::move(what)});
  }
  std::vector<ExportFinding> take() { return std::move(wrong_); }
  std::uint64_t right() const { return right_; }

 private:
  bool in_order(const Line& line) const {
    if (line.entry) return !last_entry_ || *last_entry_ < *line.entry;
    return !last_entry_ && last_key_ < line.key;
  }

  bool fits(const Line& line) const {
    const auto found = std::lower_bound(
        lines_.begin(), lines_.end(), *line.entry,
        [](const EntryLine& one, std::uint64_t index) { return one.index < index; });
    if (found == lines_.end() || found->index != *line.entry) return false;
    const auto record = ledger::decode_record(found->index, found->record);
    const Json* member = record ? record->body.find("sealed") : nullptr;
    if (member == nullptr) return false;
    const auto sealed = vault::read_sealed(*member);
    if (!sealed) return false;
    const auto committing = committing_.find(std::string(sealed->key));
    return committing != committing_.end() &&
           vault::commits_to(committing->second, sealed->key,
                             vault::context_of_body(record->kind, record->body), line.values,
                             sealed->commitment);
  }

  const std::vector<EntryLine>& lines_;
  std::map<std::string, std::string> committing_;
  std::string last_key_;
  std::optional<std::uint64_t> last_entry_;
  std::vector<ExportFinding> wrong_;
  std::uint64_t right_ = 0;
};

}  // namespace

Result<> ValueOpener::add(const ledger::Record& record, std::string_view beside) {
  const Json* member = record.body.find("sealed");
  if (member == nullptr) return {};
  AMBIT_TRY(const vault::SealedMember sealed, vault::read_sealed(*member));
  const std::string id(sealed.key);
  AMBIT_TRY(const vault::FoundKey found, keys_.find(id));
  if (!found.key) {
    ++(found.state == vault::KeyState::kErased ? erased_ : locked_);
    return {};
  }
  const auto values =
      found.key->open(vault::context_of_body(record.kind, record.body), sealed.commitment, beside);
  if (!values) {
    return fail(values.error().code, values.error().reason,
                "entry " + std::to_string(record.index) + ": " + values.error().message);
  }
  committing_[id] = found.key->committing_key().expose();
  text::CanonicalObject line(lines_);
  line.number("entry", static_cast<std::int64_t>(record.index));
  line.begin("values") += *values;
  line.end();
  lines_ += '\n';
  ++opened_;
  return {};
}

std::string ValueOpener::file() const {
  std::string out;
  for (const auto& [id, secret] : committing_) {
    text::CanonicalObject line(out);
    line.text("commit", text::to_base64url(secret));
    line.text("key", id);
    line.end();
    out += '\n';
  }
  return out + lines_;
}

std::vector<ExportFinding> wrong_values(std::string_view file, const std::vector<EntryLine>& lines,
                                        std::uint64_t& right) {
  Checker checker(lines);
  for (std::size_t number = 1; !file.empty(); ++number) {
    const std::size_t end = file.find('\n');
    if (end == std::string_view::npos) {
      checker.wrong("the last line of `opened.jsonl` is cut off");
      break;
    }
    checker.check(number, file.substr(0, end));
    file.remove_prefix(end + 1);
  }
  right += checker.right();
  return checker.take();
}

}  // namespace ambit::evidence
