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

#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "ledger/record.h"
#include "ledger_file/internal/segment.h"

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
  const SegmentHeader header{0, 0, 1 << 20, {}};
  const auto info = parse_index(bytes, "index", header);
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
  if (const auto info = scan_segment(*reader, path, end)) {
    require(end != FrameState::kFrame && info->used_bytes <= bytes.size());
    require(reader->end_of_bytes(info->used_bytes).has_value());
    require(reader->later_write_after(info->used_bytes, info->end_index()).has_value());
  }
  ::close(fd);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0: fuzz_record(bytes); break;
    case 1: fuzz_note(bytes); break;
    case 2: fuzz_checkpoint(bytes); break;
    case 3: fuzz_verifier_key(bytes); break;
    case 4: fuzz_index(bytes); break;
    default: fuzz_segment(bytes); break;
  }
  return 0;
}
