// At start the registry and the ledger are held against each other: every change of the registry
// has exactly one record in the ledger, so that neither can be an older copy of itself unnoticed.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "service/internal/context.h"

namespace ambit::service {

// Counts in `changes` those changes of the registry that the ledger's records tell of, each record
// seen in order.
void count_change(std::uint64_t& changes, std::string_view kind, const text::Json& body);

// Appends the evidence that interrupted commits still owe. The ledger tells of `changes` changes.
// Errors: `state.registry_behind` and `state.ledger_behind` when one of the two is older than the
// other. An older registry is taken where the settings say so: then that is on record, and no task
// of it is open any more.
Result<> pay_owed(Context& context, std::uint64_t changes);

}  // namespace ambit::service
