#include "ledger/receipt.h"

#include <utility>

#include "ledger/proof.h"
#include "text/base64url.h"

namespace ambit::ledger {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1\n";
constexpr std::string_view kExtra = "extra ";

}  // namespace

std::string encode_receipt(const Receipt& receipt) {
  std::string out(kHeader);
  if (!receipt.extra.empty()) {
    out.append(kExtra).append(text::to_base64(receipt.extra)).append("\n");
  }
  out += "index " + std::to_string(receipt.index) + "\n";
  return out + proof_lines(receipt.proof) + "\n" + receipt.checkpoint;
}

Result<Receipt> parse_receipt(std::string_view bytes) {
  const auto bad_form = [](std::string message) {
    return fail(Code::kInvalid, "proof.form", std::move(message));
  };
  if (!bytes.starts_with(kHeader)) {
    return bad_form("a receipt begins with the line `c2sp.org/tlog-proof@v1`");
  }
  bytes.remove_prefix(kHeader.size());
  Receipt out;
  if (bytes.starts_with(kExtra)) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) return bad_form("a line is cut off");
    const auto extra = text::from_base64(bytes.substr(kExtra.size(), end - kExtra.size()));
    if (!extra || extra->empty()) return bad_form("the extra data of a receipt is not base64");
    out.extra = *extra;
    bytes.remove_prefix(end + 1);
  }
  AMBIT_TRY(out.index, take_number_line(bytes, "index"));
  AMBIT_TRY(out.proof, take_proof_lines(bytes));
  if (const auto note = parse_note(bytes); !note) return fail(note.error());
  out.checkpoint = bytes;
  return out;
}

Result<VerifiedReceipt> verify_receipt(const Receipt& receipt, std::string_view entry,
                                       const ReceiptTrust& trust) {
  VerifiedReceipt out;
  AMBIT_TRY(out.checkpoint, open_checkpoint(receipt.checkpoint, trust.keys));
  AMBIT_TRY(out.cosignatures, check_quorum(receipt.checkpoint, trust.witnesses));
  AMBIT_CHECK_OK(verify_inclusion(receipt.index, out.checkpoint.size, leaf_hash(entry),
                                  receipt.proof, out.checkpoint.root));
  return out;
}

}  // namespace ambit::ledger
