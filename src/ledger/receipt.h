// Receipts (C2SP tlog-proof): one file that proves, offline, that an entry is in the log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/checkpoint.h"
#include "ledger/cosignature.h"
#include "ledger/merkle.h"

namespace ambit::ledger {

struct Receipt {
  std::uint64_t index = 0;
  std::vector<Hash> proof;  // of inclusion in the tree of `checkpoint`
  std::string checkpoint;   // a signed note, with cosignatures where the log is witnessed
  std::string extra;        // opaque, not authenticated; may be empty
};

// Extension `.tlog-proof`.
std::string encode_receipt(const Receipt& receipt);
// Reads exactly that. Fails with `proof.form` or `note.form`.
Result<Receipt> parse_receipt(std::string_view bytes);

struct ReceiptTrust {
  std::vector<NoteVerifier> keys;  // of the log; one of them must have signed
  WitnessPolicy witnesses;
};

struct VerifiedReceipt {
  Checkpoint checkpoint;
  std::vector<Cosignature> cosignatures;
};

// Checks that `entry` is the entry that the receipt is for. Fails with the errors of
// open_checkpoint and check_quorum, or with `ledger.bad_proof`.
Result<VerifiedReceipt> verify_receipt(const Receipt& receipt, std::string_view entry,
                                       const ReceiptTrust& trust);

}  // namespace ambit::ledger
