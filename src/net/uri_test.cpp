#include "net/uri.h"

#include <gtest/gtest.h>

namespace ambit::net {
namespace {

TEST(HttpUrl, SplitsWhatIsUsable) {
  const auto url = parse_http_url("HTTPS://Example.COM:8443/a/b?c=d#frag");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/a/b?c=d");
  EXPECT_EQ(url->authority(), "example.com:8443");
  EXPECT_EQ(url->origin(), "https://example.com:8443");
}

TEST(HttpUrl, FillsInPortAndTarget) {
  EXPECT_EQ(parse_http_url("http://h")->port, 80);
  EXPECT_EQ(parse_http_url("https://h")->port, 443);
  EXPECT_EQ(parse_http_url("http://h")->target, "/");
  EXPECT_EQ(parse_http_url("http://h?x")->target, "/?x");
  EXPECT_EQ(parse_http_url("http://h/")->authority(), "h");
  const auto v6 = parse_http_url("http://[::1]:7700/x");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->authority(), "[::1]:7700");
}

TEST(HttpUrl, RefusesWhatIsNot) {
  for (const char* bad :
       {"", "h", "ftp://h/", "http://", "http:///x", "http://u:p@h/", "http://h:0/", "http://h:/",
        "http://h:65536/", "http://h:1x/", "http://[::1/", "http://[x]/", "http://h h/",
        "http://h/\r\nX: y", "http://h\\@evil/", "http://[::1]x/", "//h/", "http://h%2f/"}) {
    EXPECT_FALSE(parse_http_url(bad)) << bad;
  }
}

TEST(HttpUrl, NeverQuotesAPassword) {
  const auto refused = parse_http_url("http://user:secret@host/");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace ambit::net
