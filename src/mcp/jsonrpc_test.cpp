#include "mcp/jsonrpc.h"

#include <gtest/gtest.h>

namespace ambit::mcp {
namespace {

TEST(JsonRpc, ReadsEachKindOfMessage) {
  const auto request =
      parse_message(R"({"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"n":1.0}})");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->kind, Message::Kind::kRequest);
  EXPECT_EQ(request->method, "tools/call");
  EXPECT_EQ(request->params, R"({"n":1.0})");
  EXPECT_EQ(request->id, Id("a"));

  const auto notification = parse_message(R"({"method":"notifications/x","jsonrpc":"2.0"})");
  ASSERT_TRUE(notification);
  EXPECT_EQ(notification->kind, Message::Kind::kNotification);
  EXPECT_EQ(notification->params, "");
  EXPECT_FALSE(notification->id);

  const auto result = parse_message(R"({"jsonrpc":"2.0","id":7,"result":{}})");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->kind, Message::Kind::kResult);
  EXPECT_EQ(result->id, Id(std::int64_t{7}));

  const auto error =
      parse_message(R"({"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}})");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, Message::Kind::kError);
  EXPECT_FALSE(error->id);
}

TEST(JsonRpc, KeepsTheBytesOfAResult) {
  const std::string_view raw =
      R"({ "big" : 90071992547409931234, "one": 1.0, "s":"\u00e9\ud83d\ude00" })";
  const std::string message = R"( {"id":1,"result":)" + std::string(raw) + R"( ,"jsonrpc":"2.0"} )";
  const auto parsed = parse_message(message);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->result, raw);
  EXPECT_EQ(make_result(*parsed->id, parsed->result),
            R"({"jsonrpc":"2.0","id":1,"result":)" + std::string(raw) + "}");
}

class JsonRpcRefusal : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(JsonRpcRefusal, NamesTheReason) {
  const auto parsed = parse_message(GetParam().first);
  ASSERT_FALSE(parsed) << GetParam().first;
  EXPECT_EQ(parsed.error().reason, GetParam().second) << GetParam().first;
}

INSTANTIATE_TEST_SUITE_P(
    Messages, JsonRpcRefusal,
    testing::Values(
        std::pair{"", "rpc.syntax"}, std::pair{"[]", "rpc.syntax"}, std::pair{"{", "rpc.syntax"},
        std::pair{R"({"jsonrpc":"2.0","id":1,"method":"a"} x)", "rpc.syntax"},
        std::pair{R"({"jsonrpc":"2.0","id":01,"method":"a"})", "rpc.syntax"},
        std::pair{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}", "rpc.syntax"},
        std::pair{R"({"jsonrpc":"1.0","id":1,"method":"a"})", "rpc.invalid"},
        std::pair{R"({"id":1,"method":"a"})", "rpc.invalid"},
        std::pair{R"({"jsonrpc":"2.0","id":1})", "rpc.invalid"},
        std::pair{R"({"jsonrpc":"2.0","id":1,"method":"a","method":"b"})", "rpc.invalid"},
        std::pair{R"({"jsonrpc":"2.0","id":1,"method":"a","m\u0065thod":"b"})", "rpc.invalid"},
        std::pair{R"({"jsonrpc":"2.0","id":1,"method":"a","result":{}})", "rpc.invalid"},
        std::pair{R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})", "rpc.invalid"},
        std::pair{R"({"jsonrpc":"2.0","id":1,"method":"a","params":[1]})", "rpc.invalid"},
        std::pair{R"({"jsonrpc":"2.0","id":1,"method":"a","params":null})", "rpc.invalid"},
        std::pair{R"({"jsonrpc":"2.0","id":1,"method":7})", "rpc.invalid"},
        std::pair{R"({"jsonrpc":"2.0","id":null,"method":"a"})", "rpc.id"},
        std::pair{R"({"jsonrpc":"2.0","id":1.5,"method":"a"})", "rpc.id"},
        std::pair{R"({"jsonrpc":"2.0","id":{},"method":"a"})", "rpc.id"},
        std::pair{R"({"jsonrpc":"2.0","id":9223372036854775808,"method":"a"})", "rpc.id"},
        std::pair{R"({"jsonrpc":"2.0","result":{}})", "rpc.id"}));

TEST(JsonRpc, BoundsDepthAndSize) {
  const std::string deep = R"({"jsonrpc":"2.0","method":"a","params":{"x":)" +
                           std::string(70, '[') + std::string(70, ']') + "}}";
  EXPECT_FALSE(parse_message(deep));
  EXPECT_TRUE(parse_message(deep, {.max_bytes = 1000, .max_depth = 80}));
  EXPECT_FALSE(parse_message(deep, {.max_bytes = 100, .max_depth = 80}));
}

TEST(JsonRpc, BuildsWhatItReads) {
  const std::string request = make_request(Id("q\"1"), "m", R"({"a":1})");
  EXPECT_EQ(request, R"({"jsonrpc":"2.0","id":"q\"1","method":"m","params":{"a":1}})");
  const auto parsed = parse_message(request);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->id, Id("q\"1"));
  EXPECT_EQ(make_notification("n"), R"({"jsonrpc":"2.0","method":"n"})");
  EXPECT_EQ(
      make_error(std::nullopt, kParseError, "bad", R"({"reason":"x"})"),
      R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"bad","data":{"reason":"x"}}})");
  EXPECT_EQ(make_raw_error(Id(std::int64_t{2}), R"({"code":1.0})"),
            R"({"jsonrpc":"2.0","id":2,"error":{"code":1.0}})");
}

TEST(JsonRpc, ReadsErrors) {
  const auto error = parse_error(R"({"code":-32601,"message":"no","data":[1]})");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, kMethodNotFound);
  EXPECT_EQ(error->message, "no");
  EXPECT_FALSE(parse_error(R"({"code":"1","message":"no"})"));
  EXPECT_FALSE(parse_error(R"({"code":1})"));
}

TEST(JsonRpc, ShowsForeignTextSafely) {
  EXPECT_EQ(shown("a\nb\x1b[31m"), "a b [31m");
  const std::string long_text = std::string(199, 'x') + "\xc3\xa9 and more";
  EXPECT_EQ(shown(long_text), std::string(199, 'x') + "...");
}

}  // namespace
}  // namespace ambit::mcp
