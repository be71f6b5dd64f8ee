#include "ledger/verifier.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ambit::ledger {
namespace {

// How many entries from the first wrong one on are compared to learn what was done.
constexpr std::size_t kWindow = 512;

Finding finding_of(const Error& error) {
  return error.reason == "note.unknown_key" ? Finding::kKey : Finding::kCheckpoint;
}

std::string entry_name(std::uint64_t index) { return "entry " + std::to_string(index); }

}  // namespace

const char* name_of(Finding finding) {
  static constexpr std::array<const char*, 14> kNames{
      "none",    "entry_edited", "entry_removed", "entry_inserted", "entries_reordered",
      "changed", "truncated",    "rolled_back",   "forked",         "checkpoint",
      "key",     "file",         "absent",        "values_altered"};
  return kNames[static_cast<std::size_t>(finding)];
}

Result<Verifier> Verifier::make(NoteVerifier first, CheckpointSource checkpoints,
                                std::vector<Anchor> anchors) {
  Verifier out(std::move(first), std::move(checkpoints));
  for (Anchor& anchor : anchors) {
    AMBIT_TRY(const UnverifiedNote note, parse_note(anchor.note));
    AMBIT_TRY(Checkpoint claimed, parse_checkpoint_text(note.text));
    if (claimed.origin != out.keys_.origin()) {
      out.fail_with({}, Finding::kForked,
                    anchor.name + " is of the log `" + claimed.origin + "`, not of `" +
                        out.keys_.origin() + "`");
    }
    out.anchors_.push_back({std::move(anchor), std::move(claimed)});
  }
  std::sort(out.anchors_.begin(), out.anchors_.end(),
            [](const Waiting& a, const Waiting& b) { return a.claimed.size > b.claimed.size; });
  if (out.ok()) out.read_next();
  out.check_at_this_size();
  return out;
}

bool Verifier::entry(std::string_view bytes, const std::optional<Hash>& stored) {
  if (!report_.ok()) return false;
  const std::uint64_t index = tree_.size();
  if (misfit_.empty() && is_key_record(bytes)) {
    if (const auto added = keys_.add(index, bytes); !added) {
      fail_with(index, Finding::kKey, added.error().message);
      return false;
    }
  }
  add_leaf(leaf_hash(bytes), stored);
  return report_.ok();
}

bool Verifier::absent(const Hash& stored) {
  if (!report_.ok()) return false;
  const std::uint64_t index = tree_.size();
  if (report_.absent.empty() || report_.absent.back().end != index) {
    report_.absent.push_back({index, index});
  }
  ++report_.absent.back().end;
  add_leaf(stored, {});
  return report_.ok();
}

void Verifier::add_leaf(const Hash& hash, const std::optional<Hash>& stored) {
  if (stored && *stored != hash && !suspect_) suspect_ = tree_.size();
  if (suspect_ && found_.size() < kWindow) {
    found_.push_back(hash);
    if (stored) stored_.push_back(*stored);
  }
  last_leaf_ = hash;
  tree_.append(hash);
  ++report_.entries;
  if (misfit_.empty()) {
    check_at_this_size();
  } else if (found_.size() == kWindow) {
    conclude();
  }
}

void Verifier::reject(std::uint64_t index, Finding finding, std::string what) {
  if (!report_.ok()) return;
  // What made the framing go wrong is the entry that differs, if there is one.
  if (suspect_) return conclude();
  fail_with(index, finding, std::move(what));
}

void Verifier::fail_with(std::optional<std::uint64_t> index, Finding finding, std::string what) {
  if (!report_.ok()) return;
  report_.first_bad_index = index;
  report_.finding = finding;
  report_.what = std::move(what);
}

VerifyReport Verifier::finish() {
  report_.keys = keys_.keys().size();
  if (!misfit_.empty()) conclude();
  if (report_.ok() && (next_ || !anchors_.empty())) {
    if (suspect_) {
      conclude();
    } else {
      note_missing();
    }
  }
  if (report_.ok() && suspect_) conclude();
  return report_;
}

// The log ends before a checkpoint's size.
void Verifier::note_missing() {
  const std::uint64_t size = tree_.size();
  const std::uint64_t claimed = next_ ? next_claimed_.size : anchors_.front().claimed.size;
  const std::string missing =
      "entries " + std::to_string(size) + " to " + std::to_string(claimed - 1) + " are missing: ";
  if (next_) {
    if (const auto opened = keys_.open(*next_, report_.sealed); !opened) {
      return fail_with({}, finding_of(opened.error()),
                       "checkpoint " + std::to_string(seen_ - 1) + " (after size " +
                           std::to_string(report_.sealed) +
                           ") is not valid: " + opened.error().message);
    }
    return fail_with(size, Finding::kTruncated,
                     missing + "a checkpoint covers " + std::to_string(claimed) + " entries");
  }
  const Anchor& anchor = anchors_.front().anchor;
  if (const auto opened = keys_.open(anchor.note); !opened) {
    return fail_with({}, Finding::kKey,
                     "no key of this ledger signed " + anchor.name + ": " + opened.error().message);
  }
  fail_with(size, Finding::kRolledBack,
            missing + anchor.name + " covers " + std::to_string(claimed) +
                " entries, so that the ledger was rolled back");
}

void Verifier::read_next() {
  next_ = source_();
  if (!next_) return;
  const std::string name = "checkpoint " + std::to_string(seen_++);
  const auto note = parse_note(*next_);
  const auto claimed = note ? parse_checkpoint_text(note->text) : fail(note.error());
  if (!claimed) {
    return fail_with({}, Finding::kCheckpoint,
                     name + " (after size " + std::to_string(report_.sealed) +
                         ") is not valid: " + claimed.error().message);
  }
  if (claimed->size < report_.sealed) {
    return fail_with({}, Finding::kCheckpoint,
                     name + " goes back from size " + std::to_string(report_.sealed) + " to " +
                         std::to_string(claimed->size));
  }
  next_claimed_ = *claimed;
}

void Verifier::check_at_this_size() {
  while (clean() && next_ && next_claimed_.size == tree_.size()) check_next();
  while (clean() && !anchors_.empty() && anchors_.back().claimed.size == tree_.size()) {
    check_anchor(anchors_.back());
    anchors_.pop_back();
  }
}

void Verifier::check_next() {
  const auto opened = keys_.open(*next_, report_.sealed);
  if (!opened) {
    // An edited entry can be why the keys are not known.
    if (suspect_) return check_root(next_claimed_);
    return fail_with({}, finding_of(opened.error()),
                     "checkpoint " + std::to_string(seen_ - 1) + " (after size " +
                         std::to_string(report_.sealed) +
                         ") is not valid: " + opened.error().message);
  }
  check_root(*opened);
  if (!clean()) return;
  ++report_.checkpoints;
  report_.sealed = tree_.size();
  read_next();
}

void Verifier::check_anchor(const Waiting& waiting) {
  const std::string size = std::to_string(waiting.claimed.size);
  if (const auto opened = keys_.open(waiting.anchor.note); !opened) {
    return fail_with({}, Finding::kKey,
                     "no key of this ledger signed " + waiting.anchor.name + ", of size " + size +
                         ": " + opened.error().message);
  }
  if (waiting.claimed.root == tree_.root()) return;
  if (suspect_) return conclude();
  std::optional<std::uint64_t> first;
  if (waiting.claimed.size > 0) first = 0;
  fail_with(first, Finding::kForked,
            "the ledger forked: it is not a continuation of " + waiting.anchor.name +
                ", whose root for the first " + size + " entries is another one");
}

void Verifier::check_root(const Checkpoint& checkpoint) {
  const std::string name = "checkpoint " + std::to_string(seen_ - 1);
  const std::string size = std::to_string(checkpoint.size);
  if (checkpoint.root == tree_.root()) {
    if (!suspect_) return;
    return fail_with(*suspect_, Finding::kFile,
                     "the stored hash of " + entry_name(*suspect_) +
                         " was changed; the entry itself fits " + name + " of size " + size);
  }
  if (suspect_) {
    misfit_ = name + " of size " + size + " does not fit";
    if (found_.size() == kWindow) conclude();
    return;
  }
  if (checkpoint.size == report_.sealed) {
    return fail_with({}, Finding::kCheckpoint,
                     name + " has another root than the one before it for the same size " + size);
  }
  std::string range = entry_name(report_.sealed);
  if (checkpoint.size - report_.sealed > 1) {
    range = "one of the entries " + std::to_string(report_.sealed) + " to " +
            std::to_string(checkpoint.size - 1);
  }
  fail_with(report_.sealed, Finding::kChanged,
            range + " was changed, removed or moved, together with its stored hashes: " + name +
                " of size " + size + " does not fit");
}

// Precondition: there is a suspect.
void Verifier::conclude() {
  while (stored_at_ && stored_.size() < found_.size() + 2) {
    const auto next = stored_at_(*suspect_ + stored_.size());
    if (!next) break;
    stored_.push_back(*next);
  }
  std::string what;
  const Finding finding = classify(what);
  what += ": it differs from its stored hash, and ";
  what += misfit_.empty() ? "no checkpoint that covers it was reached" : misfit_;
  misfit_.clear();
  fail_with(*suspect_, finding, std::move(what));
}

// Compares the hashes found from the suspect on with those stored: what was removed or inserted
// moved all that stands behind it.
Finding Verifier::classify(std::string& what) const {
  const auto place_in = [](const std::vector<Hash>& hashes, const Hash& hash) {
    return static_cast<std::size_t>(std::find(hashes.begin(), hashes.end(), hash) - hashes.begin());
  };
  // Whether `ahead` goes on from `by` as `behind` does from its beginning.
  const auto moved = [](const std::vector<Hash>& behind, const std::vector<Hash>& ahead,
                        std::size_t by) {
    if (by >= ahead.size()) return false;
    return behind.size() == 1 || (by + 1 < ahead.size() && ahead[by + 1] == behind[1]);
  };
  const std::string name = entry_name(*suspect_);
  const std::size_t moved_to = place_in(found_, stored_.front());
  const std::size_t came_from = place_in(stored_, found_.front());
  if (moved_to < found_.size() && came_from < stored_.size() && moved_to == came_from) {
    what = name + " and entry " + std::to_string(*suspect_ + moved_to) + " were reordered";
    return Finding::kReordered;
  }
  if (moved(found_, stored_, came_from)) {
    what = name + " was removed";
    return Finding::kRemoved;
  }
  if (moved(stored_, found_, moved_to)) {
    what = name + " was inserted";
    return Finding::kInserted;
  }
  what = name + " was changed";
  return Finding::kEdited;
}

}  // namespace ambit::ledger
