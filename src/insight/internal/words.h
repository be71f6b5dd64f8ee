// Records in plain words.
#pragma once

#include <string>

#include "ledger/record.h"
#include "text/json.h"

namespace ambit::insight::internal {

// One line about a record; `facts` are those of a decision's situation and else empty.
std::string in_words(const ledger::Record& record, const text::Json& facts);

// `allowed`, `denied`, `held for a human`
std::string verdict_in_words(const std::string& verdict);

}  // namespace ambit::insight::internal
