// Merkle proofs as text, one base64 hash a line, as C2SP tlog-proof and tlog-witness write them.
// Building and checking them: ledger/merkle.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/merkle.h"

namespace ambit::ledger {

// No proof of RFC 6962 over a tree of up to 2^63 entries is longer.
inline constexpr std::size_t kMaxProofHashes = 63;

std::string proof_lines(const std::vector<Hash>& proof);

// Takes lines off the front of `text` up to and with the empty line that ends the proof. Fails with
// `proof.form`.
Result<std::vector<Hash>> take_proof_lines(std::string_view& text);

// Takes `<word> <decimal number>\n` off the front of `text`; no sign, no leading zeros. Fails with
// `proof.form`.
Result<std::uint64_t> take_number_line(std::string_view& text, std::string_view word);

}  // namespace ambit::ledger
