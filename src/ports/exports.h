// How bundles of evidence are made of the log while it is being written.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "base/result.h"

namespace ambit::ports {

// The entries [from, to) that concern `task` (with those below it) and `agent`; an empty name asks
// for no particular one.
struct ExportQuery {
  std::string task;
  std::string agent;
  std::uint64_t from = 0;
  std::uint64_t to = std::numeric_limits<std::uint64_t>::max();
  std::string since;  // a checkpoint that whoever gets the bundle kept; may be empty
  bool open = false;  // the values that entries seal, too
};

struct ExportBundle {
  std::string bytes;  // docs/formats/export.md
  std::uint64_t entries = 0;
  std::uint64_t matched = 0;
  std::uint64_t size = 0;  // of the checkpoint
  std::uint64_t opened = 0;
  std::uint64_t erased = 0;
  std::uint64_t locked = 0;
};

class Exports {
 public:
  virtual ~Exports() = default;

  // Takes the one place there is: false while a bundle is being made. Whoever got true calls
  // make().
  virtual bool begin() = 0;
  // Reads the log from its files, which takes as long as it is large, and gives the place back.
  // Errors: those of evidence::export_evidence.
  virtual Result<ExportBundle> make(const ExportQuery& query) = 0;
};

}  // namespace ambit::ports
