// Reads the log in batches, with each decision's situation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "ports/index.h"
#include "ports/log.h"
#include "streams/evidence_item.h"

namespace ambit::streams {

struct Batch {
  std::uint64_t end = 0;  // entry behind the last one read
  std::vector<EvidenceItem> items;
};

class Feed {
 public:
  // Both outlive it. Without an index only the situations are known that were read in passing.
  Feed(const ports::Log& log, const ports::Index* index) : log_(log), index_(index) {}

  // Decisions and outcomes from entry `from` on, until there are `max_items` of them or the records
  // read have `max_bytes`. Errors: those of the log and the index, and `stream.situation` while the
  // index may yet find a situation.
  Result<Batch> read(std::uint64_t from, std::size_t max_items, std::size_t max_bytes);

 private:
  void learn(const ports::EntryView& entry);
  // The entry of a situation that stands before `before`; none where the log lacks it.
  Result<std::optional<std::uint64_t>> find(const std::string& situation, std::uint64_t before);
  Result<text::Json> facts_of(const std::string& situation, std::uint64_t before);

  const ports::Log& log_;
  const ports::Index* index_;
  // Of situations that were read in passing, and the facts of those that were used. Bounded: what
  // was let go of is found again through the index.
  std::unordered_map<std::string, std::uint64_t> entries_;
  std::unordered_map<std::string, text::Json> facts_;
};

}  // namespace ambit::streams
