#include "service/internal/sealing.h"

#include <algorithm>

#include "vault/vault.h"

namespace ambit::service {

std::string day_key_id(Time now) {
  std::string day = to_rfc3339(now).substr(0, 10);
  std::erase(day, '-');
  return "day_" + day;
}

namespace {

// Of a day whose key was erased there is a second one, when the clock went back to it.
Result<std::shared_ptr<const vault::SealingKey>> make_day_key(vault::Vault& vault,
                                                              const std::string& id) {
  for (int more = 1;; ++more) {
    auto key = vault.make(more == 1 ? id : id + "_" + std::to_string(more));
    if (key || key.error().reason != "vault.erased") return key;
  }
}

}  // namespace

Result<> prepare_keys(Context& context) {
  AMBIT_TRY(context.day_key, make_day_key(*context.ports.vault, day_key_id(context.now())));
  for (auto& [id, entry] : context.world.tasks) {
    if (entry.task->state != domain::TaskState::kOpen) continue;
    AMBIT_TRY(entry.key, context.ports.vault->make(id));
  }
  return {};
}

void renew_day_key(Context& context) {
  std::string id = day_key_id(context.now());
  if (context.making_day_key || context.day_key->id().starts_with(id)) return;
  context.making_day_key = true;
  context.ports.background->post(
      [&context, alive = std::weak_ptr<bool>(context.alive), id = std::move(id)]() {
        auto key = make_day_key(*context.ports.vault, id);
        context.ports.loop->post([&context, alive, key = std::move(key)]() mutable {
          if (!alive.lock()) return;
          context.making_day_key = false;
          if (key) context.day_key = *std::move(key);  // else the next sweep tries again
        });
      });
}

const vault::SealingKey& key_for(Context& context, const std::string& task) {
  TaskEntry* const entry = context.world.task(task);
  if (entry && entry->key && !entry->erased) return *entry->key;
  const bool gone = task.empty() || (entry && entry->erased) || context.put_away.contains(task) ||
                    context.world.erased_keys.contains(task);
  if (gone) return *context.day_key;
  // A task that has left memory, or was not in it: late words about it are few.
  auto found = context.ports.vault->find(task);
  if (!found || !found->key) return *context.day_key;
  if (entry) return *(entry->key = std::move(found->key));
  return *(context.late_key = std::move(found->key));
}

Result<> destroy_those_held(vault::Vault& vault, const std::vector<std::string>& keys) {
  std::vector<std::string> held;
  for (const std::string& key : keys) {
    AMBIT_TRY(const auto found, vault.find(key));
    if (found.state == vault::KeyState::kHeld) held.push_back(key);
  }
  if (held.empty()) return {};
  return vault.destroy(held);
}

Result<> destroy_erased_keys(Context& context) {
  return destroy_those_held(*context.ports.vault,
                            {context.world.erased_keys.begin(), context.world.erased_keys.end()});
}

void destroy_keys_left(Context& context) {
  if (context.keys_left.empty() || context.destroying_keys_left) return;
  context.destroying_keys_left = true;
  std::vector<std::string> keys(context.keys_left.begin(), context.keys_left.end());
  context.ports.background->post(
      [&context, alive = std::weak_ptr<bool>(context.alive), keys = std::move(keys)]() mutable {
        const auto destroyed = destroy_those_held(*context.ports.vault, keys);
        context.ports.loop->post([&context, alive, keys = std::move(keys), destroyed] {
          if (!alive.lock()) return;
          context.destroying_keys_left = false;
          if (!destroyed) return;  // the next sweep tries again
          for (const std::string& key : keys) context.keys_left.erase(key);
        });
      });
}

}  // namespace ambit::service
