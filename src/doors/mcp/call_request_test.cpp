#include "doors/mcp/internal/call_request.h"

#include <gtest/gtest.h>

namespace ambit::doors::mcp {
namespace {

TEST(CallRequest, ReadsWhatItNeedsAndLeavesTheRest) {
  const auto call = read_call_request(
      R"({"name":"t","arguments":{"a":1},"task":{"ttl":1},"_meta":{"progressToken":7,)"
      R"("ambit/intent":"i","ambit/justification":"j","x/secret":"s",)"
      R"("traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","tracestate":"a=1"}})");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->tool, "t");
  EXPECT_EQ(text::to_json(call->arguments), R"({"a":1})");
  EXPECT_EQ(call->intent, "i");
  EXPECT_EQ(call->justification, "j");
  EXPECT_EQ(call->progress_token, ambit::mcp::Id(std::int64_t{7}));
  EXPECT_EQ(
      call->trace,
      R"("traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","tracestate":"a=1")");
}

TEST(CallRequest, TakesNoArgumentsAsNone) {
  const auto call = read_call_request(R"({"name":"t"})");
  ASSERT_TRUE(call);
  EXPECT_EQ(text::to_json(call->arguments), "{}");
  EXPECT_FALSE(call->progress_token);
}

TEST(CallRequest, PassesOnNoTraceThatIsNone) {
  for (const char* parent : {"", "00", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                             "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                             "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0\\\""}) {
    const auto call =
        read_call_request(std::string(R"({"name":"t","_meta":{"traceparent":")") + parent + "\"}}");
    ASSERT_TRUE(call) << parent;
    EXPECT_EQ(call->trace, "") << parent;
  }
}

TEST(CallRequest, RefusesWhatIsNoCall) {
  const std::string words(1025, 'x');
  for (const std::string& params :
       {std::string(), std::string("{}"), std::string(R"({"name":""})"),
        std::string(R"({"name":7})"), R"({"name":")" + std::string(257, 'n') + "\"}",
        std::string(R"({"name":"t","arguments":null})"), std::string(R"({"name":"t","_meta":[]})"),
        std::string(R"({"name":"t","_meta":{"progressToken":null}})"),
        std::string(R"({"name":"t","_meta":{"ambit/intent":1}})"),
        R"({"name":"t","_meta":{"ambit/justification":")" + words + "\"}}",
        std::string(R"({"name":"t","arguments":{"a":{"b":1,"b":2}}})")}) {
    EXPECT_FALSE(read_call_request(params)) << params.substr(0, 80);
  }
}

}  // namespace
}  // namespace ambit::doors::mcp
