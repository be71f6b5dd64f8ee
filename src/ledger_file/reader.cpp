#include "ledger_file/reader.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "ledger/bundle.h"
#include "ledger/checkpoint.h"
#include "ledger_file/internal/segment_scan.h"
#include "ledger_file/internal/tile_files.h"
#include "ledger_file/proofs.h"

namespace ambit::ledger_file {

struct LedgerReader::State {
  internal::SegmentFolders folders;
  std::vector<internal::SegmentInfo> segments;

  std::optional<internal::SegmentInfo> find(std::uint64_t index) const {
    return internal::find_segment(segments, index);
  }
};

LedgerReader::LedgerReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
LedgerReader::LedgerReader(LedgerReader&&) noexcept = default;
LedgerReader& LedgerReader::operator=(LedgerReader&&) noexcept = default;
LedgerReader::~LedgerReader() = default;

Result<LedgerReader> LedgerReader::open(const std::string& directory, const std::string& archive) {
  if (!internal::file_exists(directory + "/segments")) {
    return fail(Code::kNotFound, "ledger.no_ledger", "`" + directory + "` is not a ledger");
  }
  auto state = std::make_unique<State>(State{{directory + "/segments", archive}, {}});
  AMBIT_TRY(const std::uint64_t count, state->folders.count());
  if (count > 0) {
    AMBIT_TRY(auto reader, internal::SegmentReader::open(state->folders.live_path(count - 1)));
    internal::FrameState end = internal::FrameState::kEnd;
    AMBIT_TRY(auto newest, internal::scan_segment(reader, end));
    state->segments.push_back(std::move(newest));
  }
  for (std::uint64_t sequence = count; sequence-- > 1;) {
    AMBIT_TRY(auto info, internal::read_closed(state->folders, sequence - 1,
                                               state->segments.back().header.first_index));
    state->segments.push_back(std::move(info));
  }
  if (count > 0 && state->segments.back().header.first_index != 0) {
    return fail(Code::kInternal, "ledger.corrupt",
                "the first segment of `" + directory + "` does not begin with entry 0");
  }
  std::reverse(state->segments.begin(), state->segments.end());
  return LedgerReader(std::move(state));
}

std::uint64_t LedgerReader::size() const {
  return state_->segments.empty() ? 0 : state_->segments.back().end_index();
}

Result<ports::Entry> LedgerReader::read(std::uint64_t index) const {
  return internal::read_entry(
      state_->folders, [this](std::uint64_t at) { return state_->find(at); }, index, size());
}

Result<> LedgerReader::scan(std::uint64_t from, std::uint64_t to,
                            const ports::EntryVisitor& visit) const {
  return internal::scan_segments(
      state_->folders, [this](std::uint64_t at) { return state_->find(at); }, from,
      std::min(to, size()), visit);
}

}  // namespace ambit::ledger_file
