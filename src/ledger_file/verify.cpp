#include "ledger_file/verify.h"

#include <utility>
#include <vector>

#include "ledger_file/base.h"
#include "ledger_file/internal/checkpoint_files.h"
#include "ledger_file/internal/directory_check.h"
#include "ledger_file/internal/file_ops.h"
#include "ledger_file/internal/log_keys.h"

namespace ambit::ledger_file {
namespace {

using ledger::Finding;

ledger::VerifyReport only(Finding finding, std::string what) {
  ledger::VerifyReport report;
  report.finding = finding;
  report.what = std::move(what);
  return report;
}

// Size that the file `checkpoint` claims; its signature is not looked at.
Result<std::uint64_t> claimed_size(const std::string& directory) {
  const std::string path = directory + "/checkpoint";
  if (!internal::file_exists(path)) return std::uint64_t{0};  // not yet; the history says if it was
  AMBIT_TRY(const std::string bytes, internal::read_file(path));
  AMBIT_TRY(const ledger::UnverifiedNote note, ledger::parse_note(bytes));
  AMBIT_TRY(const ledger::Checkpoint checkpoint, ledger::parse_checkpoint_text(note.text));
  return checkpoint.size;
}

// The witnessed checkpoint, if it says what `policy` asks for; else why not.
Result<std::string> witnessed_note(const std::string& directory,
                                   const ledger::WitnessPolicy& policy) {
  const std::string path = directory + "/witnessed";
  if (!internal::file_exists(path)) {
    if (policy.quorum() == 0) return std::string();
    return fail(Code::kUnauthenticated, "witness.quorum",
                "the ledger has no witnessed checkpoint; it takes " +
                    std::to_string(policy.quorum()) + " cosignatures");
  }
  AMBIT_TRY(std::string note, internal::read_file(path));
  AMBIT_CHECK_OK(ledger::check_quorum(note, policy));
  AMBIT_TRY(const ledger::UnverifiedNote parsed, ledger::parse_note(note));
  if (auto text = ledger::parse_checkpoint_text(parsed.text); !text) return fail(text.error());
  return note;
}

// A key counts once a checkpoint signed with it was found right.
bool signed_by(const ledger::KeyChain& chain, const ledger::NoteVerifier& trusted,
               const ledger::VerifyReport& report) {
  for (std::size_t i = 0; i < chain.keys().size(); ++i) {
    const ledger::ChainedKey& link = chain.keys()[i];
    if (link.key.to_text() != trusted.to_text()) continue;
    return i == 0 ? report.checkpoints > 0 : link.named_by < report.sealed;
  }
  return false;
}

// Whether `published` are the keys of the log. A crash may leave a key out that no checkpoint
// covers yet.
bool lists(const ledger::KeyChain& published, ledger::KeyChain keys, std::uint64_t sealed) {
  if (published.to_text() == keys.to_text()) return true;
  keys.forget_from(sealed);
  return published.to_text() == keys.to_text();
}

// What cannot be read says nothing of what it is.
bool is_unreadable(const Error& error) { return error.reason == "ledger.io"; }

// What the log's key says was dropped need not be at hand.
Result<> look_at_base(const std::string& directory, const ledger::KeyChain& keys,
                      internal::DirectoryCheck& check) {
  const auto base = read_base(directory, keys);
  if (base) {
    if (*base) check.set_dropped((*base)->size);
  } else if (is_unreadable(base.error())) {
    return fail(base.error());
  } else {
    check.complain({}, Finding::kFile, base.error().message);
  }
  return {};
}

}  // namespace

Result<ledger::VerifyReport> verify_directory(const std::string& directory,
                                              const VerifyOptions& options) {
  if (!internal::file_exists(directory + "/segments")) {
    return fail(Code::kNotFound, "ledger.no_ledger", "`" + directory + "` is not a ledger");
  }
  const auto published = internal::read_key_chain(directory);
  if (!published && is_unreadable(published.error())) return fail(published.error());
  const bool has_keys = published && *published;
  if (!has_keys && !options.trusted) {
    return only(Finding::kKey, published ? "`ledger.pub` is missing" : published.error().message);
  }
  internal::DirectoryCheck check(directory, options.archive, options.progress);
  check.check_values_with(options.check_values);
  const bool listed = has_keys && (!options.trusted || (*published)->contains(*options.trusted));
  std::vector<ledger::Anchor> anchors;
  if (!options.since.empty()) anchors.push_back({"the checkpoint kept elsewhere", options.since});
  auto witnessed = witnessed_note(directory, options.witnesses);
  if (!witnessed && is_unreadable(witnessed.error())) return fail(witnessed.error());
  if (!witnessed) {
    check.complain({}, Finding::kCheckpoint,
                   "`witnessed` is not what its witnesses sign: " + witnessed.error().message);
  } else if (!witnessed->empty()) {
    anchors.push_back({"the witnessed checkpoint", *std::move(witnessed)});
  }
  AMBIT_CHECK_OK(check.begin(listed ? (*published)->keys().front().key : *options.trusted,
                             std::move(anchors)));
  if (const auto size = claimed_size(directory)) {
    check.set_sealed(*size);
  } else if (is_unreadable(size.error())) {
    return fail(size.error());
  } else {
    check.complain({}, Finding::kCheckpoint, "`checkpoint` is not valid: " + size.error().message);
  }
  if (has_keys) {
    AMBIT_CHECK_OK(look_at_base(directory, **published, check));
  }
  AMBIT_TRY(ledger::VerifyReport report, check.run(options.allow_absent));
  if (!report.ok()) return report;
  if (options.trusted && !signed_by(check.keys(), *options.trusted, report)) {
    report.finding = Finding::kKey;
    report.what =
        "no checkpoint is signed with the trusted key `" + options.trusted->to_text() + "`";
  } else if (!has_keys || !lists(**published, check.keys(), report.sealed)) {
    report.finding = Finding::kKey;
    report.what =
        "`ledger.pub` does not hold the keys that signed this ledger:\n" + check.keys().to_text();
  }
  return report;
}

}  // namespace ambit::ledger_file
