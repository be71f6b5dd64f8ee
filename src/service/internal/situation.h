// What decisions have in common, recorded once: who, for which task, with which tool, under which
// policies.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "crypto/digest.h"
#include "decision/snapshot.h"
#include "domain/action.h"
#include "service/internal/context.h"

namespace ambit::service {

// The id of the situation the action is decided in: base64url of the SHA-256 of its canonical JSON.
// The first time, appends the record of it and of every document it names that the ledger does not
// have yet, so that they stand before the decision (docs/formats/records.md).
const std::string& situation_of(Context& context, const decision::Snapshot& snapshot,
                                const domain::Action& action);

// Makes sure that the ledger has a document that a change names by its digest, also where nothing
// is decided with it, so that what held at any moment can be read from the ledger alone.
void record_document(Context& context, std::string_view kind, const crypto::Digest& digest,
                     const std::function<text::Json()>& document);

// The humans who answer for an agent, by what for; an empty object when there is none.
text::Json owners_json(const domain::Identity* agent);

// Whether the ledger has the situation and all that it names for good.
bool situation_is_durable(const Context& context, const std::string& id);

// As the situation's record at `index` tells them.
SituationFacts facts_of(std::uint64_t index, const text::Json& facts);

// Takes note of a situation or a document that is in the ledger.
void fold_situation(History& history, std::uint64_t index, const text::Json& body);
void fold_document(History& history, const text::Json& body);

// The body of the situation's record.
Result<text::Json> read_situation(const Context& context, const std::string& id);

}  // namespace ambit::service
