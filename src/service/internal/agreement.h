// At start the registry and the ledger are held against each other: every change of the registry
// has exactly one record in the ledger, so that neither can be an older copy of itself unnoticed.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/store.h"
#include "service/internal/context.h"
#include "service/internal/ledger_state.h"

namespace ambit::service {

// Whether a record of this kind is evidence of a change of the registry.
bool tells_of_change(std::string_view kind);

// Counts in `changes` those changes of the registry that the ledger's records tell of, each record
// seen in order.
void count_change(std::uint64_t& changes, std::string_view kind, const text::Json& body);

// Which of the records that interrupted commits owe are in the ledger, and whether registry and
// ledger then agree. Errors: `state.registry_behind` and `state.ledger_behind` when one of the two
// is older than the other; an older registry is taken where the settings say so.
struct Agreement {
  std::vector<ports::Owed> paid;
  std::vector<ports::Owed> missing;
  bool accepts_older = false;
};
Result<Agreement> check_agreement(const Context& context, const LedgerState& state);

// Appends the evidence that is missing. Where an older registry was accepted that is on record, and
// no task of it is open any more.
Result<> pay_owed(Context& context, const LedgerState& state, const Agreement& agreement);

}  // namespace ambit::service
