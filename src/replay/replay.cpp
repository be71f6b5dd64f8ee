#include "replay/replay.h"

#include <algorithm>
#include <thread>

#include "replay/internal/crew.h"
#include "replay/internal/history.h"

namespace ambit::replay {
namespace {

constexpr std::uint64_t kProgressEvery = 16'384;

void keep_first(std::vector<Difference>& differences, std::size_t count) {
  std::sort(differences.begin(), differences.end(),
            [](const Difference& a, const Difference& b) { return a.index < b.index; });
  if (differences.size() > count) differences.resize(count);
}

}  // namespace

Result<ReplayReport> replay(const Source& source, const ReplayOptions& options) {
  const unsigned threads =
      options.threads > 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  ReplayReport report;
  History history(options.keys);
  Crew crew(history, options, threads);
  const auto take = [&](const ports::EntryView& entry) -> Result<> {
    if (!History::is_decision(entry.record)) return history.add(entry);
    AMBIT_TRY(ApprovalPtr approval, history.note_decision(entry));
    if (entry.index < options.from) return {};
    ++report.decisions;
    crew.add(entry, std::move(approval));
    if (options.progress && report.decisions % kProgressEvery == 0) {
      options.progress(report.decisions);
    }
    return {};
  };
  Result<> outcome;
  const auto scanned = source([&](const ports::EntryView& entry) {
    if (entry.index >= options.to || crew.failed()) return false;
    ++report.entries;
    outcome = take(entry);
    return outcome.has_value();
  });
  // What the crew stumbled over stands before all that was not given to it.
  AMBIT_CHECK_OK(crew.finish(report));
  AMBIT_CHECK_OK(scanned);
  AMBIT_CHECK_OK(outcome);
  keep_first(report.differences, options.max_differences);
  if (options.progress) options.progress(report.decisions);
  return report;
}

}  // namespace ambit::replay
