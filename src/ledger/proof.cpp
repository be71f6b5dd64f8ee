#include "ledger/proof.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "text/base64url.h"

namespace ambit::ledger {
namespace {

tl::unexpected<Error> bad_form(std::string message) {
  return fail(Code::kInvalid, "proof.form", std::move(message));
}

// The next line without its newline.
Result<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return bad_form("a line is cut off");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string proof_lines(const std::vector<Hash>& proof) {
  std::string out;
  for (const Hash& hash : proof) out += text::to_base64(hash.view()) + "\n";
  return out;
}

Result<std::vector<Hash>> take_proof_lines(std::string_view& text) {
  std::vector<Hash> proof;
  for (;;) {
    AMBIT_TRY(const std::string_view line, take_line(text));
    if (line.empty()) return proof;
    if (proof.size() == kMaxProofHashes) return bad_form("a proof has at most 63 hashes");
    const auto bytes = text::from_base64(line);
    Hash hash;
    if (!bytes || bytes->size() != hash.bytes.size()) {
      return bad_form("a line of a proof is base64 of 32 bytes, not `" +
                      std::string(line.substr(0, 64)) + "`");
    }
    std::copy(bytes->begin(), bytes->end(), hash.bytes.begin());
    proof.push_back(hash);
  }
}

Result<std::uint64_t> take_number_line(std::string_view& text, std::string_view word) {
  AMBIT_TRY(const std::string_view line, take_line(text));
  const std::string start = std::string(word) + " ";
  std::uint64_t number = 0;
  if (line.starts_with(start)) {
    const std::string_view digits = line.substr(start.size());
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc() && std::to_string(number) == digits) return number;
  }
  return bad_form("expected `" + start + "` and a decimal number, not `" +
                  std::string(line.substr(0, 64)) + "`");
}

}  // namespace ambit::ledger
