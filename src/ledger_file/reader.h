// Reads a ledger's directory, or a copy of one, without writing to it and without a lock.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "ports/log.h"

namespace ambit::ledger_file {

class LedgerReader {
 public:
  // Up to the last entry that is whole now. `archive` is where archived segments are, or empty.
  // Errors: `ledger.no_ledger`, `ledger.corrupt`, `ledger.version`, `ledger.io`.
  static Result<LedgerReader> open(const std::string& directory, const std::string& archive = "");
  LedgerReader(LedgerReader&&) noexcept;
  LedgerReader& operator=(LedgerReader&&) noexcept;
  ~LedgerReader();

  std::uint64_t size() const;
  // Errors as of ports::Log, and `ledger.absent` for entries whose archive is not at hand.
  Result<ports::Entry> read(std::uint64_t index) const;
  Result<> scan(std::uint64_t from, std::uint64_t to, const ports::EntryVisitor& visit) const;

 private:
  struct State;
  explicit LedgerReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Makes `target` a folder that any static file server can serve to C2SP tlog-tiles clients:
// `checkpoint` (the witnessed one where there is one), hash tiles and entry bundles. Run again it
// adds what is new; the checkpoint comes last. What stands beside records is not published. Gives
// the number of entries published. Errors as of LedgerReader, `ledger.no_checkpoint`.
Result<std::uint64_t> publish(const std::string& directory, const std::string& archive,
                              const std::string& target);

}  // namespace ambit::ledger_file
