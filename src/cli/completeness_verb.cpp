// `ambit ledger completeness`: how much the evidence can prove, from its files alone.
#include <algorithm>

#include "cli/internal/files.h"
#include "cli/internal/offline.h"
#include "cli/internal/output.h"
#include "cli/internal/value_keys.h"
#include "cli/internal/visible.h"
#include "insight/completeness.h"
#include "ledger/cosignature.h"
#include "ledger_file/archive.h"
#include "ledger_file/verify.h"

namespace ambit::cli {
namespace {

using text::Json;

Result<Time> time_of(const Call& call, const char* key, Time otherwise) {
  if (!call.arguments.given(key)) return otherwise;
  return parse_rfc3339(call.arguments.text(key));
}

Result<ledger::WitnessPolicy> witnesses_of(const Call& call) {
  std::vector<ledger::WitnessKey> keys;
  for (const std::string& text : call.arguments.texts("witness")) {
    AMBIT_TRY(auto key, ledger::WitnessKey::parse(text));
    keys.push_back(std::move(key));
  }
  const std::size_t quorum = keys.empty() ? 0 : 1;
  return ledger::WitnessPolicy::make(std::move(keys), quorum);
}

// Verification of the files, and when the last checkpoint was cosigned by a witness.
Result<insight::Integrity> integrity_of(Call& call, const std::string& directory) {
  ledger_file::VerifyOptions options;
  options.archive = call.arguments.text("archive");
  options.allow_absent = true;
  AMBIT_TRY(options.witnesses, witnesses_of(call));
  AMBIT_TRY(const ledger::VerifyReport report, ledger_file::verify_directory(directory, options));
  insight::Integrity out;
  out.entries = report.entries;
  out.verified = report.ok() ? report.entries : report.first_bad_index.value_or(0);
  // Of what is not at hand the hashes alone are verified; what retention dropped is none of the
  // evidence that is scored.
  for (const auto& range : report.absent) {
    out.verified -= std::min(range.end, out.verified) - std::min(range.begin, out.verified);
  }
  AMBIT_TRY(const auto segments, ledger_file::list_segments(directory, options.archive));
  for (const auto& segment : segments) {
    if (segment.place == ledger_file::SegmentPlace::kDropped) {
      out.entries -= segment.entries.end - segment.entries.begin;
    }
  }
  out.problem = report.what;
  if (options.witnesses.quorum() == 0 || !report.ok()) return out;
  AMBIT_TRY(const std::string note, read_input(directory + "/witnessed", call.console));
  AMBIT_TRY(const auto cosigned, ledger::check_quorum(note, options.witnesses));
  for (const auto& one : cosigned) {
    if (!out.anchored_at || one.at > *out.anchored_at) out.anchored_at = one.at;
  }
  return out;
}

std::string percent(const insight::Metric& metric) {
  const auto value = metric.score.value();
  if (!value) return "-";
  // Cut and not rounded: what is not whole never shows as whole.
  const auto hundredths = static_cast<long long>(*value * 10'000);
  std::string cents = std::to_string(hundredths % 100);
  return std::to_string(hundredths / 100) + "." + (cents.size() < 2 ? "0" + cents : cents) + " %";
}

Cell status_cell(const std::string& status) {
  if (status == "met") return {status, Colour::kGreen};
  if (status == "not_met") return {"not met", Colour::kRed};
  return {"no data", Colour::kYellow};
}

void print_report(Call& call, const insight::Completeness& report) {
  const Paint paint = paint_for(call.console);
  std::ostream& out = call.console.out;
  Table table({"METRIC", "WHAT", "SCORE", "OF", "STATUS"});
  for (const auto& metric : report.metrics) {
    table.row({{metric.id, Colour::kBold},
               metric.name,
               percent(metric),
               std::to_string(metric.score.all),
               status_cell(metric.status())});
  }
  table.print(out, paint, "nothing was measured");
  for (const auto& metric : report.metrics) {
    if (!metric.problem.empty()) out << metric.id << ": " << visible(metric.problem) << "\n";
    for (const auto& [kind, count] : metric.by_kind) {
      out << metric.id << ": " << count << " without " << visible(kind) << "\n";
    }
    for (const auto& gap : metric.gaps) {
      out << "  entry " << gap.entry << ", " << visible(gap.decision) << ": " << visible(gap.what)
          << "\n";
    }
  }
}

Result<int> run_completeness(Call& call) {
  const std::string directory = ledger_of(call, "DIR");
  insight::CompletenessOptions options;
  options.now = call.console.now();
  AMBIT_TRY(options.since, time_of(call, "since", options.since));
  AMBIT_TRY(options.until, time_of(call, "until", options.until));
  if (options.since >= options.until) {
    return fail(Code::kInvalid, "usage.range", "`--until` must be later than `--since`");
  }
  AMBIT_TRY(options.integrity, integrity_of(call, directory));
  AMBIT_TRY(const ValueKeys keys, ValueKeys::of(call, directory));
  options.keys = keys.ring();
  AMBIT_TRY(const auto report,
            insight::completeness(entries_of(directory, call.arguments.text("archive")), options));
  if (call.wants_json()) {
    call.console.out << text::to_json(insight::to_json(report)) << "\n";
  } else {
    print_report(call, report);
  }
  return report.met() ? kExitOk : kExitRefused;
}

}  // namespace

Verb completeness_verb() {
  return offline(Verb::of(
      "ledger", "completeness",
      "how complete the evidence is (m09 to m14), computed from it, without a server",
      "ambit ledger completeness\n"
      "ambit ledger completeness ./copy-of-ledger --since 2026-11-01T00:00:00Z --json",
      {ledger_positional(), option("--since", "TIME", "decisions from this time on"),
       option("--until", "TIME", "decisions before this time"),
       option("--witness", "KEY", "verifier key of a witness whose cosignature anchors it").many(),
       archive_option(), ValueKeys::param()},
      run_completeness));
}

}  // namespace ambit::cli
