#include "cli/internal/rpc.h"

#include <gtest/gtest.h>

namespace ambit::cli {
namespace {

TEST(Rpc, TellsRequestsNotificationsAndResponsesApart) {
  const auto request = read_message(R"({"jsonrpc":"2.0","id":"a","method":"ping"})");
  EXPECT_TRUE(request->is_request());
  const auto notification = read_message(R"({"jsonrpc":"2.0","method":"x"})");
  EXPECT_FALSE(notification->is_request());
  EXPECT_EQ(notification->method, "x");
  const auto response = read_message(R"({"jsonrpc":"2.0","id":7,"result":{}})");
  EXPECT_FALSE(response->is_request());
  EXPECT_EQ(response->id.as_int(), 7);
  EXPECT_TRUE(response->method.empty());
}

TEST(Rpc, KeepsTheBytes) {
  const std::string line = R"({"jsonrpc":"2.0" , "id":1,"method":"m","params":{"x":1.0}})";
  EXPECT_EQ(read_message(line)->raw, line);
}

TEST(Rpc, RefusesWhatIsNoMessage) {
  EXPECT_EQ(read_message("{").error().reason, "rpc.parse");
  EXPECT_EQ(read_message("[]").error().reason, "rpc.invalid");
  EXPECT_EQ(read_message(R"({"id":1,"method":"m"})").error().reason, "rpc.invalid");
  EXPECT_EQ(read_message(R"({"jsonrpc":"2.0"})").error().reason, "rpc.invalid");
  EXPECT_EQ(read_message(R"({"jsonrpc":"2.0","id":{},"method":"m"})").error().reason,
            "rpc.invalid");
}

TEST(Rpc, MakesErrors) {
  EXPECT_EQ(error_line("a", -32000, "no", "task.ended"),
            R"({"jsonrpc":"2.0","id":"a","error":{"code":-32000,"message":"no",)"
            R"("data":{"reason":"task.ended"}}})");
}

TEST(Rpc, PutsJsonOnOneLine) { EXPECT_EQ(one_line("{\n\"a\":\r\n1}"), "{ \"a\":  1}"); }

class LineReaderTest : public testing::Test {
 protected:
  void feed(std::string_view bytes) {
    reader.feed(
        bytes, [this](std::string_view line) { lines.emplace_back(line); }, [this] { ++too_long; });
  }

  LineReader reader{8};
  std::vector<std::string> lines;
  int too_long = 0;
};

TEST_F(LineReaderTest, JoinsPiecesAndSkipsEmptyLines) {
  feed("ab");
  feed("c\n\nd\r\ne");
  EXPECT_EQ(lines, (std::vector<std::string>{"abc", "d"}));
  feed("\n");
  EXPECT_EQ(lines.back(), "e");
}

TEST_F(LineReaderTest, DropsALineThatIsTooLongAndGoesOn) {
  feed("12345678\n123456789");
  feed("0123\nok\n");
  EXPECT_EQ(lines, (std::vector<std::string>{"12345678", "ok"}));
  EXPECT_EQ(too_long, 1);
}

}  // namespace
}  // namespace ambit::cli
