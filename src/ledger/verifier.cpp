#include "ledger/verifier.h"

#include <utility>

namespace ambit::ledger {

Verifier::Verifier(NoteVerifier key, CheckpointSource checkpoints, std::optional<Checkpoint> since)
    : key_(std::move(key)), source_(std::move(checkpoints)), since_(std::move(since)) {
  if (since_ && since_->origin != key_.name()) {
    report_.what =
        "the older checkpoint is of the log `" + since_->origin + "`, not of `" + key_.name() + "`";
    return;
  }
  read_next();
  check_at_this_size();
}

bool Verifier::entry(std::string_view bytes, const std::optional<Hash>& stored) {
  if (!ok()) return false;
  const Hash hash = leaf_hash(bytes);
  if (stored && *stored != hash && !suspect_) suspect_ = tree_.size();
  tree_.append(hash);
  ++report_.entries;
  check_at_this_size();
  return ok();
}

void Verifier::reject(std::uint64_t index, std::string what) {
  if (!ok()) return;
  report_.first_bad_index = index;
  report_.what = std::move(what);
}

VerifyReport Verifier::finish() {
  const std::uint64_t size = tree_.size();
  if (ok() && (next_ || since_)) {
    const std::uint64_t claimed = next_ ? next_->size : since_->size;
    if (suspect_) {
      reject(*suspect_, "entry " + std::to_string(*suspect_) +
                            " was changed, removed or moved: it differs from its stored hash");
    } else {
      reject(size, "entries " + std::to_string(size) + " to " + std::to_string(claimed - 1) +
                       " are missing: " + (next_ ? "a" : "the older") + " checkpoint covers " +
                       std::to_string(claimed) + " entries");
    }
  }
  if (ok() && suspect_) {
    reject(*suspect_, "entry " + std::to_string(*suspect_) +
                          " differs from its stored hash; no checkpoint covers it yet");
  }
  return report_;
}

void Verifier::read_next() {
  next_.reset();
  const std::optional<std::string> note = source_();
  if (!note) return;
  const std::string name = "checkpoint " + std::to_string(seen_++);
  auto opened = open_checkpoint(*note, key_);
  if (!opened) {
    report_.what = name + " (after size " + std::to_string(report_.sealed) +
                   ") is not valid: " + opened.error().message;
    return;
  }
  if (opened->size < report_.sealed) {
    report_.what = name + " goes back from size " + std::to_string(report_.sealed) + " to " +
                   std::to_string(opened->size);
    return;
  }
  next_ = *std::move(opened);
}

void Verifier::check_at_this_size() {
  while (ok() && next_ && next_->size == tree_.size()) {
    check_root(*next_, "checkpoint " + std::to_string(seen_ - 1));
    if (!ok()) return;
    ++report_.checkpoints;
    report_.sealed = tree_.size();
    read_next();
  }
  if (ok() && since_ && since_->size == tree_.size()) {
    if (since_->root != tree_.root()) {
      report_.what = "the log is not a continuation of the older checkpoint of size " +
                     std::to_string(since_->size) + ": its root differs";
      if (since_->size > 0) report_.first_bad_index = 0;
    }
    since_.reset();
  }
}

void Verifier::check_root(const Checkpoint& checkpoint, const std::string& name) {
  const std::string size = std::to_string(checkpoint.size);
  if (checkpoint.root == tree_.root()) {
    if (!suspect_) return;
    reject(*suspect_, "the stored hash of entry " + std::to_string(*suspect_) +
                          " was changed; the entry itself fits " + name + " of size " + size);
    return;
  }
  if (suspect_) {
    reject(*suspect_, "entry " + std::to_string(*suspect_) +
                          " was changed, removed or moved: it differs from its stored hash, and " +
                          name + " of size " + size + " does not fit");
    return;
  }
  if (checkpoint.size == report_.sealed) {
    report_.what = name + " has another root than the one before it for the same size " + size;
    return;
  }
  std::string range = "entry " + std::to_string(report_.sealed);
  if (checkpoint.size - report_.sealed > 1) {
    range = "one of the entries " + std::to_string(report_.sealed) + " to " +
            std::to_string(checkpoint.size - 1);
  }
  reject(report_.sealed,
         range + " was changed, removed or moved, together with its stored hashes: " + name +
             " of size " + size + " does not fit");
}

}  // namespace ambit::ledger
