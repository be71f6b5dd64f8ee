#include "service/internal/agreement.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "ledger/record.h"
#include "service/internal/endings.h"
#include "service/internal/evidence.h"
#include "service/internal/rebuild.h"

namespace ambit::service {
namespace {

using text::Json;

// From here on the registry counts anew.
constexpr std::string_view kRestored = "registry.restored";

Error behind(std::uint64_t registry, std::uint64_t ledger) {
  const bool is_registry = registry < ledger;
  return {Code::kConflict, is_registry ? "state.registry_behind" : "state.ledger_behind",
          "the registry has " + std::to_string(registry) +
              " changes and the ledger has evidence of " + std::to_string(ledger) + ": the " +
              (is_registry ? "registry" : "ledger") +
              " was lost, or replaced by an older copy; put its newest copy back" +
              (is_registry ? ", or start once with `--accept-older-registry`, which ends all tasks"
                           : "")};
}

// What was taken away since then is there again, so nothing of it may still be at work.
Result<> accept_older(Context& context, std::uint64_t registry, std::uint64_t ledger) {
  const Json body = Json::object({{"registry", static_cast<std::int64_t>(registry)},
                                  {"ledger", static_cast<std::int64_t>(ledger)}});
  AMBIT_TRY(std::string record, ledger::encode_record(context.now(), std::string(kRestored), body));
  context.ports.log->append(std::move(record), {});
  std::vector<std::string> open;
  for (const auto& [id, entry] : context.world.tasks) {
    if (entry.task->state == domain::TaskState::kOpen) open.push_back(id);
  }
  for (const auto& id : open) end_task(context, id, "registry_restored", "ambit", {});
  return {};
}

// Debts of changes that are no older than this many are looked for among the newest records of
// changes: the other half of these is more than can be queued for the ledger out of order.
constexpr std::uint64_t kSurelyRecent = LedgerState::kRecentChanges / 2;

Result<std::set<std::string>> look_everywhere(const ports::Log& log,
                                              const std::vector<ports::Owed>& owed) {
  std::set<std::string> there;
  AMBIT_CHECK_OK(log.scan(0, [&](const ports::EntryView& entry) {
    for (const auto& debt : owed) {
      if (debt.record_bytes == entry.record) there.insert(debt.record_bytes);
    }
    return true;
  }));
  return there;
}

// The owed records that the ledger has already.
Result<std::set<std::string>> paid(const Context& context, const LedgerState& state,
                                   const std::vector<ports::Owed>& owed) {
  std::set<std::string> there;
  if (owed.empty()) return there;
  const std::set<RecordMark> recent(state.recent_changes.begin(), state.recent_changes.end());
  for (const auto& debt : owed) {
    if (recent.contains(mark_of(ledger::leaf_hash(debt.record_bytes)))) {
      there.insert(debt.record_bytes);
    } else if (context.world.registry_revision - debt.revision > kSurelyRecent) {
      return look_everywhere(*context.ports.log, owed);
    }
  }
  return there;
}

void pay(Context& context, const ports::Owed& debt) {
  if (const auto record = ledger::decode_record(0, debt.record_bytes)) {
    fold_record(context, 0, record->kind, record->body);
  }
  const auto settle = [store = context.ports.store, background = context.ports.background,
                       revision = debt.revision](Result<ports::Position> position) {
    if (!position) return;
    background->post([store, revision] { (void)store->settle(revision); });
  };
  // By way of the loop: the log answers on its own thread, perhaps when the executor is gone.
  context.ports.log->append(debt.record_bytes, context.on_loop(settle));
}

}  // namespace

bool tells_of_change(std::string_view kind) {
  for (const std::string_view family : {"identity.", "token.", "server.", "tools.", "policy."}) {
    if (kind.starts_with(family)) return true;
  }
  return kind == "task.started" || kind == "task.ended";
}

void count_change(std::uint64_t& changes, std::string_view kind, const Json& body) {
  if (tells_of_change(kind)) ++changes;
  if (kind != kRestored) return;
  const Json* registry = body.find("registry");
  if (registry && registry->is_int()) changes = static_cast<std::uint64_t>(registry->as_int());
}

Result<Agreement> check_agreement(const Context& context, const LedgerState& state) {
  AMBIT_TRY(auto owed, context.ports.store->owed());
  AMBIT_TRY(const auto there, paid(context, state, owed));
  Agreement out;
  for (auto& debt : owed) {
    auto& side = there.contains(debt.record_bytes) ? out.paid : out.missing;
    side.push_back(std::move(debt));
  }
  const std::uint64_t registry = context.world.registry_revision;
  const std::uint64_t told = state.changes + out.missing.size();
  out.accepts_older = registry > 0 && registry < told && context.settings.accept_older_registry;
  if (registry != told && !out.accepts_older) return fail(behind(registry, told));
  return out;
}

Result<> pay_owed(Context& context, const LedgerState& state, const Agreement& agreement) {
  if (agreement.accepts_older) {
    AMBIT_CHECK_OK(accept_older(context, context.world.registry_revision - agreement.missing.size(),
                                state.changes));
  }
  for (const auto& debt : agreement.paid) {
    AMBIT_CHECK_OK(context.ports.store->settle(debt.revision));
  }
  for (const auto& debt : agreement.missing) pay(context, debt);
  return {};
}

}  // namespace ambit::service
