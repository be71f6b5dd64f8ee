// Which key seals what.
#pragma once

#include <string>

#include "base/result.h"
#include "service/internal/context.h"
#include "vault/sealing_key.h"

namespace ambit::service {

// The id of the key that seals, on the day of `now` in UTC, what belongs to no task that is known:
// `day_20260131`.
std::string day_key_id(Time now);

// At start, before the ledger is read: the keys of all open tasks and of today, made where they are
// missing; may block.
Result<> prepare_keys(Context& context);

// Makes the key of a new day in the background; until then that of the day before serves.
void renew_day_key(Context& context);

// The key of a task; that of the day for one that is not known, or whose key was destroyed.
const vault::SealingKey& key_for(Context& context, const std::string& task);

// Those of the keys that are there; a task from before there were keys has none. May block.
Result<> destroy_those_held(vault::Vault& vault, const std::vector<std::string>& keys);

// Tries again what a failed erasure left, in the background.
void destroy_keys_left(Context& context);

// At start, once the ledger is read: destroys the keys that it says were destroyed.
Result<> destroy_erased_keys(Context& context);

}  // namespace ambit::service
