#include "evidence/verify_export.h"

#include <algorithm>
#include <utility>

#include "evidence/internal/opened_values.h"
#include "evidence/internal/verification.h"
#include "evidence/tar.h"
#include "ledger/record.h"
#include "text/base64url.h"

namespace ambit::evidence {
namespace {

constexpr std::size_t kMaxFindings = 20;

std::string entries_text(std::uint64_t size) { return std::to_string(size) + " entries"; }

}  // namespace

void Verification::find(const char* finding, std::string what, std::optional<std::uint64_t> entry) {
  if (report_.findings.size() < kMaxFindings) {
    report_.findings.push_back({finding, entry, std::move(what)});
  }
}

bool Verification::was_changed(const char* name) const {
  const auto listed = manifest_.digests.find(name);
  return listed == manifest_.digests.end() ||
         listed->second != text::to_hex(crypto::sha256(file(name)).view());
}

bool Verification::open_archive(std::string_view archive) {
  const auto files = read_tar(archive);
  if (!files) {
    find("archive", files.error().message);
    return false;
  }
  const bool opened = std::any_of(files->begin(), files->end(),
                                  [](const TarFile& one) { return one.name == kOpened; });
  const auto listed = listed_files(opened);
  std::vector<std::string> names(listed.begin(), listed.end());
  names.insert(names.end(), {kManifest, kSignature});
  for (std::size_t i = 0; i < std::max(names.size(), files->size()); ++i) {
    if (i >= files->size() || i >= names.size() || (*files)[i].name != names[i]) {
      find("archive", i < names.size() ? "`" + names[i] + "` is not in its place in the archive"
                                       : "the archive holds more than a bundle has");
      return false;
    }
    files_.emplace(names[i], (*files)[i].bytes);
  }
  return true;
}

bool Verification::open_manifest() {
  auto manifest = parse_manifest(file(kManifest));
  if (!manifest) {
    find("manifest", manifest.error().message);
    return false;
  }
  if (manifest->opened != files_.contains(kOpened)) {
    find("manifest", "`manifest.json` is of a format that has other files");
    return false;
  }
  manifest_ = *std::move(manifest);
  report_.selection = manifest_.selection;
  report_.matched = manifest_.matched;
  return true;
}

bool Verification::check_keys() {
  auto keys = ledger::KeyChain::parse(file(kKeys));
  if (!keys) {
    find("key", "`keys` is not valid: " + keys.error().message);
    return false;
  }
  keys_ = *std::move(keys);
  report_.keys = keys_->keys().size();
  if (trust_.key && !keys_->contains(*trust_.key)) {
    find("key", "the bundle is of a log that never had the key `" + trust_.key->to_text() + "`");
    return false;
  }
  if (keys_->origin() != manifest_.origin) {
    find("key", "`keys` are of the log `" + keys_->origin() + "`, the manifest is of `" +
                    manifest_.origin + "`");
    return false;
  }
  return true;
}

// What the manifest says of the checkpoint tells what became of it.
bool Verification::check_checkpoint() {
  const std::string note(file(kCheckpoint));
  const auto opened = keys_->open(note);
  if (!opened) {
    explained_.insert(kCheckpoint);
    const bool key = opened.error().reason == "note.unknown_key";
    find(key ? "key" : "checkpoint", "`checkpoint`: " + opened.error().message);
    return false;
  }
  report_.checkpoint = *opened;
  const auto named =
      entries_text(opened->size) + ", the manifest names one of " + entries_text(manifest_.size);
  if (opened->size < manifest_.size) {
    explained_.insert(kCheckpoint);
    find("rolled_back", "the checkpoint covers " + named, opened->size);
    return false;
  }
  if (opened->size != manifest_.size || opened->root != manifest_.root) {
    explained_.insert(kCheckpoint);
    find("forked", "the checkpoint states another history of " + named);
    return false;
  }
  const auto cosigned = ledger::check_quorum(note, trust_.witnesses);
  if (!cosigned) find("checkpoint", "`checkpoint`: " + cosigned.error().message);
  return true;
}

bool Verification::check_nodes() {
  auto nodes = parse_nodes(file(kNodes));
  if (!nodes) {
    explained_.insert(kNodes);
    find("proof", nodes.error().message);
    return false;
  }
  nodes_ = *std::move(nodes);
  climber_.emplace(report_.checkpoint.size, nodes_);
  if (!climber_->believe_peaks(report_.checkpoint.root)) {
    explained_.insert(kNodes);
    find("proof", "the hashes in `nodes` do not give the root of the checkpoint");
    return false;
  }
  return true;
}

void Verification::check_checkpoints() {
  auto notes = parse_notes(file(kCheckpoints));
  if (!notes) return find("checkpoint", notes.error().message);
  notes->emplace_back(file(kCheckpoint));
  std::uint64_t previous = 0;
  for (std::size_t i = 0; i < notes->size(); ++i) {
    const std::string which = i + 1 < notes->size()
                                  ? "checkpoint " + std::to_string(i + 1) + " of `checkpoints`"
                                  : std::string("`checkpoint`");
    const auto opened = keys_->open((*notes)[i], previous);
    if (!opened) {
      explained_.insert(kCheckpoints);
      find(opened.error().reason == "note.unknown_key" ? "key" : "checkpoint",
           which + ": " + opened.error().message);
      continue;
    }
    const bool last = i + 1 == notes->size();
    if (!last && (opened->size >= report_.checkpoint.size || (i > 0 && opened->size <= previous))) {
      explained_.insert(kCheckpoints);
      find("checkpoint", which + " is out of order");
    }
    previous = opened->size;
    const auto answer = climber_->has_prefix(opened->size, opened->root);
    if (answer == Climber::Answer::kYes) continue;
    explained_.insert(answer == Climber::Answer::kNo ? kCheckpoints : kNodes);
    find(answer == Climber::Answer::kNo ? "forked" : "proof",
         which + " of " + entries_text(opened->size) +
             (answer == Climber::Answer::kNo ? " states another history than the newest one"
                                             : " cannot be compared: `nodes` lacks hashes"));
  }
}

void Verification::check_since() {
  if (trust_.since.empty()) return;
  const auto kept = keys_->open(trust_.since);
  if (!kept) {
    return find("key", "the checkpoint kept elsewhere was not signed by a key of this bundle: " +
                           kept.error().message);
  }
  const std::string which = "the checkpoint kept elsewhere, of " + entries_text(kept->size) + ",";
  if (kept->size > report_.checkpoint.size) {
    return find(
        "rolled_back",
        which + " covers more than that of the bundle, of " + entries_text(report_.checkpoint.size),
        report_.checkpoint.size);
  }
  switch (climber_->has_prefix(kept->size, kept->root)) {
    case Climber::Answer::kYes: return;
    case Climber::Answer::kNo:
      return find("forked", "the log of this bundle does not continue " + which +
                                " it was forked or rewritten");
    case Climber::Answer::kUnknown:
      return find("not_comparable", which +
                                        " cannot be compared: ask for a bundle that was "
                                        "exported with `--since` and it");
  }
}

void Verification::check_files() {
  // Of entries that do not fit it is known already that their nodes are not confirmed.
  if (climber_ && !explained_.contains(kNodes) && !explained_.contains(kEntries)) {
    if (const NodeId* node = climber_->unconfirmed()) {
      explained_.insert(kNodes);
      find("proof", "the hash of level " + std::to_string(node->level) + ", index " +
                        std::to_string(node->index) + " in `nodes` is not one of the tree");
    }
  }
  for (const char* name : listed_files(manifest_.opened)) {
    if (explained_.contains(name) || !was_changed(name)) continue;
    find("file", "`" + std::string(name) + "` is not the file that the manifest lists");
  }
}

void Verification::check_signature() {
  const std::string text =
      signed_text(format_of(manifest_.opened), manifest_.origin, file(kManifest));
  const auto opened = ledger::open_note(file(kSignature), keys_->last());
  if (!opened) {
    find("signature", "`manifest.sig`: " + opened.error().message);
  } else if (*opened != text) {
    find("signature", "the manifest is not the one that was signed");
  }
}

void Verification::check_references() {
  for (ExportFinding& missing : missing_references(lines_)) {
    find(missing.finding.c_str(), std::move(missing.what), missing.entry);
  }
}

void Verification::check_opened() {
  if (!manifest_.opened) return;
  for (ExportFinding& wrong : wrong_values(file(kOpened), lines_, report_.opened)) {
    find(wrong.finding.c_str(), std::move(wrong.what), wrong.entry);
  }
}

ExportReport Verification::run(std::string_view archive) {
  if (!open_archive(archive) || !open_manifest() || !check_keys()) return std::move(report_);
  if (check_checkpoint() && check_nodes()) {
    check_entries();
    check_checkpoints();
    check_since();
  }
  check_files();
  check_signature();
  if (report_.ok()) check_references();
  if (report_.ok()) check_opened();
  return std::move(report_);
}

ExportReport verify_export(std::string_view archive, const ExportTrust& trust) {
  return Verification(trust).run(archive);
}

}  // namespace ambit::evidence
