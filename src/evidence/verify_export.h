// Checks a bundle of evidence offline and names what is wrong with it: docs/formats/export.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evidence/selection.h"
#include "ledger/checkpoint.h"
#include "ledger/cosignature.h"
#include "ledger/note.h"

namespace ambit::evidence {

// What the verifier knows from elsewhere. Nothing of it: the bundle's own keys are believed.
struct ExportTrust {
  // Any key that the log had.
  std::optional<ledger::NoteVerifier> key;
  // A checkpoint of the log that was kept, as a signed note; only it can show that the holder of
  // the log's key rewrote or cut the log.
  std::string since;
  ledger::WitnessPolicy witnesses;
};

struct ExportFinding {
  std::string finding;  // `entry_edited`, ...: stable, for machines
  std::optional<std::uint64_t> entry;
  std::string what;
};

struct ExportReport {
  Selection selection;
  std::uint64_t entries = 0;
  std::uint64_t matched = 0;
  std::uint64_t opened =
      0;  // of which the values are in the bundle and what their leaves commit to
  ledger::Checkpoint checkpoint;
  std::size_t keys = 0;
  std::vector<ExportFinding> findings;  // the first says most; at most 20

  bool ok() const { return findings.empty(); }
};

// Never fails: whatever cannot be read is a finding.
ExportReport verify_export(std::string_view archive, const ExportTrust& trust = {});

}  // namespace ambit::evidence
