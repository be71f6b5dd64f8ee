// The work of the verbs of `ambit policy`, each in a file of its own (policy_NAME.cpp), and the
// table's entries.
#pragma once

#include "cli/internal/verb.h"

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
std::vector<Verb> policy_review_verbs();

// The parameter of those that take policy files.
Param policy_files_param();

}  // namespace ambit::cli
