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

bool tells_of_change(std::string_view kind) {
  for (const std::string_view family : {"identity.", "token.", "server.", "tools.", "policy."}) {
    if (kind.starts_with(family)) return true;
  }
  return kind == "task.started" || kind == "task.ended";
}

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

// The owed records that the ledger has already.
Result<std::set<std::string>> paid(const Context& context, const std::vector<ports::Owed>& owed) {
  std::set<std::string> there;
  if (owed.empty()) return there;
  AMBIT_CHECK_OK(context.ports.log->scan(0, [&](const ports::EntryView& entry) {
    for (const auto& debt : owed) {
      if (debt.record_bytes == entry.record) there.insert(debt.record_bytes);
    }
    return true;
  }));
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

void count_change(std::uint64_t& changes, std::string_view kind, const Json& body) {
  if (tells_of_change(kind)) ++changes;
  if (kind != kRestored) return;
  const Json* registry = body.find("registry");
  if (registry && registry->is_int()) changes = static_cast<std::uint64_t>(registry->as_int());
}

Result<> pay_owed(Context& context, std::uint64_t changes) {
  AMBIT_TRY(const auto owed, context.ports.store->owed());
  AMBIT_TRY(const auto there, paid(context, owed));
  const auto missing =
      static_cast<std::uint64_t>(std::count_if(owed.begin(), owed.end(), [&](const auto& debt) {
        return !there.contains(debt.record_bytes);
      }));
  const std::uint64_t registry = context.world.registry_revision;
  const bool agree = registry == changes + missing;
  const bool accept =
      registry > 0 && registry < changes + missing && context.settings.accept_older_registry;
  if (!agree && !accept) return fail(behind(registry, changes + missing));
  if (accept) AMBIT_CHECK_OK(accept_older(context, registry - missing, changes));
  for (const auto& debt : owed) {
    if (there.contains(debt.record_bytes)) {
      AMBIT_CHECK_OK(context.ports.store->settle(debt.revision));
    } else {
      pay(context, debt);
    }
  }
  return {};
}

}  // namespace ambit::service
