// The work of the verbs of `ambit policy`, each in a file of its own (policy_NAME.cpp), and the
// table's entries.
#pragma once

#include "cli/internal/verb.h"
#include "domain/tier_table.h"

namespace ambit::cli {

Verb policy_put_verb();
Verb policy_show_verb();
Verb policy_check_verb();
Verb policy_format_verb();
Verb policy_test_verb();
Verb policy_explain_verb();
Verb policy_diff_verb();
Verb policy_convert_verb();
Verb policy_authorize_verb();
Verb policy_schema_verb();
std::vector<Verb> policy_review_verbs();

// The parameter of those that take policy files.
Param policy_files_param();
// `--tiers`, for verbs that ask about a whole set.
Param tiers_param();
// What it says, or the table that holds without one.
Result<domain::TierTable> given_tiers(const Call& call);

}  // namespace ambit::cli
