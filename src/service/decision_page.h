// Decisions as a page shows them, read off the loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ports/index.h"
#include "ports/log.h"
#include "text/json.h"
#include "vault/key_ring.h"

namespace ambit::service {

// What reading takes, all of it thread-safe.
struct EvidenceSources {
  const ports::Log* log = nullptr;
  const ports::Index* index = nullptr;
  const vault::KeyRing* keys = nullptr;  // null: what records seal stays closed
};

struct DecisionPage {
  text::JsonArray items;
  // The last entry that was looked at, where the page became too large for those behind it.
  std::optional<std::uint64_t> cut_at = {};
};

// The decisions at these entries, in the order given, in the form of Decisions::show() without how
// they ended. Entries that are no decisions are left out, and those that are not of `task` when it
// is named: an index is no authority on what somebody may see. Blocks on the disk.
Result<DecisionPage> read_decisions(const EvidenceSources& sources,
                                    const std::vector<std::uint64_t>& entries,
                                    const std::string& task);

}  // namespace ambit::service
