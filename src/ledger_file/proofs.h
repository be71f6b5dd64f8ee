// What proves something about a ledger's directory, or a copy of one, read from its tiles.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/key_chain.h"
#include "ledger/merkle.h"
#include "ports/log.h"

namespace ambit::ledger_file {

// Reads the hashes of a tree of at least `size` entries, which the newest checkpoint covers, from
// the tiles on disk. Not thread-safe.
Result<ledger::HashReader> hashes_of(const std::string& directory, std::uint64_t size);

// The leaf hash of entry `index` in its tile as it is in a tree of `size` entries, which is that of
// the newest checkpoint. Errors: `ledger.tile`.
Result<ledger::Hash> leaf_in_tile(const std::string& directory, std::uint64_t index,
                                  std::uint64_t size);

// `ledger.corrupt` when `record` is not what `leaf` is the hash of.
Result<> check_leaf(std::uint64_t index, std::string_view record, const ledger::Hash& leaf);

// The keys that the ledger says it had; nobody vouches for the first but whoever knows it from
// elsewhere.
Result<ledger::KeyChain> keys_of(const std::string& directory);

// The first checkpoint that covers entry `index`. `ledger.not_sealed` when none does.
Result<std::string> first_checkpoint_of(const std::string& directory, std::uint64_t index);

// The hashes that prove entry `index` to be in the tree of `size` entries, from the tiles on disk;
// `size` is at most that of the newest checkpoint. Verify with ledger::verify_inclusion.
Result<std::vector<ledger::Hash>> prove_inclusion(const std::string& directory, std::uint64_t index,
                                                  std::uint64_t size);
// The same for ledger::verify_consistency.
Result<std::vector<ledger::Hash>> prove_consistency(const std::string& directory,
                                                    std::uint64_t old_size, std::uint64_t new_size);

// The checkpoint that others should see: the witnessed one where there is one, else the newest.
// `ledger.no_checkpoint`.
Result<std::string> published_checkpoint(const std::string& directory);

// A receipt (ledger/receipt.h) for entry `index` under `checkpoint`, a signed note of this ledger.
// `ledger.not_sealed` when it does not cover the entry.
Result<std::string> make_receipt(const std::string& directory, std::uint64_t index,
                                 const std::string& checkpoint);

// Visits entries [from, to) of a ledger.
using EntrySource =
    std::function<Result<>(std::uint64_t from, std::uint64_t to, const ports::EntryVisitor& visit)>;

// What C2SP tlog-tiles serves under `path` for a log whose published checkpoint is `checkpoint`;
// errors as of ports::LogProofs::resource.
Result<std::string> published_resource(const std::string& directory, std::string_view path,
                                       const std::string& checkpoint, const EntrySource& entries);

}  // namespace ambit::ledger_file
