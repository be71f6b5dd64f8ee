#include "replay/find.h"

#include "replay/internal/decision_reader.h"
#include "replay/internal/history.h"

namespace ambit::replay {
namespace {

FoundDecision found(RecordedDecision recorded) {
  FoundDecision out{recorded.index, std::move(recorded.action), std::move(recorded.snapshot),
                    nullptr, std::move(recorded.approval)};
  if (recorded.session) {
    out.session = std::make_shared<const domain::SessionState>(*std::move(recorded.session));
  }
  out.snapshot.session = out.session.get();
  out.snapshot.approval = out.approval.get();
  return out;
}

Result<> check_values(const RecordedDecision& recorded) {
  if (recorded.values == vault::Values::kErased) {
    return fail(Code::kNotFound, "replay.erased",
                "what `" + recorded.action.id + "` was decided on was erased");
  }
  if (recorded.values == vault::Values::kLocked) {
    return fail(Code::kUnsupported, "replay.locked",
                "what `" + recorded.action.id +
                    "` was decided on is sealed; name the data directory "
                    "that has the key with `--keys`");
  }
  return {};
}

}  // namespace

Result<FoundDecision> find(const Source& source, const std::string& decision,
                           const vault::KeyRing* keys) {
  History history(keys);
  DecisionReader reader(history, keys);
  std::optional<FoundDecision> out;
  Result<> outcome;
  const auto note = [&](const ports::EntryView& entry) -> Result<> {
    if (!History::is_decision(entry.record)) return history.add(entry);
    AMBIT_TRY(ApprovalPtr approval, history.note_decision(entry));
    // Ids stand in the record as they are, so most records need not be read.
    if (entry.record.find(decision) == std::string_view::npos) return {};
    RecordedDecision recorded;
    AMBIT_CHECK_OK(reader.read(entry, std::move(approval), recorded));
    if (recorded.action.id != decision) return {};
    AMBIT_CHECK_OK(check_values(recorded));
    if (!recorded.complete) {
      return fail(Code::kUnsupported, "replay.incomplete",
                  "the arguments of `" + decision + "` were too large to be recorded");
    }
    out = found(std::move(recorded));
    return {};
  };
  AMBIT_CHECK_OK(source([&](const ports::EntryView& entry) {
    outcome = note(entry);
    return outcome.has_value() && !out;
  }));
  AMBIT_CHECK_OK(std::move(outcome));
  if (out) return *std::move(out);
  return fail(Code::kNotFound, "decision.unknown",
              "the ledger has no decision `" + decision.substr(0, 60) + "`");
}

}  // namespace ambit::replay
