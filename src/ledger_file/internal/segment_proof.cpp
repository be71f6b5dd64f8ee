#include "ledger_file/internal/segment_proof.h"

#include <utility>

#include "ledger/checkpoint.h"
#include "ledger/proof.h"
#include "ledger_file/internal/tile_files.h"
#include "ledger_file/proofs.h"

namespace ambit::ledger_file::internal {
namespace {

constexpr std::string_view kHeader = "ambit segment proof v1\n";

}  // namespace

std::string encode_segment_proof(const SegmentProof& proof) {
  std::string out(kHeader);
  out += "first " + std::to_string(proof.before.size()) + "\n";
  out += ledger::proof_lines(proof.before.nodes()) + "\n";
  out += "end " + std::to_string(proof.end) + "\n";
  return out + ledger::proof_lines(proof.consistency) + "\n" + proof.checkpoint;
}

Result<SegmentProof> parse_segment_proof(std::string_view bytes) {
  if (!bytes.starts_with(kHeader)) {
    return fail(Code::kInvalid, "proof.form",
                "the proof of a segment begins with `ambit segment proof v1`");
  }
  bytes.remove_prefix(kHeader.size());
  SegmentProof out;
  AMBIT_TRY(const std::uint64_t first, ledger::take_number_line(bytes, "first"));
  AMBIT_TRY(std::vector<ledger::Hash> nodes, ledger::take_proof_lines(bytes));
  AMBIT_TRY(out.before, ledger::Frontier::from_nodes(first, std::move(nodes)));
  AMBIT_TRY(out.end, ledger::take_number_line(bytes, "end"));
  AMBIT_TRY(out.consistency, ledger::take_proof_lines(bytes));
  if (const auto note = ledger::parse_note(bytes); !note) return fail(note.error());
  out.checkpoint = bytes;
  return out;
}

Result<SegmentProof> make_segment_proof(const std::string& directory, std::uint64_t first,
                                        std::uint64_t end, const std::string& checkpoint) {
  AMBIT_TRY(const ledger::UnverifiedNote note, ledger::parse_note(checkpoint));
  AMBIT_TRY(const ledger::Checkpoint claimed, ledger::parse_checkpoint_text(note.text));
  const ledger::HashReader read = ledger::tile_hash_reader(
      claimed.size, [&](const ledger::TileId& id) { return read_tile(directory, id); });
  SegmentProof out;
  AMBIT_TRY(out.before, ledger::frontier_at(first, read));
  out.end = end;
  AMBIT_TRY(out.consistency, ledger::consistency_proof(end, claimed.size, read));
  out.checkpoint = checkpoint;
  return out;
}

}  // namespace ambit::ledger_file::internal
