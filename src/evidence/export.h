// Makes a bundle of evidence that verifies offline: docs/formats/export.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "evidence/selection.h"
#include "vault/key_ring.h"

namespace ambit::evidence {

struct ExportOptions {
  std::string directory;  // of the ledger, or of a copy
  std::string archive;    // where archived segments are; may be empty
  Selection selection;
  // A checkpoint that whoever gets the bundle kept from before, as a signed note; empty: none. The
  // bundle then proves that the log still continues it.
  std::string since;
  // Opens the values that the entries seal, as far as it has their keys; null: they stay sealed.
  const vault::KeyRing* open_with = nullptr;
  // No larger bundle is made; every tool can read a file of this size at once.
  std::size_t max_bytes = (std::size_t{1} << 31) - 1;
};

// Signs `text` with the log's present key, as a signed note.
using NoteSigner = std::function<Result<std::string>(std::string_view text)>;

// With the key in a file. It must be one that the ledger in `directory` had (`export.key`).
NoteSigner signer_with(std::string key_file, std::string directory);

struct ExportedBundle {
  std::string bytes;  // a tar archive
  std::uint64_t entries = 0;
  std::uint64_t matched = 0;  // of these, selected for their own sake
  std::uint64_t size = 0;     // of the checkpoint
  // With `open_with`, of entries that seal values: those opened, those whose key was destroyed, and
  // those whose key is not at hand.
  std::uint64_t opened = 0;
  std::uint64_t erased = 0;
  std::uint64_t locked = 0;
};

// Everything selected that the published checkpoint covers. The same ledger, checkpoint and
// selection give the same bytes. Errors: those of LedgerReader, `ledger.no_checkpoint`,
// `export.empty` (nothing is selected), `ledger.dropped` (of the range selected something is gone),
// `export.too_large`, `export.record` (an entry that is no record), `export.since` (the log does
// not continue that checkpoint), `export.key` (the signer has not the log's present key), and where
// values are opened those of the key ring and `vault.tampered`.
Result<ExportedBundle> export_evidence(const ExportOptions& options, const NoteSigner& sign);

}  // namespace ambit::evidence
