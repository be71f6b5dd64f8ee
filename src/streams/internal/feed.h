// Reads the log in batches, with each decision's situation.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "ports/log.h"
#include "streams/evidence_item.h"

namespace ambit::streams {

struct Batch {
  std::uint64_t end = 0;  // entry behind the last one read
  std::vector<EvidenceItem> items;
};

class Feed {
 public:
  explicit Feed(const ports::Log& log) : log_(log) {}

  // Decisions and outcomes from entry `from` on, until there are `max_items` of them or the records
  // read have `max_bytes`. Situations between the calls are found again in the log.
  Result<Batch> read(std::uint64_t from, std::size_t max_items, std::size_t max_bytes);

 private:
  Result<> learn_before(std::uint64_t from);
  void learn(const ports::EntryView& entry);
  Result<text::Json> facts_of(const std::string& situation);

  const ports::Log& log_;
  std::uint64_t learnt_ = 0;  // entries whose situations are known
  std::unordered_map<std::string, std::uint64_t> situations_;
  // The facts that were used last.
  std::list<std::pair<std::string, text::Json>> recent_;
  std::map<std::string, std::list<std::pair<std::string, text::Json>>::iterator> recent_at_;
};

}  // namespace ambit::streams
