// `ambit ledger proof`, `receipt`, `publish`: what proves entries of the ledger to others.
#include <charconv>
#include <fstream>

#include "cli/internal/files.h"
#include "cli/internal/output.h"
#include "cli/internal/visible.h"
#include "ledger/receipt.h"
#include "ledger_file/proofs.h"
#include "ledger_file/reader.h"

namespace ambit::cli {
namespace {

std::string directory_of(const Call& call) {
  if (call.arguments.given("ledger")) return call.arguments.text("ledger");
  return call.console.env("AMBIT_DATA").value_or("./var") + "/ledger";
}

// To the file of `--out`, or standard output.
Result<int> put(Call& call, const std::string& bytes) {
  const std::string& path = call.arguments.text("out");
  if (path.empty() || path == "-") {
    call.console.out << bytes;
    return kExitOk;
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes << std::flush;
  if (!file) return fail(Code::kInvalid, "usage.file", "cannot write `" + path + "`");
  return kExitOk;
}

Result<int> prove(Call& call) {
  const std::string& text = call.arguments.text("ENTRY");
  std::uint64_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(Code::kInvalid, "usage.number", "`" + text + "` is not the number of an entry");
  }
  const std::string directory = directory_of(call);
  AMBIT_TRY(const std::string note, ledger_file::published_checkpoint(directory));
  AMBIT_TRY(const std::string bytes, ledger_file::make_receipt(directory, index, note));
  AMBIT_TRY(ledger::Receipt receipt, ledger::parse_receipt(bytes));
  AMBIT_TRY(const auto reader,
            ledger_file::LedgerReader::open(directory, call.arguments.text("archive")));
  AMBIT_TRY(ports::Entry entry, reader.read(index));
  receipt.extra = std::move(entry.record);
  return put(call, ledger::encode_receipt(receipt));
}

Result<int> fetch_receipt(Call& call) {
  AMBIT_TRY(const Api::Answer answer,
            call.api.get(path_of({"decisions", call.arguments.text("DECISION"), "receipt"})));
  return put(call, answer.body);
}

Result<int> publish(Call& call) {
  const std::string& target = call.arguments.text("DIR");
  AMBIT_TRY(const std::uint64_t entries,
            ledger_file::publish(directory_of(call), call.arguments.text("archive"), target));
  call.console.out << entries << " entries in `" << visible(target)
                   << "`, for any file server to serve as C2SP tlog-tiles\n";
  return kExitOk;
}

}  // namespace

std::vector<Verb> ledger_proof_verbs() {
  const Param ledger =
      option("--ledger", "DIR", "the ledger; else $AMBIT_DATA/ledger, else ./var/ledger");
  const Param archive = option("--archive", "DIR", "where archived segments are");
  const Param out = option("--out", "FILE", "where it goes; else standard output");
  Verb proof = Verb::of("ledger", "proof", "prove one entry, from the ledger's files: a tlog-proof",
                        "ambit ledger proof 17 --out 17.tlog-proof",
                        {positional("ENTRY", "its index").required(), out, ledger, archive}, prove);
  proof.is_online = proof.has_json = false;
  Verb receipt =
      Verb::of("ledger", "receipt", "fetch the proof that a decision is in the ledger, to keep",
               "ambit ledger receipt dec_1 --out dec_1.tlog-proof",
               {positional("DECISION", "its id").required(), out}, fetch_receipt);
  receipt.has_json = false;
  Verb tiles = Verb::of(
      "ledger", "publish",
      "make a folder that any file server can serve to C2SP tlog-tiles clients",
      "ambit ledger publish /srv/www/log",
      {positional("DIR", "the folder; run again, it gets what is new").required(), ledger, archive},
      publish);
  tiles.is_online = tiles.has_json = false;
  return {std::move(proof), std::move(receipt), std::move(tiles)};
}

}  // namespace ambit::cli
