// Values that records seal, opened for whoever gets a bundle (docs/formats/export.md).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evidence/internal/bundle_files.h"
#include "evidence/verify_export.h"
#include "ledger/record.h"
#include "vault/key_ring.h"

namespace ambit::evidence {

// Opens the values of records one after the other, and makes the file of them.
class ValueOpener {
 public:
  // The keys outlive it.
  explicit ValueOpener(const vault::KeyRing& keys) : keys_(keys) {}

  // Errors: those of the key ring, and `vault.tampered`.
  Result<> add(const ledger::Record& record, std::string_view beside);

  // `opened.jsonl`: first the committing keys, then the values, each in ascending order.
  std::string file() const;
  std::size_t bytes() const { return lines_.size(); }
  std::uint64_t opened() const { return opened_; }
  std::uint64_t erased() const { return erased_; }
  std::uint64_t locked() const { return locked_; }

 private:
  const vault::KeyRing& keys_;
  std::map<std::string, std::string> committing_;  // by key
  std::string lines_;
  std::uint64_t opened_ = 0, erased_ = 0, locked_ = 0;
};

// What is wrong with the values in `file`: each must be what the entry in `lines` commits to. Adds
// to `right` those that are.
std::vector<ExportFinding> wrong_values(std::string_view file, const std::vector<EntryLine>& lines,
                                        std::uint64_t& right);

}  // namespace ambit::evidence
