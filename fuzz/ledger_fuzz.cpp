// rooms: ledger ledger_file
// The readers of the ledger: the first byte chooses one. What they accept must come back unchanged
// from the writer.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include "ledger/base.h"
#include "ledger/bundle.h"
#include "ledger/checkpoint.h"
#include "ledger/cosignature.h"
#include "ledger/key_chain.h"
#include "ledger/note.h"
#include "ledger/receipt.h"
#include "ledger/record.h"
#include "ledger/witness.h"
#include "ledger_file/internal/segment.h"
#include "ledger_file/internal/segment_proof.h"

namespace {

using namespace ambit;

void require(bool condition) {
  if (!condition) std::abort();
}

void fuzz_record(std::string_view bytes) {
  const auto record = ledger::decode_record(1, bytes);
  if (!record) return;
  const auto again = ledger::encode_record(*record);
  require(again && *again == bytes);
}

void fuzz_note(std::string_view bytes) {
  static const auto verifier = *ledger::NoteVerifier::parse(
      "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  const auto note = ledger::parse_note(bytes);
  const auto opened = ledger::open_note(bytes, verifier);
  require(note || !opened);
  if (opened) require(*opened == note->text);
}

void fuzz_checkpoint(std::string_view bytes) {
  const auto checkpoint = ledger::parse_checkpoint_text(bytes);
  if (checkpoint) require(ledger::checkpoint_text(*checkpoint) == bytes);
}

void fuzz_verifier_key(std::string_view bytes) {
  const auto verifier = ledger::NoteVerifier::parse(bytes);
  if (verifier) require(verifier->to_text() == bytes);
}

void fuzz_index(std::string_view bytes) {
  using namespace ledger_file::internal;
  const auto info = parse_index(bytes);
  if (info) require(encode_index(*info) == bytes);
}

void fuzz_segment(std::string_view bytes) {
  using namespace ledger_file::internal;
  const int fd = ::memfd_create("segment", 0);
  require(fd >= 0 && ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  auto reader = SegmentReader::open(path, 256);
  require(reader.has_value());
  FrameState end = FrameState::kFrame;
  if (const auto info = scan_segment(*reader, end)) {
    require(end != FrameState::kFrame && info->used_bytes <= bytes.size());
    require(reader->end_of_bytes(info->used_bytes).has_value());
    require(reader->later_write_after(info->used_bytes, info->end_index()).has_value());
  }
  ::close(fd);
}

void fuzz_receipt(std::string_view bytes) {
  const auto receipt = ledger::parse_receipt(bytes);
  if (receipt) require(ledger::encode_receipt(*receipt) == bytes);
}

void fuzz_add_checkpoint(std::string_view bytes) {
  const auto request = ledger::parse_add_checkpoint(bytes);
  if (request) require(ledger::encode_add_checkpoint(*request) == bytes);
}

void fuzz_key_chain(std::string_view bytes) {
  const auto chain = ledger::KeyChain::parse(bytes);
  if (chain) require(chain->to_text() == bytes);
}

void fuzz_tile_path(std::string_view bytes) {
  const auto found = ledger::parse_tile_path(bytes);
  if (!found) return;
  require((found->entries ? ledger::bundle_path(found->tile.index, found->tile.width)
                          : ledger::tile_path(found->tile)) == bytes);
}

void fuzz_bundle(std::string_view bytes) {
  if (bytes.empty()) return;
  const unsigned width = static_cast<std::uint8_t>(bytes[0]);
  const auto records = ledger::parse_bundle(bytes.substr(1), width);
  if (!records) return;
  std::string again;
  for (const std::string_view record : *records) ledger::append_to_bundle(again, record);
  require(again == bytes.substr(1));
}

void fuzz_segment_proof(std::string_view bytes) {
  using namespace ledger_file::internal;
  const auto proof = parse_segment_proof(bytes);
  if (proof) require(encode_segment_proof(*proof) == bytes);
}

// What a witness answers: cosignature lines, or a size.
void fuzz_witness(std::string_view bytes) {
  static const auto policy = *ledger::WitnessPolicy::make(
      {*ledger::WitnessKey::make(
          "witness.example/1",
          crypto::SigningKey::from_ed25519_seed(std::string(32, '1'))->public_key())},
      1);
  if (const auto size = ledger::parse_conflict_size(bytes)) {
    require(std::to_string(*size) + "\n" == bytes);
  }
  const auto lines = ledger::parse_signatures(bytes);
  if (!lines) return;
  std::string again;
  for (const auto& line : *lines) again += ledger::signature_line_of(line);
  require(again == bytes);
  static_cast<void>(ledger::cosignatures_of("log\n1\nroot\n", *lines, policy));
}

// Of bytes as they are, and of a state that is signed.
void fuzz_base(std::string_view bytes) {
  static const auto key = *crypto::SigningKey::from_ed25519_seed(std::string(32, 'k'));
  static const auto name = *ledger::NoteVerifier::make("log", key.public_key());
  static const ledger::KeyChain chain(name);
  if (const auto base = ledger::decode_base(bytes, chain)) require(bytes.ends_with(base->state));
  const ledger::Base made{bytes.size(), std::string(bytes)};
  const auto read = ledger::decode_base(ledger::encode_base(made, name, key), chain);
  require(read && read->size == made.size && read->state == made.state);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 14) {
    case 0: fuzz_record(bytes); break;
    case 1: fuzz_note(bytes); break;
    case 2: fuzz_checkpoint(bytes); break;
    case 3: fuzz_verifier_key(bytes); break;
    case 4: fuzz_index(bytes); break;
    case 5: fuzz_segment(bytes); break;
    case 6: fuzz_receipt(bytes); break;
    case 7: fuzz_add_checkpoint(bytes); break;
    case 8: fuzz_key_chain(bytes); break;
    case 9: fuzz_tile_path(bytes); break;
    case 10: fuzz_bundle(bytes); break;
    case 11: fuzz_segment_proof(bytes); break;
    case 12: fuzz_witness(bytes); break;
    default: fuzz_base(bytes); break;
  }
  return 0;
}
