#include "ledger/witness.h"

#include <charconv>

#include "ledger/note.h"
#include "ledger/proof.h"

namespace ambit::ledger {

std::string encode_add_checkpoint(const AddCheckpoint& request) {
  return "old " + std::to_string(request.old_size) + "\n" + proof_lines(request.proof) + "\n" +
         request.checkpoint;
}

Result<AddCheckpoint> parse_add_checkpoint(std::string_view body) {
  AddCheckpoint out;
  AMBIT_TRY(out.old_size, take_number_line(body, "old"));
  AMBIT_TRY(out.proof, take_proof_lines(body));
  if (const auto note = parse_note(body); !note) return fail(note.error());
  out.checkpoint = body;
  return out;
}

Result<std::uint64_t> parse_conflict_size(std::string_view body) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), size);
  if (error == std::errc() && body == std::to_string(size) + "\n") return size;
  return fail(Code::kInvalid, "witness.answer",
              "the answer of a witness to a wrong size is the right one in decimal, not `" +
                  std::string(body.substr(0, 32)) + "`");
}

}  // namespace ambit::ledger
