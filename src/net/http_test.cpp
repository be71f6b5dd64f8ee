#include "net/http.h"

#include <gtest/gtest.h>

#include "net/internal/response_head.h"
#include "text/json.h"

namespace ambit::net {
namespace {

TEST(HttpProblem, IsJsonWithStatusReasonAndDetail) {
  const HttpResponse response = problem(413, "http.body_too_large", "too \"long\"\n");
  EXPECT_EQ(response.content_type, "application/problem+json");
  const auto json = text::parse_json(response.body);
  ASSERT_TRUE(json);
  EXPECT_EQ(json->find("status")->as_int(), 413);
  EXPECT_EQ(json->string_or("title", ""), "Content Too Large");
  EXPECT_EQ(json->string_or("reason", ""), "http.body_too_large");
  EXPECT_EQ(json->string_or("detail", ""), "too \"long\"?");
}

TEST(HttpProblem, TakesItsStatusFromTheErrorsCode) {
  EXPECT_EQ(problem({Code::kDenied, "x.y", "no"}).status, 403);
  EXPECT_EQ(problem({Code::kExhausted, "x.y", "no"}).status, 429);
}

TEST(PercentEncoding, DecodesStrictly) {
  EXPECT_EQ(*percent_decode("a%2Fb%20c+d"), "a/b c+d");
  for (const char* bad : {"%", "%1", "%zz", "a%2"}) EXPECT_FALSE(percent_decode(bad)) << bad;
  EXPECT_EQ(*percent_decode(percent_encode(std::string_view("\0/ä?", 5))), std::string("\0/ä?", 5));
}

TEST(QueryValue, FindsAndDecodesTheFirst) {
  EXPECT_EQ(query_value("a=1&b=x+y%21&b=2", "b"), "x y!");
  EXPECT_EQ(query_value("a&b=", "a"), "");
  EXPECT_EQ(query_value("a&b=", "b"), "");
  EXPECT_EQ(query_value("a=1", "c"), std::nullopt);
  EXPECT_EQ(query_value("c=%z", "c"), std::nullopt);
}

TEST(ResponseHead, RefusesWhatCouldSplitAResponse) {
  const auto sendable = [](std::string name, std::string value) {
    HttpResponse response;
    response.headers.push_back({std::move(name), std::move(value)});
    return internal::is_sendable(response);
  };
  EXPECT_TRUE(sendable("X-Ok", "a b\tc"));
  EXPECT_TRUE(sendable("X-Empty", ""));
  EXPECT_FALSE(sendable("X", "a\r\nSet-Cookie: b"));
  EXPECT_FALSE(sendable("X", "a\nb"));
  EXPECT_FALSE(sendable("X", std::string("a\0b", 3)));
  EXPECT_FALSE(sendable("X", " a"));
  EXPECT_FALSE(sendable("X Y", "a"));
  EXPECT_FALSE(sendable("", "a"));
  EXPECT_FALSE(sendable("content-LENGTH", "1"));
  EXPECT_FALSE(sendable("Transfer-Encoding", "chunked"));
  EXPECT_FALSE(sendable("Connection", "close"));
  EXPECT_FALSE(internal::is_sendable_in_request({"HOST", "a"}));
  HttpResponse response;
  response.status = 99;
  EXPECT_FALSE(internal::is_sendable(response));
}

TEST(ResponseHead, WritesTheDateAsHttpHasIt) {
  EXPECT_EQ(internal::http_date({784111777000}), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace ambit::net
