// Moves what has become old to the archive while the server runs.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "host/thread_executor.h"
#include "ledger_file/file_log.h"
#include "ports/host.h"
#include "telemetry/logger.h"

namespace ambit::app {

struct ArchivingOptions {
  std::string directory;  // of the ledger
  std::string archive;    // the log has the same
  Duration after;         // so long after its last entry a segment may go
};

// Loop thread. Each move is recorded in the log that it is about, as `ledger.archived`.
class Archiving {
 public:
  // Looks at once and then from time to time. Everything outlives it.
  Archiving(ArchivingOptions options, ledger_file::FileLog& log, const ports::Clock& clock,
            ports::Timers& timers, telemetry::Logger& logger);
  // Waits for the segment that is being moved.
  ~Archiving();
  Archiving(const Archiving&) = delete;
  Archiving& operator=(const Archiving&) = delete;

 private:
  void tick();
  void move_what_is_due();
  Result<> move_those();
  Result<bool> is_due(const ledger_file::SegmentState& segment) const;

  ArchivingOptions options_;
  ledger_file::FileLog& log_;
  const ports::Clock& clock_;
  ports::Timers& timers_;
  telemetry::Logger& logger_;
  std::uint64_t timer_ = 0;
  std::atomic<bool> stopping_ = false;
  std::string trouble_;  // what was wrong the last time
  host::ThreadExecutor executor_{true};
};

}  // namespace ambit::app
