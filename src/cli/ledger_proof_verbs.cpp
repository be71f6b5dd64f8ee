// `ambit ledger proof`, `receipt`, `publish`: what proves entries of the ledger to others.
#include "cli/internal/files.h"
#include "cli/internal/offline.h"
#include "cli/internal/output.h"
#include "cli/internal/visible.h"
#include "ledger/receipt.h"
#include "ledger_file/proofs.h"
#include "ledger_file/reader.h"

namespace ambit::cli {
namespace {

// To the file of `--out`, or standard output.
Result<int> put(Call& call, std::string_view bytes) {
  AMBIT_CHECK_OK(write_output(call.arguments.text("out"), bytes, call.console));
  return kExitOk;
}

Result<int> prove(Call& call) {
  AMBIT_TRY(const std::uint64_t index, number_of(call, "ENTRY", 0));
  const std::string directory = ledger_of(call, "ledger");
  AMBIT_TRY(const std::string note, ledger_file::published_checkpoint(directory));
  AMBIT_TRY(const std::string bytes, ledger_file::make_receipt(directory, index, note));
  AMBIT_TRY(ledger::Receipt receipt, ledger::parse_receipt(bytes));
  AMBIT_TRY(const auto reader,
            ledger_file::LedgerReader::open(directory, call.arguments.text("archive")));
  AMBIT_TRY(ports::Entry entry, reader.read(index));
  AMBIT_TRY(const ledger::HashReader hashes, ledger_file::hashes_of(directory, index + 1));
  AMBIT_TRY(const ledger::Hash leaf, hashes(0, index));
  AMBIT_CHECK_OK(ledger_file::check_leaf(index, entry.record, leaf));
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
  AMBIT_TRY(
      const std::uint64_t entries,
      ledger_file::publish(ledger_of(call, "ledger"), call.arguments.text("archive"), target));
  call.console.out << entries << " entries in `" << visible(target)
                   << "`, for any file server to serve as C2SP tlog-tiles\n";
  return kExitOk;
}

}  // namespace

std::vector<Verb> ledger_proof_verbs() {
  const Param ledger = ledger_option();
  const Param archive = option("--archive", "DIR", "where archived segments are");
  const Param out = option("--out", "FILE", "where it goes; else standard output");
  Verb proof = Verb::of("ledger", "proof", "prove one entry, from the ledger's files: a tlog-proof",
                        "ambit ledger proof 17 --out 17.tlog-proof",
                        {positional("ENTRY", "its index").required(), out, ledger, archive}, prove);
  proof.has_json = false;
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
  tiles.has_json = false;
  return {offline(std::move(proof)), std::move(receipt), offline(std::move(tiles))};
}

}  // namespace ambit::cli
