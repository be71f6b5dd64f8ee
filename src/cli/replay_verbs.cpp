// `ambit replay` and `ambit whatif`: decisions made again from a ledger's files.
#include <algorithm>

#include "cli/internal/files.h"
#include "cli/internal/offline.h"
#include "cli/internal/output.h"
#include "cli/internal/policy_files.h"
#include "cli/internal/policy_verbs.h"
#include "cli/internal/value_keys.h"
#include "cli/internal/visible.h"
#include "replay/replay.h"
#include "replay/what_if.h"

namespace ambit::cli {
namespace {

using text::Json;

std::function<void(std::uint64_t)> progress_of(Call& call) {
  if (!call.console.err_is_terminal || call.wants_json()) return nullptr;
  return [&err = call.console.err](std::uint64_t decisions) {
    err << "\r" << decisions << " decisions" << std::flush;
  };
}

void end_progress(Call& call, bool shown) {
  if (shown) call.console.err << "\r\x1b[K" << std::flush;
}

Json json_of(const replay::ReplayReport& report) {
  Json differences = Json::array();
  for (const auto& one : report.differences) {
    differences.push_back(Json::object(
        {{"index", json_number(one.index)}, {"decision", one.decision}, {"what", one.what}}));
  }
  return Json::object({{"ok", report.ok()},
                       {"entries", json_number(report.entries)},
                       {"decisions", json_number(report.decisions)},
                       {"identical", json_number(report.identical)},
                       {"different", json_number(report.different)},
                       {"incomplete", json_number(report.incomplete)},
                       {"erased", json_number(report.erased)},
                       {"locked", json_number(report.locked)},
                       {"differences", std::move(differences)}});
}

void print_report(Call& call, const replay::ReplayReport& report) {
  const Paint paint = paint_for(call.console);
  std::ostream& out = call.console.out;
  const bool only_locked = report.different == 0 && report.locked > 0;
  out << (report.ok() ? paint(Colour::kGreen, "ok")
                      : paint(Colour::kRed, only_locked ? "LOCKED" : "DIFFERENT"))
      << ": " << report.identical << " of " << report.decisions
      << " decisions come out exactly as recorded";
  if (report.incomplete > 0) {
    out << ", " << report.incomplete << " cannot be decided again: their arguments were too large";
  }
  if (report.erased > 0) out << ", " << report.erased << " erased: their values are gone for good";
  if (report.locked > 0) {
    out << ", " << report.locked << " locked: their keys are not here; name them with --keys";
  }
  out << "\n";
  for (const auto& one : report.differences) {
    out << "  entry " << one.index << ", " << visible(one.decision) << ": " << visible(one.what)
        << "\n";
  }
}

Result<int> run_replay(Call& call) {
  replay::ReplayOptions options;
  AMBIT_TRY(options.from, number_of(call, "from", 0));
  AMBIT_TRY(options.to, number_of(call, "to", options.to));
  AMBIT_TRY(const std::uint64_t threads, number_of(call, "threads", 0));
  options.threads = static_cast<unsigned>(std::min<std::uint64_t>(threads, 256));
  options.progress = progress_of(call);
  if (options.from >= options.to) {
    return fail(Code::kInvalid, "usage.range", "`--to` must be greater than `--from`");
  }
  const std::string directory = ledger_of(call, "DIR");
  AMBIT_TRY(const ValueKeys keys, ValueKeys::of(call, directory));
  options.keys = keys.ring();
  const auto report =
      replay::replay(entries_of(directory, call.arguments.text("archive")), options);
  end_progress(call, options.progress != nullptr);
  if (!report) return fail(report.error());
  // What was asked about and not looked at must not pass for what came out well.
  const bool range = call.arguments.given("from") || call.arguments.given("to");
  if (range && report->decisions == 0) {
    return fail(Code::kNotFound, "replay.empty",
                "there is no decision among these entries of the ledger");
  }
  if (call.wants_json()) {
    call.console.out << text::to_json(json_of(*report)) << "\n";
  } else {
    print_report(call, *report);
  }
  return report->ok() ? kExitOk : kExitRefused;
}

// The draft: each file a policy text called by the file's name without its ending.
Result<std::shared_ptr<const decision::PolicyState>> draft_of(const Call& call) {
  if (call.arguments.texts("policy").empty()) return nullptr;
  AMBIT_TRY(const auto files, read_policy_files(call.arguments.texts("policy"), call.console));
  AMBIT_TRY(auto tiers, given_tiers(call));
  return state_of(files, std::move(tiers));
}

Result<replay::Changes> changes_of(const Call& call) {
  if (!call.arguments.given("changes")) return replay::Changes();
  AMBIT_TRY(const std::string text, read_input(call.arguments.text("changes"), call.console));
  AMBIT_TRY(const Json json, text::parse_json(text));
  return replay::changes_from_json(json);
}

Result<Time> since_of(const Call& call) {
  if (call.arguments.given("since")) {
    if (call.arguments.given("last")) {
      return fail(Code::kInvalid, "usage.arguments", "give `--since` or `--last`, not both");
    }
    AMBIT_TRY(const Time since, parse_rfc3339(call.arguments.text("since")));
    if (since <= call.console.now()) return since;
    return fail(Code::kInvalid, "usage.time", "`--since` is in the future");
  }
  if (!call.arguments.given("last")) return Time();
  AMBIT_TRY(const Duration last, parse_duration(call.arguments.text("last")));
  return call.console.now() - last;
}

Json json_of(const replay::WhatIfReport& report) {
  Json unmatched = Json::array();
  for (const auto& name : report.unmatched) unmatched.push_back(name);
  Json moved = Json::array();
  for (const auto& [move, count] : report.moved) {
    moved.push_back(Json::object({{"before", domain::name_of(move.first)},
                                  {"after", domain::name_of(move.second)},
                                  {"decisions", json_number(count)}}));
  }
  Json changes = Json::array();
  for (const auto& one : report.changes) {
    changes.push_back(Json::object({{"index", json_number(one.index)},
                                    {"decision", one.decision},
                                    {"agent", one.agent},
                                    {"task", one.task},
                                    {"tool", one.tool},
                                    {"before", domain::name_of(one.before)},
                                    {"after", domain::name_of(one.after)},
                                    {"loosens", one.loosens()},
                                    {"reason", one.reason}}));
  }
  return Json::object({{"decisions", json_number(report.decisions)},
                       {"same", json_number(report.same)},
                       {"loosened", json_number(report.loosened())},
                       {"tightened", json_number(report.tightened())},
                       {"incomplete", json_number(report.incomplete)},
                       {"erased", json_number(report.erased)},
                       {"locked", json_number(report.locked)},
                       {"tampered", json_number(report.tampered)},
                       {"moved", std::move(moved)},
                       {"unmatched", std::move(unmatched)},
                       {"changes", std::move(changes)}});
}

void print_counts(Call& call, const replay::WhatIfReport& report) {
  const Paint paint = paint_for(call.console);
  std::ostream& out = call.console.out;
  out << report.decisions << " decisions: " << report.same << " as before, "
      << paint(report.loosened() > 0 ? Colour::kRed : Colour::kGreen,
               std::to_string(report.loosened()) + " looser")
      << ", " << report.tightened() << " tighter";
  if (report.incomplete > 0) out << ", " << report.incomplete << " not decided again";
  if (report.erased > 0) out << ", " << report.erased << " erased";
  if (report.locked > 0) out << ", " << report.locked << " locked: name their keys with --keys";
  if (report.tampered > 0) {
    out << ", " << report.tampered << " whose values were altered: verify the ledger";
  }
  out << "\n";
}

void print_report(Call& call, const replay::WhatIfReport& report) {
  const Paint paint = paint_for(call.console);
  std::ostream& out = call.console.out;
  if (report.decisions == 0) {
    out << "there is no decision in that time, so nothing was tried\n";
  } else {
    print_counts(call, report);
  }
  for (const auto& name : report.unmatched) {
    out << paint(Colour::kYellow, "note") << ": nothing in the ledger is " << visible(name) << "\n";
  }
  if (report.changes.empty()) return;
  Table table({"ENTRY", "AGENT", "TOOL", "BEFORE", "AFTER", "WHY"});
  for (const auto& one : report.changes) {
    table.row({std::to_string(one.index), visible(one.agent), visible(one.tool),
               state_cell(std::string(domain::name_of(one.before))),
               state_cell(std::string(domain::name_of(one.after))), visible(one.reason)});
  }
  table.print(out, paint, "");
  const std::uint64_t changed = report.loosened() + report.tightened();
  if (changed > report.changes.size()) {
    out << "and " << changed - report.changes.size() << " more\n";
  }
}

Result<int> run_what_if(Call& call) {
  replay::WhatIfOptions options;
  AMBIT_TRY(options.policies, draft_of(call));
  AMBIT_TRY(options.changes, changes_of(call));
  if (!options.policies && options.changes.empty()) {
    return fail(Code::kInvalid, "usage.missing", "say what would change: `--policy`, `--changes`");
  }
  AMBIT_TRY(options.since, since_of(call));
  options.progress = progress_of(call);
  const std::string directory = ledger_of(call, "DIR");
  AMBIT_TRY(const ValueKeys keys, ValueKeys::of(call, directory));
  options.keys = keys.ring();
  const auto report =
      replay::what_if(entries_of(directory, call.arguments.text("archive")), options);
  end_progress(call, options.progress != nullptr);
  if (!report) return fail(report.error());
  if (call.wants_json()) {
    call.console.out << text::to_json(json_of(*report)) << "\n";
  } else {
    print_report(call, *report);
  }
  const std::string& gate = call.arguments.text("fail-on");
  // What could not be looked at must not pass a gate, nor what was tried on nothing.
  const bool untried = report->decisions == 0 || report->locked > 0 || report->tampered > 0 ||
                       !report->unmatched.empty();
  const bool refuse = (gate != "" && untried) || (gate != "" && report->loosened() > 0) ||
                      (gate == "any" && report->tightened() > 0);
  return refuse ? kExitRefused : kExitOk;
}

}  // namespace

std::vector<Verb> replay_verbs() {
  const Param directory = ledger_positional();
  return {
      offline(Verb::of("", "replay",
                       "decide every recorded decision again and compare, without a server",
                       "ambit replay\nambit replay ./copy-of-ledger --from 1000 --to 2000 --json",
                       {directory, option("--from", "N", "first entry"),
                        option("--to", "N", "entry to stop before"),
                        option("--threads", "N", "how many (one for each core)"), archive_option(),
                        ValueKeys::param()},
                       run_replay)),
      offline(Verb::of(
          "", "whatif",
          "which recorded decisions other policies, scopes, labels or limits would change",
          "ambit whatif --policy policies/starter.cedar --last 30d\n"
          "ambit whatif --changes tighter-limits.json\n"
          "ambit whatif ./copy-of-ledger --policy draft.cedar --fail-on loosened --json",
          {directory, option("--policy", "FILE", "a policy text of the draft").many(),
           tiers_param(),
           option("--changes", "FILE",
                  R"(changed records: {"agents": {"ID": {"limits": {"burst": 5}}}, "tools": )"
                  R"({"SERVER/TOOL": {"labels": ["secret"]}}, "tasks": {"ID or AGENT": {...}}})"),
           option("--last", "TIME", "decisions of the last days or hours, such as 30d"),
           option("--since", "TIME", "decisions from this time on, such as 2026-01-31T00:00:00Z"),
           option("--fail-on", "WHAT", "exit with 1 when decisions are loosened, or any change")
               .one_of({"loosened", "any"}),
           archive_option(), ValueKeys::param()},
          run_what_if))};
}

}  // namespace ambit::cli
