// `ambit policy`: the verbs together.
#include "cli/internal/policy_verbs.h"

#include "cli/internal/policy_files.h"

namespace ambit::cli {

Param policy_files_param() {
  return positional("FILE",
                    "Cedar files, or a folder of them; a text is called as its file without the "
                    "extension")
      .required()
      .many();
}

Param tiers_param() {
  return option("--tiers", "FILE", "the tier table: what actions of each tier need besides");
}

Result<domain::TierTable> given_tiers(const Call& call) {
  if (!call.arguments.given("tiers")) return domain::TierTable();
  AMBIT_TRY(auto file, read_tiers(call.arguments.text("tiers"), call.console));
  return std::move(file.table);
}

std::vector<Verb> policy_verbs() {
  std::vector<Verb> out{policy_put_verb(),    policy_check_verb(),   policy_show_verb(),
                        policy_format_verb(), policy_test_verb(),    policy_explain_verb(),
                        policy_diff_verb(),   policy_convert_verb(), policy_authorize_verb(),
                        policy_schema_verb()};
  for (auto& verb : policy_review_verbs()) out.push_back(std::move(verb));
  return out;
}

}  // namespace ambit::cli
