// `ambit policy`: the verbs together.
#include "cli/internal/policy_verbs.h"

namespace ambit::cli {

Param policy_files_param() {
  return positional("FILE",
                    "Cedar files, or a folder of them; a text is called as its file without the "
                    "extension")
      .required()
      .many();
}

std::vector<Verb> policy_verbs() {
  std::vector<Verb> out{policy_put_verb(),    policy_check_verb(),   policy_show_verb(),
                        policy_format_verb(), policy_test_verb(),    policy_explain_verb(),
                        policy_diff_verb(),   policy_convert_verb(), policy_authorize_verb()};
  for (auto& verb : policy_review_verbs()) out.push_back(std::move(verb));
  return out;
}

}  // namespace ambit::cli
