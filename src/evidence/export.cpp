#include "evidence/export.h"

#include <algorithm>
#include <utility>

#include "crypto/keys.h"
#include "evidence/internal/bundle_files.h"
#include "evidence/internal/nodes.h"
#include "evidence/internal/opened_values.h"
#include "evidence/internal/readme.h"
#include "evidence/tar.h"
#include "evidence/verify_export.h"
#include "ledger/checkpoint.h"
#include "ledger/key_chain.h"
#include "ledger/record.h"
#include "ledger_file/proofs.h"
#include "ledger_file/reader.h"
#include "text/base64url.h"

namespace ambit::evidence {
namespace {

using text::Json;

Result<ledger::Checkpoint> claimed(const std::string& note) {
  AMBIT_TRY(const ledger::UnverifiedNote parsed, ledger::parse_note(note));
  return ledger::parse_checkpoint_text(parsed.text);
}

Json number(std::uint64_t value) { return Json(static_cast<std::int64_t>(value)); }

// The ledger's files may have been changed, and nobody is handed what does not verify. What an
// entry names and the ledger never had is for the verifier to say.
Result<> check_sound(std::string_view bundle) {
  for (const ExportFinding& finding : verify_export(bundle).findings) {
    if (finding.finding == "reference") continue;
    return fail(Code::kInternal, "ledger.corrupt",
                "nothing was exported, for the bundle would not verify: " + finding.what + " (" +
                    finding.finding + ")");
  }
  return {};
}

class Exporter {
 public:
  Exporter(const ExportOptions& options, ledger_file::LedgerReader reader, ledger::KeyChain keys,
           std::string note, ledger::Checkpoint checkpoint, ledger::HashReader hashes)
      : options_(options),
        reader_(std::move(reader)),
        keys_(std::move(keys)),
        note_(std::move(note)),
        checkpoint_(std::move(checkpoint)),
        hashes_(std::move(hashes)) {
    if (options.open_with != nullptr) opened_.emplace(*options.open_with);
  }

  Result<ExportedBundle> run(const NoteSigner& sign);

 private:
  Result<> choose();
  Result<> collect_entries();
  Result<> collect_checkpoints();
  Result<> collect_nodes();
  std::string manifest() const;
  Result<std::string> pack(const NoteSigner& sign) const;

  const ExportOptions& options_;
  ledger_file::LedgerReader reader_;
  ledger::KeyChain keys_;
  std::string note_;
  ledger::Checkpoint checkpoint_;
  ledger::HashReader hashes_;
  Selector::Chosen chosen_;
  std::vector<std::uint64_t> older_;  // sizes of the checkpoints besides the newest
  std::map<std::string, std::string> files_;
  std::optional<ValueOpener> opened_;
};

Result<> Exporter::choose() {
  // What cannot be read might have been selected; the signature says that nothing was left out.
  if (reader_.size() < checkpoint_.size) {
    return fail(Code::kInternal, "ledger.corrupt",
                "entry " + std::to_string(reader_.size()) +
                    " cannot be read, and the checkpoint covers " +
                    std::to_string(checkpoint_.size) + " entries");
  }
  Selector selector(options_.selection);
  const auto [from, to] = std::pair(options_.selection.from, options_.selection.to);
  std::uint64_t next = 0;
  std::uint64_t selectable = 0;  // behind the last one of the range that was dropped
  AMBIT_CHECK_OK(reader_.scan(0, checkpoint_.size, [&](const ports::EntryView& entry) {
    if (std::max(next, from) < std::min(entry.index, to)) selectable = entry.index;
    next = entry.index + 1;
    selector.see(entry);
    return true;
  }));
  if (selectable > 0) {
    return fail(
        Code::kUnavailable, "ledger.dropped",
        "entries below " + std::to_string(selectable) +
            " were dropped under retention and might have been selected; select from entry " +
            std::to_string(selectable) + " on");
  }
  chosen_ = selector.choose();
  if (chosen_.matched > 0) return {};
  return fail(Code::kNotFound, "export.empty",
              "no entry below the checkpoint of " + std::to_string(checkpoint_.size) +
                  " entries is selected");
}

Result<> Exporter::collect_entries() {
  std::string& lines = files_[kEntries];
  std::size_t next = 0;
  std::uint64_t seen = chosen_.entries.front();
  Result<> wrong;
  AMBIT_CHECK_OK(reader_.scan(seen, chosen_.entries.back() + 1, [&](const ports::EntryView& entry) {
    if (entry.index != chosen_.entries[next]) return true;
    const auto record = ledger::decode_record(entry.index, entry.record);
    if (!record) {
      wrong = fail(Code::kUnsupported, "export.record",
                   "entry " + std::to_string(entry.index) + " is not a record of this format");
    } else if (opened_) {
      wrong = opened_->add(*record, entry.beside);
    }
    append_entry_line(lines, entry.index, entry.record, entry.beside);
    if (lines.size() + (opened_ ? opened_->bytes() : 0) > options_.max_bytes) {
      wrong = fail(Code::kExhausted, "export.too_large",
                   "the bundle would have more than " + std::to_string(options_.max_bytes) +
                       " bytes: select less");
    }
    return wrong && ++next < chosen_.entries.size();
  }));
  AMBIT_CHECK_OK(wrong);
  if (next == chosen_.entries.size()) return {};
  return fail(Code::kInternal, "ledger.corrupt",
              "entry " + std::to_string(chosen_.entries[next]) + " cannot be read");
}

Result<> Exporter::collect_checkpoints() {
  std::map<std::uint64_t, std::string> notes;
  for (std::size_t i = 1; i < keys_.keys().size(); ++i) {
    const std::uint64_t named_by = keys_.keys()[i].named_by;
    if (named_by >= checkpoint_.size) continue;
    AMBIT_TRY(std::string note, ledger_file::first_checkpoint_of(options_.directory, named_by));
    AMBIT_TRY(const ledger::Checkpoint handover, claimed(note));
    notes.emplace(handover.size, std::move(note));
  }
  if (!options_.since.empty()) {
    AMBIT_TRY(const ledger::Checkpoint since, keys_.open(options_.since));
    const auto root = since.size <= checkpoint_.size
                          ? ledger::root_at(since.size, hashes_)
                          : Result<ledger::Hash>(fail(Code::kConflict, "", ""));
    if (!root || *root != since.root) {
      return fail(Code::kConflict, "export.since",
                  "this log of " + std::to_string(checkpoint_.size) +
                      " entries does not continue the checkpoint of " + std::to_string(since.size) +
                      " entries that was kept");
    }
    notes.emplace(since.size, options_.since);
  }
  notes.erase(checkpoint_.size);
  std::vector<std::string> texts;
  for (auto& [size, note] : notes) {
    older_.push_back(size);
    texts.push_back(std::move(note));
  }
  files_[kCheckpoints] = encode_notes(texts);
  return {};
}

Result<> Exporter::collect_nodes() {
  NodeMap nodes;
  for (const NodeId& node : nodes_needed(checkpoint_.size, chosen_.entries, older_)) {
    AMBIT_TRY(nodes[node], hashes_(node.level, node.index));
  }
  files_[kNodes] = encode_nodes(nodes);
  return {};
}

std::string Exporter::manifest() const {
  text::JsonArray ranges, files;
  for (const ledger::EntryRange& range : ranges_of(chosen_.entries)) {
    ranges.push_back(Json::array({number(range.begin), number(range.end)}));
  }
  for (const char* name : listed_files(opened_.has_value())) {
    const std::string& bytes = files_.at(name);
    files.push_back(Json::object({{"bytes", number(bytes.size())},
                                  {"name", name},
                                  {"sha256", text::to_hex(crypto::sha256(bytes).view())}}));
  }
  return text::to_canonical_json(Json::object(
             {{"checkpoint", Json::object({{"root", text::to_base64(checkpoint_.root.view())},
                                           {"size", number(checkpoint_.size)}})},
              {"entries", Json::object({{"count", number(chosen_.entries.size())},
                                        {"matched", number(chosen_.matched)},
                                        {"ranges", Json(std::move(ranges))}})},
              {"files", Json(std::move(files))},
              {"format", format_of(opened_.has_value())},
              {"origin", checkpoint_.origin},
              {"selection", to_json(options_.selection)}})) +
         "\n";
}

Result<std::string> Exporter::pack(const NoteSigner& sign) const {
  const std::string listed = manifest();
  const std::string text = signed_text(format_of(opened_.has_value()), checkpoint_.origin, listed);
  AMBIT_TRY(const std::string signature, sign(text));
  if (ledger::open_note(signature, keys_.key_for(checkpoint_.size)).value_or("") != text) {
    return fail(Code::kDenied, "export.key",
                "a bundle is signed with the key that the log has now, `" +
                    keys_.key_for(checkpoint_.size).to_text() + "`");
  }
  std::vector<TarFile> files;
  for (const auto& [name, bytes] : files_) files.push_back({name, bytes});
  files.push_back({kManifest, listed});
  files.push_back({kSignature, signature});
  return write_tar(files);
}

Result<ExportedBundle> Exporter::run(const NoteSigner& sign) {
  AMBIT_CHECK_OK(choose());
  AMBIT_CHECK_OK(collect_entries());
  AMBIT_CHECK_OK(collect_checkpoints());
  AMBIT_CHECK_OK(collect_nodes());
  files_[kCheckpoint] = note_;
  files_[kKeys] = keys_.to_text();
  files_[kReadme] = instructions(checkpoint_, keys_, chosen_.entries.size(), opened_.has_value());
  ExportedBundle out;
  if (opened_) {
    files_[kOpened] = opened_->file();
    out.opened = opened_->opened();
    out.erased = opened_->erased();
    out.locked = opened_->locked();
  }
  AMBIT_TRY(out.bytes, pack(sign));
  if (out.bytes.size() > options_.max_bytes) {
    return fail(Code::kExhausted, "export.too_large",
                "the bundle would have more than " + std::to_string(options_.max_bytes) +
                    " bytes: select less");
  }
  AMBIT_CHECK_OK(check_sound(out.bytes));
  out.entries = chosen_.entries.size();
  out.matched = chosen_.matched;
  out.size = checkpoint_.size;
  return out;
}

}  // namespace

// The log's present key may be any of those that the server keeps.
NoteSigner signer_with(std::string key_file, std::string directory) {
  return [key_file = std::move(key_file),
          directory = std::move(directory)](std::string_view text) -> Result<std::string> {
    AMBIT_TRY(const ledger::KeyChain keys, ledger_file::keys_of(directory));
    AMBIT_TRY(const crypto::SigningKey key, crypto::SigningKey::read_file(key_file));
    for (const ledger::ChainedKey& known : keys.keys()) {
      if (known.key.key().thumbprint() == key.public_key().thumbprint()) {
        return ledger::sign_note(text, known.key, key);
      }
    }
    return fail(Code::kDenied, "export.key",
                "`" + key_file + "` is not a key of the ledger in `" + directory + "`");
  };
}

Result<ExportedBundle> export_evidence(const ExportOptions& options, const NoteSigner& sign) {
  AMBIT_TRY(std::string note, ledger_file::published_checkpoint(options.directory));
  AMBIT_TRY(ledger::KeyChain keys, ledger_file::keys_of(options.directory));
  AMBIT_TRY(ledger::Checkpoint checkpoint, keys.open(note));
  keys.forget_from(checkpoint.size);
  AMBIT_TRY(ledger::HashReader hashes, ledger_file::hashes_of(options.directory, checkpoint.size));
  AMBIT_TRY(auto reader, ledger_file::LedgerReader::open(options.directory, options.archive));
  return Exporter(options, std::move(reader), std::move(keys), std::move(note),
                  std::move(checkpoint), std::move(hashes))
      .run(sign);
}

}  // namespace ambit::evidence
