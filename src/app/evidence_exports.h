// Bundles of evidence made of the ledger of this server, signed with its key.
#pragma once

#include <atomic>
#include <string>

#include "ports/exports.h"
#include "vault/key_ring.h"

namespace ambit::app {

class EvidenceExports final : public ports::Exports {
 public:
  // `data` is the data directory, `archive` where archived segments are. `keys` outlive it.
  EvidenceExports(std::string data, std::string archive, const vault::KeyRing& keys)
      : data_(std::move(data)), archive_(std::move(archive)), keys_(keys) {}

  bool begin() override { return !busy_.exchange(true); }
  Result<ports::ExportBundle> make(const ports::ExportQuery& query) override;

 private:
  Result<ports::ExportBundle> export_now(const ports::ExportQuery& query) const;

  std::string data_;
  std::string archive_;
  const vault::KeyRing& keys_;
  std::atomic<bool> busy_ = false;
};

}  // namespace ambit::app
