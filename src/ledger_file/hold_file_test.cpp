#include "ledger_file/hold_file.h"

#include <gtest/gtest.h>

#include "ledger_file/internal/test_support.h"

namespace ambit::ledger_file {
namespace {

using ports::Hold;

struct HoldFileTest : testing::Test {
  TempDir dir;
  std::string path = dir / "holds";
  HoldFile holds{dir / "."};
};

TEST_F(HoldFileTest, KeepsWhatIsHeldUntilItIsReleased) {
  EXPECT_TRUE(holds.all()->empty());
  const Hold first{"case-17", 3, 9};
  const Hold second{"all", 0};
  ASSERT_TRUE(holds.place(first));
  ASSERT_TRUE(holds.place(second));
  EXPECT_EQ(*HoldFile(dir / ".").all(), (std::vector<Hold>{first, second}));
  ASSERT_TRUE(holds.release("case-17"));
  EXPECT_EQ(*holds.all(), std::vector<Hold>{second});
}

TEST_F(HoldFileTest, RefusesWhatIsNoHold) {
  for (const std::string& name : {std::string(), std::string(65, 'a'), std::string("a b"),
                                  std::string("A"), std::string("a\n1")}) {
    EXPECT_EQ(holds.place({name, 0, 1}).error().reason, "hold.form") << name;
  }
  EXPECT_EQ(holds.place({"empty", 1, 1}).error().reason, "hold.form");
  EXPECT_EQ(holds.release("nothing").error().reason, "hold.unknown");
  ASSERT_TRUE(holds.place({"a", 0, 1}));
  EXPECT_EQ(holds.place({"a", 5, 6}).error().reason, "hold.exists");
}

TEST_F(HoldFileTest, HasABound) {
  std::string full;
  for (int i = 0; i < 1000; ++i) full += "h" + std::to_string(i) + " 0 1\n";
  spill(path, full);
  EXPECT_EQ(holds.place({"one-more", 0, 1}).error().reason, "hold.too_many");
  ASSERT_TRUE(holds.release("h7"));
  EXPECT_TRUE(holds.place({"one-more", 0, 1}));
}

TEST_F(HoldFileTest, WhatCannotBeReadIsNotNothing) {
  for (const char* line : {"nonsense\n", "a 1\n", "a -1 5\n", "a 5 5\n", "a 1 5 6\n", "a  1 5\n"}) {
    spill(path, line);
    EXPECT_EQ(holds.all().error().reason, "ledger.corrupt") << line;
  }
  spill(path, "");
  std::filesystem::resize_file(path, std::uint64_t{1} << 40);
  EXPECT_EQ(holds.all().error().reason, "ledger.corrupt");
  std::filesystem::remove(path);
  std::filesystem::create_symlink("holds", path);
  EXPECT_EQ(holds.all().error().reason, "ledger.io");
}

}  // namespace
}  // namespace ambit::ledger_file
