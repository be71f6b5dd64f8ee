#include "app/isolation.h"

#include <gtest/gtest.h>
#include <string>

namespace ambit::app {
namespace {

std::string codes(const process::IsolationReport& report, uid_t uid, bool is_shared) {
  std::string out;
  for (const auto& warning : isolation_warnings(report, uid, is_shared)) {
    EXPECT_NE(warning.message, "");
    EXPECT_NE(warning.remedy, "") << warning.code;
    out += (out.empty() ? "" : " ") + warning.code;
  }
  return out;
}

TEST(Isolation, WarnsOfWhatIsMissingAndNothingElse) {
  const process::IsolationReport whole{
      .separate_uid = true, .landlock_abi = 6, .no_new_privs = true};
  const process::IsolationReport partial{
      .landlock_abi = 4, .no_new_privs = true, .missing = "children can send signals"};
  const process::IsolationReport none{.no_new_privs = true, .missing = "start as root"};
  EXPECT_EQ(codes(whole, 0, true), "");
  EXPECT_EQ(codes(whole, 998, false), "") << "an account that is ambit's own";
  EXPECT_EQ(codes(whole, 1000, true), "isolation.same_uid");
  EXPECT_EQ(codes(partial, 998, false), "isolation.partial");
  EXPECT_EQ(codes(none, 1000, true), "isolation.missing isolation.same_uid");
}

TEST(Isolation, NamesTheUidAndWhatToDo) {
  const auto warning =
      isolation_warnings({.separate_uid = true, .landlock_abi = 6, .no_new_privs = true}, 1000,
                         true)
          .at(0);
  EXPECT_NE(warning.message.find("uid 1000"), std::string::npos) << warning.message;
  EXPECT_NE(warning.remedy.find("another uid"), std::string::npos) << warning.remedy;
}

}  // namespace
}  // namespace ambit::app
