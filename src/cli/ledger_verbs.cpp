// `ambit ledger`: verified from its files, shown by the server.
#include <algorithm>

#include "cli/internal/files.h"
#include "cli/internal/offline.h"
#include "cli/internal/output.h"
#include "cli/internal/value_check.h"
#include "cli/internal/value_keys.h"
#include "cli/internal/visible.h"
#include "ledger/receipt.h"
#include "ledger_file/verify.h"

namespace ambit::cli {
namespace {

using text::Json;

constexpr int kAttempts = 4;

Result<ledger_file::VerifyOptions> options_of(Call& call) {
  ledger_file::VerifyOptions options;
  if (call.arguments.given("key")) {
    AMBIT_TRY(options.trusted, log_key_of(call.arguments.text("key"), call.console));
  }
  AMBIT_TRY(options.since, kept_checkpoint(call));
  options.archive = call.arguments.text("archive");
  options.allow_absent = options.archive.empty();
  if (call.console.err_is_terminal && !call.wants_json()) {
    options.progress = [&err = call.console.err](std::uint64_t entries) {
      err << "\r" << entries << " entries" << std::flush;
    };
  }
  return options;
}

// A ledger that a running server appends to can look wrong in passing: what is found counts only
// when no new checkpoint was written meanwhile.
struct Verified {
  ledger::VerifyReport report;
  ValueCheck values;
};

Result<Verified> verify_steadily(const std::string& directory, ledger_file::VerifyOptions options,
                                 const vault::KeyRing* keys, const Console& console) {
  const std::string file = directory + "/checkpoint";
  for (int attempt = 1;; ++attempt) {
    const auto before = read_input(file, console);
    ValueCheck values(keys);
    options.check_values = [&values](const ports::EntryView& entry) { return values.add(entry); };
    AMBIT_TRY(auto report, ledger_file::verify_directory(directory, options));
    if (report.ok()) values.conclude(report);
    const bool moved = before != read_input(file, console);
    if (report.ok() || !moved || attempt == kAttempts) {
      return Verified{std::move(report), std::move(values)};
    }
  }
}

void print_report(Call& call, const std::string& directory, const ledger::VerifyReport& report,
                  const ValueCounts& values, bool trusted) {
  const Paint paint = paint_for(call.console);
  std::ostream& out = call.console.out;
  if (report.ok()) {
    out << paint(Colour::kGreen, "ok") << ": " << report.entries << " entries in `"
        << visible(directory) << "`, " << report.sealed << " of them under the newest of "
        << report.checkpoints << " checkpoints\n";
    for (const ledger::EntryRange& range : report.absent) {
      out << "entries " << range.begin << " to " << range.end - 1
          << " are archived or dropped: only their hashes were checked\n";
    }
    if (values.opened + values.erased + values.locked > 0) {
      out << "sealed values: " << values.opened << " as committed to, " << values.erased
          << " erased, " << values.locked << " locked"
          << (values.locked > 0 ? ", as their keys are not here\n" : "\n");
    }
    if (!trusted) {
      out << paint(
                 Colour::kDim,
                 "the ledger's own key was believed; give --key, kept elsewhere, to be sure of it")
          << "\n";
    }
    return;
  }
  out << paint(Colour::kRed, "WRONG");
  if (report.first_bad_index) out << " at entry " << *report.first_bad_index;
  out << ": " << visible(report.what) << "\n" << report.entries << " entries were walked\n";
}

Json json_of(const ledger::VerifyReport& report, const ValueCounts& values) {
  const auto number = [](std::uint64_t value) { return Json(static_cast<std::int64_t>(value)); };
  Json absent = Json::array();
  for (const ledger::EntryRange& range : report.absent) {
    absent.push_back(Json::array({number(range.begin), number(range.end)}));
  }
  return Json::object(
      {{"ok", report.ok()},
       {"absent", std::move(absent)},
       {"entries", number(report.entries)},
       {"sealed", number(report.sealed)},
       {"checkpoints", number(report.checkpoints)},
       {"first_bad_index", report.first_bad_index ? number(*report.first_bad_index) : Json()},
       {"finding", ledger::name_of(report.finding)},
       {"what", report.what},
       {"values", Json::object({{"opened", number(values.opened)},
                                {"erased", number(values.erased)},
                                {"locked", number(values.locked)}})}});
}

// A receipt is checked without the ledger, but for its key where none is given.
Result<int> verify_receipt(Call& call, const std::string& directory) {
  AMBIT_TRY(const std::string bytes, read_input(call.arguments.text("receipt"), call.console));
  AMBIT_TRY(const ledger::Receipt receipt, ledger::parse_receipt(bytes));
  const std::string key =
      call.arguments.given("key") ? call.arguments.text("key") : directory + "/ledger.pub";
  AMBIT_TRY(ledger::NoteVerifier trusted, log_key_of(key, call.console));
  if (receipt.extra.empty()) {
    return fail(Code::kInvalid, "receipt.no_record",
                "the receipt does not carry the record that it is for");
  }
  const auto verified = ledger::verify_receipt(receipt, receipt.extra, {{std::move(trusted)}, {}});
  if (call.wants_json()) {
    Json out = Json::object(
        {{"ok", verified.has_value()}, {"index", static_cast<std::int64_t>(receipt.index)}});
    if (verified) out.set("size", static_cast<std::int64_t>(verified->checkpoint.size));
    if (!verified) out.set("what", verified.error().message);
    out.set("record", text::parse_json(receipt.extra, {1u << 20, 64}).value_or(Json()));
    call.console.out << text::to_json(out) << "\n";
  } else if (verified) {
    call.console.out << paint_for(call.console)(Colour::kGreen, "ok") << ": entry " << receipt.index
                     << " is in `" << visible(verified->checkpoint.origin)
                     << "` under its checkpoint of " << verified->checkpoint.size << " entries\n"
                     << visible(receipt.extra) << "\n";
  } else {
    call.console.out << paint_for(call.console)(Colour::kRed, "WRONG") << ": "
                     << visible(verified.error().message) << "\n";
  }
  return verified ? kExitOk : kExitRefused;
}

Result<int> verify(Call& call) {
  const std::string directory = ledger_of(call, "DIR");
  if (call.arguments.given("receipt")) return verify_receipt(call, directory);
  AMBIT_TRY(auto options, options_of(call));
  AMBIT_TRY(const ValueKeys keys, ValueKeys::of(call, directory));
  AMBIT_TRY(const Verified verified,
            verify_steadily(directory, options, keys.ring(), call.console));
  const auto& [report, values] = verified;
  if (options.progress) call.console.err << "\r\x1b[K" << std::flush;
  if (call.wants_json()) {
    call.console.out << text::to_json(json_of(report, values.counts())) << "\n";
  } else {
    print_report(call, directory, report, values.counts(), options.trusted.has_value());
  }
  return report.ok() ? kExitOk : kExitRefused;
}

// What an entry is about, in a few words.
std::string gist_of(const Json& body) {
  std::vector<std::string> parts;
  const Json* decision = body.find("decision");
  if (decision != nullptr && decision->is_object()) {
    parts.push_back(scalar_of(*decision, "verdict"));
    // Newer records name their tool in the situation that they refer to.
    const std::string tool = scalar_of(body, "tool");
    if (!tool.empty()) parts.push_back(scalar_of(body, "server") + "/" + tool);
  }
  for (const char* key : {"id", "decision", "identity", "agent", "task", "approval", "server",
                          "status", "name", "reason", "by", "actor", "account"}) {
    const bool told = std::string_view(key) == "server" && !parts.empty();
    const std::string value = told ? "" : scalar_of(body, key);
    if (!value.empty()) parts.push_back(std::string(key) + " " + value);
  }
  return join(parts);
}

void print_entries(std::ostream& out, const Paint& paint, const Json& page) {
  Table table({"ENTRY", "AT", "KIND", "WHAT"});
  for (const Json& item : items_of(page)) {
    const Json* record = item.find("record");
    const Json* body = record != nullptr ? record->find("body") : nullptr;
    const Json* at = record != nullptr ? record->find("at") : nullptr;
    table.row({{scalar_of(item, "index"), Colour::kBold},
               at != nullptr && at->is_int() ? to_rfc3339(Time{at->as_int()}) : "",
               record != nullptr ? scalar_of(*record, "kind") : "",
               body != nullptr ? gist_of(*body) : ""});
  }
  table.print(out, paint, "no entries");
}

// Without --from the newest ones.
Result<int> show(Call& call) {
  std::uint64_t count = 20;
  if (call.arguments.given("count")) {
    AMBIT_TRY(count, number_of(call, "count", count));
  }
  std::uint64_t from = 0;
  if (call.arguments.given("from")) {
    AMBIT_TRY(from, number_of(call, "from", from));
  } else {
    AMBIT_TRY(const auto nothing, call.api.get(path_of({"ledger", "entries"}) + "?count=0"));
    const Json* size = nothing.json.find("size");
    const std::uint64_t entries =
        size != nullptr && size->is_int() ? static_cast<std::uint64_t>(size->as_int()) : 0;
    from = entries > count ? entries - count : 0;
  }
  const std::string query =
      query_of({{"from", std::to_string(from)}, {"count", std::to_string(count)}});
  return print(call, call.api.get(path_of({"ledger", "entries"}) + query), print_entries);
}

}  // namespace

std::vector<Verb> ledger_verbs() {
  Verb verify_verb = Verb::of(
      "ledger", "verify", "check every entry, checkpoint and tile of a ledger, without a server",
      "ambit ledger verify\n"
      "ambit ledger verify ./copy-of-ledger --key ledger.pub --since yesterday.checkpoint\n"
      "ambit ledger verify --receipt decision.tlog-proof --key ledger.pub",
      {ledger_positional(),
       option("--key", "KEY", "its verifier key as known from elsewhere, or a file with it"),
       option("--since", "FILE", "a checkpoint of it that was kept elsewhere"),
       option("--receipt", "FILE", "check this receipt instead, which needs only the key"),
       option("--archive", "DIR", "where archived segments are"), ValueKeys::param()},
      verify);
  return {offline(std::move(verify_verb)),
          Verb::of("ledger", "show", "show entries, the newest ones unless told otherwise",
                   "ambit ledger show\nambit ledger show --from 100 --count 50 --json",
                   {option("--from", "N", "first entry"),
                    option("--count", "N", "how many (20, at most 256)")},
                   show),
          completeness_verb()};
}

}  // namespace ambit::cli
