// What every adapter asks of a commit before it touches anything, and how it refuses one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/store.h"

namespace ambit::storage::internal {

inline constexpr std::size_t kMaxNameBytes = 512;
inline constexpr std::size_t kMaxPayloadBytes = 16u << 20;

// Names and JSON are UTF-8 without NUL, as every SQL engine can keep them; no document is written
// twice; there is something to write. Reasons: `store.name`, `store.text`, `store.too_large`,
// `store.twice`, `store.empty`.
Result<> check_commit(const std::vector<ports::Write>& writes, std::string_view actor,
                      std::string_view evidence);

// `store.conflict` unless `found`, the stored revision (zero: no document), is the expected one;
// `store.nothing_to_remove` for the removal of a document that is expected not to exist.
Result<> check_expected(const ports::Write& write, std::uint64_t found);

// `store.name` and `key.form` for a key that cannot be kept: it has wrapped bytes, at most 4 KiB.
Result<> check_key(const ports::StoredKey& key);
tl::unexpected<Error> unknown_key(std::string_view id);
tl::unexpected<Error> existing_key(std::string_view id);

// How many of `changes`, sorted by revision and holding whole commits, fit in `limit` without
// splitting a commit; the first commit always fits, so that a reader always advances.
std::size_t whole_commits(const std::vector<ports::Change>& changes, std::size_t limit);

}  // namespace ambit::storage::internal
