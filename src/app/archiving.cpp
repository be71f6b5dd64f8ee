#include "app/archiving.h"

#include <algorithm>
#include <utility>

#include "ledger/record.h"
#include "service/retention.h"

namespace ambit::app {
namespace {

// Often enough for what is asked, and seldom enough to cost nothing.
Duration between_looks(Duration after) {
  return Duration{std::clamp<std::int64_t>(after.ms / 10, 1000, minutes(60).ms)};
}

}  // namespace

Archiving::Archiving(ArchivingOptions options, ledger_file::FileLog& log, const ports::Clock& clock,
                     ports::Timers& timers, telemetry::Logger& logger)
    : options_(std::move(options)), log_(log), clock_(clock), timers_(timers), logger_(logger) {
  tick();
}

Archiving::~Archiving() {
  timers_.cancel(timer_);
  stopping_ = true;
}

void Archiving::tick() {
  if (executor_.pending() == 0) executor_.post([this] { move_what_is_due(); });
  timer_ = timers_.after(between_looks(options_.after), [this] { tick(); });
}

void Archiving::move_what_is_due() {
  const auto moved = move_those();
  const std::string trouble = moved ? "" : moved.error().message;
  if (!moved && trouble != trouble_) {
    logger_.error(moved.error().reason, "nothing is moved to the archive: " + trouble);
  }
  trouble_ = trouble;
}

Result<> Archiving::move_those() {
  AMBIT_TRY(const auto segments, ledger_file::list_segments(options_.directory, options_.archive));
  for (const ledger_file::SegmentState& segment : segments) {
    if (segment.place != ledger_file::SegmentPlace::kLive) continue;
    AMBIT_TRY(const bool due, is_due(segment));
    if (!due || stopping_) return {};
    AMBIT_TRY(const auto moved, log_.archive(segment.entries.end, service::may_be_referred_to));
    if (moved.segments == 0) return {};  // no checkpoint covers it yet
    AMBIT_TRY(ports::Entry entry, ledger_file::retention_record(
                                      clock_.now(), ledger_file::kArchivedKind, moved,
                                      text::Json::object({{"archive", options_.archive},
                                                          {"older_than_ms", options_.after.ms}})));
    // It has happened: a disk that is full now must not hide it.
    AMBIT_CHECK_OK(log_.append_reserved(std::move(entry), {}));
    logger_.info(
        "ledger.archived", "a segment was moved to the archive",
        {{"from", std::to_string(moved.entries.begin)}, {"to", std::to_string(moved.entries.end)}});
  }
  return {};
}

Result<bool> Archiving::is_due(const ledger_file::SegmentState& segment) const {
  AMBIT_TRY(const ports::Entry last, log_.read(segment.entries.end - 1));
  AMBIT_TRY(const ledger::Record record,
            ledger::decode_record(segment.entries.end - 1, last.record));
  return record.at.ms + options_.after.ms <= clock_.now().ms;
}

}  // namespace ambit::app
