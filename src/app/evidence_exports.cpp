#include "app/evidence_exports.h"

#include <utility>

#include "evidence/export.h"

namespace ambit::app {
namespace {

// It is made in memory and sent in one answer; `ambit export` makes larger ones.
constexpr std::size_t kMaxBytes = 64u << 20;

}  // namespace

Result<ports::ExportBundle> EvidenceExports::make(const ports::ExportQuery& query) {
  auto made = export_now(query);
  busy_ = false;
  return made;
}

Result<ports::ExportBundle> EvidenceExports::export_now(const ports::ExportQuery& query) const {
  evidence::ExportOptions options;
  options.directory = data_ + "/ledger";
  options.archive = archive_;
  options.selection = {query.task, query.agent, query.from, query.to};
  options.since = query.since;
  options.open_with = query.open ? &keys_ : nullptr;
  options.max_bytes = kMaxBytes;
  const auto sign = evidence::signer_with(data_ + "/keys/ledger.jwk", options.directory);
  AMBIT_TRY(evidence::ExportedBundle made, evidence::export_evidence(options, sign));
  return ports::ExportBundle{std::move(made.bytes), made.entries, made.matched, made.size,
                             made.opened,           made.erased,  made.locked};
}

}  // namespace ambit::app
