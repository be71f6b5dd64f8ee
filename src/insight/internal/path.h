// The records that lead to one decision and from it to its outcome.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "insight/evidence.h"

namespace ambit::insight::internal {

struct Path {
  ledger::Record decision;
  text::Json facts;
  std::vector<ledger::Record> records;   // by entry; the decision among them
  std::vector<std::string> missing;      // what the log lacks, for people
  std::vector<text::Json> tasks;         // as started: the task, its parent, ..., the root
  const ledger::Record* ending() const;  // the outcome or the withdrawal; null while there is none
};

Result<Path> path_of(Evidence& evidence, const std::string& decision);

}  // namespace ambit::insight::internal
