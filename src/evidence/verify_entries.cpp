// The entries of a bundle: all that are listed, each in its place, nothing else.
#include <algorithm>

#include "evidence/internal/verification.h"
#include "ledger/record.h"

namespace ambit::evidence {
namespace {

std::string entry_text(std::uint64_t index) { return "entry " + std::to_string(index); }

}  // namespace

void Verification::parse_lines() {
  std::string_view text = file(kEntries);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    auto line = end == std::string_view::npos
                    ? Result<EntryLine>(fail(Code::kInvalid, "", "it is cut off"))
                    : parse_entry_line(text.substr(0, end));
    const auto where = "line " + std::to_string(number) + " of `entries.jsonl`";
    if (!line) {
      // Its place in the list tells which entry it was.
      const auto listed = number <= listed_.size() ? std::optional(listed_[number - 1])
                                                   : std::optional<std::uint64_t>();
      find(end == std::string_view::npos ? "truncated" : "entry_edited",
           where + " is not an entry: " + line.error().message, listed);
      if (end == std::string_view::npos) return;
    } else {
      lines_.push_back(*std::move(line));
    }
    text.remove_prefix(end + 1);
  }
  report_.entries = lines_.size();
}

void Verification::compare_with_list() {
  for (std::size_t i = 1; i < lines_.size(); ++i) {
    if (lines_[i - 1].index < lines_[i].index) continue;
    const bool twice = lines_[i - 1].index == lines_[i].index;
    find(twice ? "entry_inserted" : "entries_reordered",
         entry_text(lines_[i].index) + (twice ? " stands there twice" : " stands behind ") +
             (twice ? "" : entry_text(lines_[i - 1].index)),
         std::min(lines_[i - 1].index, lines_[i].index));
  }
  std::vector<std::uint64_t> present;
  for (const EntryLine& line : lines_) present.push_back(line.index);
  std::sort(present.begin(), present.end());
  std::vector<std::uint64_t> odd;
  std::set_difference(present.begin(), present.end(), listed_.begin(), listed_.end(),
                      std::back_inserter(odd));
  for (const std::uint64_t index : odd) {
    find("entry_inserted", entry_text(index) + " is not one that the manifest lists", index);
  }
  odd.clear();
  std::set_difference(listed_.begin(), listed_.end(), present.begin(), present.end(),
                      std::back_inserter(odd));
  for (const std::uint64_t index : odd) {
    const bool at_end = present.empty() || index > present.back();
    find(at_end ? "truncated" : "entry_removed",
         entry_text(index) + (at_end ? " and what follows it were cut off" : " was removed"),
         index);
    if (at_end) break;
  }
}

bool Verification::fits(std::size_t line, std::uint64_t index) {
  return index < report_.checkpoint.size &&
         climber_->proves({0, index}, ledger::leaf_hash(lines_[line].record), false);
}

// An entry that is not in its place may be in another: that tells what was done.
void Verification::name_misfit(std::size_t line) {
  const std::uint64_t index = lines_[line].index;
  if (was_changed(kNodes) && !was_changed(kEntries)) {
    explained_.insert(kNodes);
    return find("proof", "the hashes in `nodes` do not prove " + entry_text(index), index);
  }
  explained_.insert(kEntries);
  if (line + 1 < lines_.size() && fits(line + 1, index)) {
    return find("entry_inserted", "an entry was put in before " + entry_text(index), index);
  }
  for (const std::uint64_t other : listed_) {
    if (other == index || !fits(line, other)) continue;
    const bool moved_up = std::find_if(lines_.begin(), lines_.end(), [&](const EntryLine& at) {
                            return fits(static_cast<std::size_t>(&at - lines_.data()), index);
                          }) == lines_.end();
    return find(moved_up ? "entry_removed" : "entries_reordered",
                moved_up
                    ? entry_text(index) + " was removed, " + entry_text(other) + " is in its place"
                    : entry_text(index) + " and " + entry_text(other) + " changed places",
                index);
  }
  find("entry_edited", entry_text(index) + " was changed", index);
}

void Verification::prove_lines() {
  std::vector<std::size_t> misfits;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const EntryLine& line = lines_[i];
    if (line.index >= report_.checkpoint.size ||
        !climber_->proves({0, line.index}, ledger::leaf_hash(line.record))) {
      misfits.push_back(i);
    } else if (!ledger::decode_record(line.index, line.record)) {
      find("entry_edited", entry_text(line.index) + " is not a record of this format", line.index);
    }
  }
  // Naming searches; one misfit says what was done, and of many a few are enough.
  constexpr std::size_t kNamed = 4;
  for (std::size_t i = 0; i < std::min(misfits.size(), kNamed); ++i) name_misfit(misfits[i]);
}

// Every change of keys that `keys` claims is a record that says so.
void Verification::check_key_records() {
  ledger::KeyChain chain(keys_->keys().front().key);
  for (const EntryLine& line : lines_) {
    if (!ledger::is_key_record(line.record)) continue;
    const auto added = chain.add(line.index, line.record);
    if (!added) find("key", added.error().message, line.index);
  }
  if (chain.to_text() != keys_->to_text()) {
    find("key", "`keys` does not hold the keys that the log's entries name");
  }
}

// A range that is asked for is whole.
void Verification::check_selection() {
  const Selection& selection = manifest_.selection;
  if (!selection.is_range()) return;
  const std::uint64_t to = std::min(selection.to, report_.checkpoint.size);
  const auto within = std::find_if(
      manifest_.ranges.begin(), manifest_.ranges.end(),
      [&](const auto& range) { return range.begin <= selection.from && range.end >= to; });
  if (within != manifest_.ranges.end() || selection.from >= to) return;
  std::uint64_t first = selection.from;
  for (const ledger::EntryRange& range : manifest_.ranges) {
    if (range.begin <= first && first < range.end) first = range.end;
  }
  find("entry_removed", entry_text(first) + " is of the range selected and not in the bundle",
       first);
}

void Verification::check_entries() {
  // The manifest is a stranger's: it must not make us list entries without end.
  constexpr std::uint64_t kAlwaysListed = 1u << 20;
  constexpr std::size_t kShortestLine = std::string_view("{\"index\":0,\"record\":{}}\n").size();
  if (manifest_.count > kAlwaysListed + file(kEntries).size() / kShortestLine) {
    explained_.insert(kEntries);
    return find("truncated", "`entries.jsonl` is too short for the " +
                                 std::to_string(manifest_.count) + " entries of the manifest");
  }
  for (const ledger::EntryRange& range : manifest_.ranges) {
    for (std::uint64_t i = range.begin; i < range.end; ++i) listed_.push_back(i);
  }
  parse_lines();
  const std::size_t before = report_.findings.size();
  compare_with_list();
  prove_lines();
  check_selection();
  check_key_records();
  if (report_.findings.size() > before) explained_.insert(kEntries);
}

}  // namespace ambit::evidence
