// What of a decision's record changes what the service knows: a small part of it, and most of the
// records are decisions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/vocabulary.h"
#include "text/json.h"

namespace ambit::service {

struct DecisionOutline {
  std::string id;
  std::string situation;
  std::string approval_used;
  domain::Verdict verdict = domain::Verdict::kDeny;
  domain::Tier tier = domain::Tier::kLow;
  std::optional<domain::Verdict> would;
  std::optional<text::Json> requested;  // the approval that was asked for
};

// Of the body of a decision's record; none without a verdict.
std::optional<DecisionOutline> outline_of(const text::Json& body);

// The same of the record as it stands in the ledger, read without a tree; none where it is of
// another kind or format version, or anything about it is unusual, so that it has to be looked at
// as a whole.
std::optional<DecisionOutline> outline_of_record(std::string_view record);

}  // namespace ambit::service
