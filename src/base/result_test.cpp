#include "base/result.h"

#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <string>

namespace ambit {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return fail(Code::kInvalid, "number.odd", "`" + std::to_string(n) + "` is odd");
  return n / 2;
}

Result<int> quarter(int n) {
  AMBIT_TRY(const int once, half(n));
  AMBIT_TRY(const int twice, half(once));
  return twice;
}

Result<> even(int n) {
  AMBIT_CHECK_OK(half(n));
  AMBIT_CHECK_OK(half(n / 2 * 2));
  return {};
}

TEST(Result, TryBindsTheValueOrReturnsTheError) {
  EXPECT_EQ(quarter(8), 2);
  EXPECT_EQ(quarter(3).error(), (Error{Code::kInvalid, "number.odd", "`3` is odd"}));
  EXPECT_EQ(quarter(6).error(), (Error{Code::kInvalid, "number.odd", "`3` is odd"}));
}

TEST(Result, CheckOkReturnsTheErrorOnly) {
  EXPECT_TRUE(even(4));
  EXPECT_EQ(even(5).error().reason, "number.odd");
}

// The macro must not take the `else` that stands after it.
Result<> odd_or_named(int n, bool checks) {
  if (checks)
    AMBIT_CHECK_OK(half(n));
  else
    return fail(Code::kInvalid, "number.unchecked", "not looked at");
  return {};
}

TEST(Result, CheckOkStandsUnderAnIfWithAnElse) {
  EXPECT_TRUE(odd_or_named(2, true));
  EXPECT_EQ(odd_or_named(3, true).error().reason, "number.odd");
  EXPECT_EQ(odd_or_named(2, false).error().reason, "number.unchecked");
}

TEST(Result, TryMovesWhatCannotBeCopied) {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(3); };
  const auto use = [&make]() -> Result<int> {
    AMBIT_TRY(const std::unique_ptr<int> value, make());
    return *value;
  };
  EXPECT_EQ(use(), 3);
}

TEST(Code, NamesAreDistinct) {
  std::set<std::string> names;
  for (int code = 0; code <= static_cast<int>(Code::kInternal); ++code) {
    names.insert(name_of(static_cast<Code>(code)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Code::kInternal) + 1);
}

}  // namespace
}  // namespace ambit
