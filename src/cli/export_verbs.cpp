// `ambit export`: a bundle of evidence that verifies offline, made from a ledger's files.
#include <fstream>
#include <optional>

#include "cli/internal/files.h"
#include "cli/internal/offline.h"
#include "cli/internal/output.h"
#include "cli/internal/value_keys.h"
#include "cli/internal/visible.h"
#include "evidence/export.h"
#include "evidence/verify_export.h"

namespace ambit::cli {
namespace {

using text::Json;

Result<evidence::ExportOptions> options_of(Call& call) {
  const Arguments& given = call.arguments;
  evidence::ExportOptions options;
  options.directory = ledger_of(call, "ledger");
  options.archive = given.text("archive");
  options.selection.task = given.text("task");
  options.selection.agent = given.text("agent");
  AMBIT_TRY(options.selection.from, number_of(call, "from", 0));
  AMBIT_TRY(options.selection.to, number_of(call, "to", options.selection.to));
  if (options.selection.from >= options.selection.to) {
    return fail(Code::kInvalid, "usage.range", "`--to` must be greater than `--from`");
  }
  AMBIT_TRY(options.since, kept_checkpoint(call));
  return options;
}

Result<int> make_export(Call& call) {
  const Arguments& given = call.arguments;
  if (!given.given("out")) {
    return fail(Code::kInvalid, "usage.arguments",
                "`--out FILE` says where the bundle goes; `-` is standard output");
  }
  AMBIT_TRY(evidence::ExportOptions options, options_of(call));
  std::optional<ValueKeys> keys;
  if (given.given("open")) {
    AMBIT_TRY(keys, ValueKeys::of(call, options.directory));
    if (keys->ring() == nullptr) {
      return fail(Code::kDenied, "export.locked",
                  "there are no keys to open values with; name the data directory that has them "
                  "with `--keys`");
    }
    options.open_with = keys->ring();
  }
  const std::string key =
      given.given("signing-key") ? given.text("signing-key") : data_of(call) + "/keys/ledger.jwk";
  AMBIT_TRY(const evidence::ExportedBundle bundle,
            evidence::export_evidence(options, evidence::signer_with(key, options.directory)));
  const std::string& out = given.text("out");
  AMBIT_CHECK_OK(write_private_output(out, bundle.bytes, call.console));
  std::ostream& told = out == "-" ? call.console.err : call.console.out;
  if (call.wants_json()) {
    Json told_json = Json::object({{"file", out},
                                   {"bytes", json_number(bundle.bytes.size())},
                                   {"entries", json_number(bundle.entries)},
                                   {"matched", json_number(bundle.matched)},
                                   {"size", json_number(bundle.size)}});
    if (options.open_with != nullptr) {
      told_json.set("opened", json_number(bundle.opened));
      told_json.set("erased", json_number(bundle.erased));
      told_json.set("locked", json_number(bundle.locked));
    }
    told << text::to_json(told_json) << "\n";
  } else {
    told << bundle.entries << " entries (" << bundle.matched << " selected, "
         << bundle.entries - bundle.matched << " that they refer to) under the checkpoint of "
         << bundle.size << ": " << bundle.bytes.size() << " bytes in `" << visible(out) << "`\n";
    if (options.open_with != nullptr) {
      told << "values of " << bundle.opened << " entries are opened, " << bundle.erased
           << " erased, " << bundle.locked << " locked"
           << (bundle.locked > 0 ? ": their keys are not here\n" : "\n");
    }
  }
  return kExitOk;
}

// A bundle may be larger than what other verbs read.
Result<std::string> read_bundle(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto size = file ? static_cast<std::streamoff>(file.tellg()) : -1;
  constexpr std::streamoff kMost = (std::streamoff{1} << 31) - 1;
  if (size < 0 || size > kMost) {
    return fail(Code::kInvalid, "usage.file",
                "cannot read `" + path + "`, or it has more than 2 GiB");
  }
  std::string bytes(static_cast<std::size_t>(size), '\0');
  file.seekg(0);
  file.read(bytes.data(), size);
  if (file) return bytes;
  return fail(Code::kInvalid, "usage.file", "cannot read `" + path + "`");
}

Json json_of(const evidence::ExportReport& report) {
  Json findings = Json::array();
  for (const auto& one : report.findings) {
    Json item = Json::object({{"finding", one.finding}, {"what", one.what}});
    if (one.entry) item.set("entry", json_number(*one.entry));
    findings.push_back(std::move(item));
  }
  return Json::object({{"ok", report.ok()},
                       {"origin", report.checkpoint.origin},
                       {"size", json_number(report.checkpoint.size)},
                       {"entries", json_number(report.entries)},
                       {"matched", json_number(report.matched)},
                       {"opened", json_number(report.opened)},
                       {"keys", json_number(report.keys)},
                       {"selection", evidence::to_json(report.selection)},
                       {"findings", std::move(findings)}});
}

void print_report(Call& call, const evidence::ExportReport& report, bool trusted) {
  const Paint paint = paint_for(call.console);
  std::ostream& out = call.console.out;
  for (const auto& one : report.findings) {
    out << paint(Colour::kRed, "WRONG") << ": " << visible(one.what) << " (" << one.finding
        << ")\n";
  }
  if (!report.ok()) return;
  out << paint(Colour::kGreen, "ok") << ": " << report.entries << " entries of `"
      << visible(report.checkpoint.origin) << "` under its checkpoint of " << report.checkpoint.size
      << " entries\n";
  if (!trusted) {
    out << paint(Colour::kDim,
                 "the bundle's own key was believed; give --key, known from elsewhere, to be sure "
                 "of it")
        << "\n";
  }
}

Result<int> verify(Call& call) {
  evidence::ExportTrust trust;
  if (call.arguments.given("key")) {
    AMBIT_TRY(trust.key, log_key_of(call.arguments.text("key"), call.console));
  }
  AMBIT_TRY(trust.since, kept_checkpoint(call));
  AMBIT_TRY(const std::string bundle, read_bundle(call.arguments.text("FILE")));
  const evidence::ExportReport report = evidence::verify_export(bundle, trust);
  if (call.wants_json()) {
    call.console.out << text::to_json(json_of(report)) << "\n";
  } else {
    print_report(call, report, trust.key.has_value());
  }
  return report.ok() ? kExitOk : kExitRefused;
}

}  // namespace

std::vector<Verb> export_verbs() {
  Verb make =
      Verb::of("", "export", "hand evidence over: a signed bundle that verifies offline",
               "ambit export --task tsk_1 --out evidence.tar\n"
               "ambit export --from 1000 --to 2000 --since last.checkpoint --out evidence.tar\n"
               "ambit export --task tsk_1 --open --out evidence.tar",
               {option("--out", "FILE", "where the bundle goes; `-` is standard output"),
                option("--task", "ID", "what concerns this task and those below it"),
                option("--agent", "ID", "what concerns this agent"),
                option("--from", "N", "first entry"), option("--to", "N", "entry to stop before"),
                option("--since", "FILE", "a checkpoint that whoever gets the bundle has kept"),
                ledger_option(), archive_option(),
                flag("--open",
                     "the values that records seal, too; whoever gets them can check guesses at "
                     "other values of the same tasks"),
                ValueKeys::param(),
                option("--signing-key", "FILE", "the log's key; else $AMBIT_DATA/keys/ledger.jwk")},
               make_export);
  Verb check = Verb::of(
      "export", "verify", "check a bundle offline and name what is wrong with it",
      "ambit export verify evidence.tar --key ledger.pub --since last.checkpoint",
      {positional("FILE", "the bundle").required(),
       option("--key", "KEY", "the log's verifier key as known from elsewhere, or a file with it"),
       option("--since", "FILE", "a checkpoint of the log that was kept")},
      verify);
  return {offline(std::move(make)), offline(std::move(check))};
}

}  // namespace ambit::cli
