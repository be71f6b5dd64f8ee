// The retention holds of a ledger, in its file `holds`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ports/holds.h"

namespace ambit::ledger_file {

// Errors beside those of the port: `ledger.io`, `ledger.corrupt` for a file that says none.
class HoldFile final : public ports::Holds {
 public:
  // `directory` is the ledger's.
  explicit HoldFile(const std::string& directory) : path_(directory + "/holds") {}

  Result<std::vector<ports::Hold>> all() const override;
  Result<> place(const ports::Hold& hold) override;
  Result<> release(const std::string& name) override;

 private:
  Result<> write(const std::vector<ports::Hold>& holds) const;

  std::string path_;
};

}  // namespace ambit::ledger_file
