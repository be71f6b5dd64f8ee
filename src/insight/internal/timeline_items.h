// Records as the items of a timeline.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "insight/evidence.h"

namespace ambit::insight::internal {

class TimelineItems {
 public:
  explicit TimelineItems(Evidence& evidence) : evidence_(evidence) {}

  // One item, after those that were made before.
  Result<text::Json> make(const ledger::Record& record);
  // The records are told before the items: the next one follows upon the newest of them, and the
  // released action among them is the last one that reached a system.
  Result<> follow(const std::vector<ledger::Record>& before);

  // Everything that the released actions of the items reached.
  text::Json touched() const;
  text::Json longest_gap() const;

 private:
  Result<> add_decision(const ledger::Record& record, text::Json& item);
  Result<std::vector<std::string>> offered(const ledger::Record& record, const text::Json& facts);
  void add_hop(const text::Json& facts, text::Json& item);

  Evidence& evidence_;
  std::optional<Time> before_;
  std::int64_t longest_ms_ = 0;
  std::int64_t after_longest_ = -1;               // entry
  std::map<std::string, std::string> system_of_;  // by root task: the last one reached
  std::set<std::string> systems_, targets_, domains_, tools_, labels_;
};

}  // namespace ambit::insight::internal
