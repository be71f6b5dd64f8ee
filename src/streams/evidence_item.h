// One record of the log as the formats of this room see it.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "text/json.h"

namespace ambit::streams {

struct EvidenceItem {
  std::uint64_t index = 0;  // of the entry
  Time at;
  std::string kind;
  text::Json body;
  text::Json facts;  // of the situation that a decision was made in; an object
};

}  // namespace ambit::streams
