// Walks a log beside its checkpoints and names the first thing that is wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/checkpoint.h"
#include "ledger/key_chain.h"
#include "ledger/merkle.h"

namespace ambit::ledger {

// What kind of thing is wrong.
enum class Finding {
  kNone,
  kEdited,      // an entry has other bytes
  kRemoved,     // an entry is gone, those behind it moved up
  kInserted,    // an entry was put in, those behind it moved down
  kReordered,   // two entries changed places
  kChanged,     // one of these within a range of entries, together with the stored hashes
  kTruncated,   // entries at the end that a checkpoint of the ledger itself covers are missing
  kRolledBack,  // entries that a checkpoint kept elsewhere covers are missing
  kForked,      // it is not a continuation of a checkpoint kept elsewhere
  kCheckpoint,  // a checkpoint was altered, goes back, or contradicts the one before
  kKey,         // signed with a key that the ledger's keys did not hand over to, or a forged change
  kFile,        // a header, tile, index or other derived file does not fit the entries
  kAbsent,      // entries are archived and their archive is not at hand
  kValues,      // what stands beside an entry is not what the entry commits to
};

// `entry_edited`, `rolled_back`, ...: stable, for machines.
const char* name_of(Finding finding);

// Entries [begin, end).
struct EntryRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  friend bool operator==(const EntryRange&, const EntryRange&) = default;
};

struct VerifyReport {
  std::uint64_t entries = 0;      // walked
  std::uint64_t sealed = 0;       // of these, covered by the last checkpoint that fits
  std::uint64_t checkpoints = 0;  // whose signature and root fit
  // The first entry that is wrong, or the first that could be where only a range is known.
  std::optional<std::uint64_t> first_bad_index;
  Finding finding = Finding::kNone;
  std::string what;  // empty when nothing is wrong
  // Entries whose bytes are not at hand, of which only the hashes were checked.
  std::vector<EntryRange> absent;
  std::uint64_t keys = 0;  // that signed this log, one after the other

  bool ok() const { return what.empty(); }
};

// Gives the log's checkpoints as signed notes, in the order in which they were made.
using CheckpointSource = std::function<std::optional<std::string>()>;

// A checkpoint of the log that somebody else kept or saw.
struct Anchor {
  std::string name;  // for messages: `the checkpoint kept elsewhere`
  std::string note;
};

// Give it every entry in order, then `finish`. It detects changed, removed, inserted and reordered
// entries, a log cut off behind a checkpoint, checkpoints that another key signed, that were
// altered, that go back, a change of keys that the key before did not sign, and a log that is not a
// continuation of an anchor. What it cannot see: entries after the last checkpoint that were
// removed again, and a log rewritten or rolled back by the holder of its key, unless an anchor is
// given.
class Verifier {
 public:
  // `first` is the log's first key. Fails with `note.form` or `checkpoint.form` when an anchor is
  // not a checkpoint.
  static Result<Verifier> make(NoteVerifier first, CheckpointSource checkpoints,
                               std::vector<Anchor> anchors = {});

  // `stored` is the leaf hash that the log kept for this entry; it allows naming the very entry
  // where a checkpoint alone gives a range. Returns false once nothing more can be learnt.
  bool entry(std::string_view bytes, const std::optional<Hash>& stored = {});
  // The same for an entry of which only the stored leaf hash is at hand.
  bool absent(const Hash& stored);

  // Gives the stored leaf hash of any entry, where there is one. With it the kind of a finding is
  // known up to the end of the log.
  void look_up_stored(std::function<std::optional<Hash>(std::uint64_t index)> stored) {
    stored_at_ = std::move(stored);
  }

  // Reports something that the caller found at entry `index` of the log's own framing.
  void reject(std::uint64_t index, Finding finding, std::string what);

  VerifyReport finish();

  std::uint64_t size() const { return tree_.size(); }
  // Leaf hash of the entry that was given last.
  const Hash& last_leaf() const { return last_leaf_; }
  const Frontier& tree() const { return tree_; }
  const KeyChain& keys() const { return keys_; }
  // False once nothing more can be learnt.
  bool ok() const { return report_.ok(); }

 private:
  struct Waiting {
    Anchor anchor;
    Checkpoint claimed;  // its signature is checked once the keys for its size are known
  };

  Verifier(NoteVerifier first, CheckpointSource checkpoints)
      : keys_(std::move(first)), source_(std::move(checkpoints)) {}

  void add_leaf(const Hash& hash, const std::optional<Hash>& stored);
  void read_next();
  void check_at_this_size();
  void check_next();
  void check_anchor(const Waiting& waiting);
  void check_root(const Checkpoint& checkpoint);
  void conclude();
  void note_missing();
  void fail_with(std::optional<std::uint64_t> index, Finding finding, std::string what);
  Finding classify(std::string& what) const;
  bool clean() const { return report_.ok() && misfit_.empty(); }

  KeyChain keys_;
  CheckpointSource source_;
  std::optional<std::string> next_;  // a note of the log
  Checkpoint next_claimed_;
  std::uint64_t seen_ = 0;        // checkpoints read so far
  std::vector<Waiting> anchors_;  // not reached yet, the largest first
  // First entry after the last good checkpoint that differs from its stored hash, and the hashes
  // found and stored from there on: from how they are shifted shows what was done.
  std::optional<std::uint64_t> suspect_;
  std::vector<Hash> found_;
  std::vector<Hash> stored_;
  std::function<std::optional<Hash>(std::uint64_t)> stored_at_;
  std::string misfit_;  // the checkpoint that does not fit, while more is read about the suspect
  Frontier tree_;
  Hash last_leaf_;
  VerifyReport report_;
};

}  // namespace ambit::ledger
