#include "cli/internal/offline.h"

#include <charconv>

#include "cli/internal/files.h"
#include "ledger_file/scan.h"

namespace ambit::cli {
namespace {

constexpr const char* kLedger = "the ledger; else $AMBIT_DATA/ledger, else ./var/ledger";

}  // namespace

Verb offline(Verb verb) {
  verb.is_online = false;
  return verb;
}

std::string data_of(const Call& call) { return call.console.env("AMBIT_DATA").value_or("./var"); }

std::string data_of(const Call& call, const char* key) {
  return call.arguments.given(key) ? call.arguments.text(key) : data_of(call);
}

std::string ledger_of(const Call& call, const char* key) {
  return call.arguments.given(key) ? call.arguments.text(key) : data_of(call) + "/ledger";
}

Param ledger_option() { return option("--ledger", "DIR", kLedger); }
Param ledger_positional() { return positional("DIR", kLedger); }

replay::Source entries_of(std::string ledger, std::string archive) {
  return
      [ledger = std::move(ledger), archive = std::move(archive)](const ports::EntryVisitor& visit) {
        return ledger_file::scan_directory(ledger, visit, archive);
      };
}

Param archive_option() { return option("--archive", "DIR", "where its archived segments are"); }

Result<std::string> kept_checkpoint(const Call& call) {
  if (!call.arguments.given("since")) return std::string();
  const std::string& file = call.arguments.text("since");
  AMBIT_TRY(std::string note, read_input(file, call.console));
  if (!note.empty()) return note;
  return fail(Code::kInvalid, "usage.file",
              "`" + file + "` is empty; a checkpoint that was kept is a signed note");
}

Result<std::uint64_t> number_of(const Call& call, const char* key, std::uint64_t otherwise) {
  if (!call.arguments.given(key)) return otherwise;
  const std::string& text = call.arguments.text(key);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  const bool is_positional = key[0] >= 'A' && key[0] <= 'Z';
  return fail(Code::kInvalid, "usage.number",
              "`" + text + "` is not a number for `" + (is_positional ? "" : "--") + key + "`");
}

}  // namespace ambit::cli
