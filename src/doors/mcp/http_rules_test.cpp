#include "doors/mcp/internal/http_rules.h"

#include <gtest/gtest.h>

namespace ambit::doors::mcp {
namespace {

using Headers = std::vector<net::HeaderView>;

struct Request {
  explicit Request(std::string_view host, Headers given = {}) : headers(std::move(given)) {
    http.host = host;
    http.path = "/mcp/files";
    http.headers = headers;
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  Headers headers;
  net::HttpRequest http;
};

TEST(HttpRules, AllowLoopbackNamesAndTheConfiguredOne) {
  for (const char* host : {"localhost", "LOCALHOST:7700", "127.0.0.1:1", "[::1]:7700", "[::1]",
                           "ambit.example:443", "Ambit.Example"}) {
    EXPECT_TRUE(check_origin(Request(host).http, {"ambit.example"})) << host;
  }
  for (const char* host :
       {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[::1", "[::1]x",
        "localhost:80x", "user@localhost", "0.0.0.0", "[::2]"}) {
    const auto checked = check_origin(Request(host).http, {"ambit.example"});
    ASSERT_FALSE(checked) << host;
    EXPECT_EQ(checked.error().reason, "mcp.host");
  }
}

// As an issuer or an address with a port of its own gives them.
TEST(HttpRules, AllowConfiguredNamesThatHaveAPort) {
  const std::vector<std::string> allowed{"ambit.example:8443", "10.0.0.5:7700", "[fd00::5]:7700"};
  for (const char* host :
       {"ambit.example:8443", "AMBIT.example", "10.0.0.5:7700", "[fd00::5]:7700"}) {
    EXPECT_TRUE(check_origin(Request(host).http, allowed)) << host;
  }
  for (const char* host : {"8443", "10.0.0.6:7700", "[fd00::6]:7700", ""}) {
    EXPECT_FALSE(check_origin(Request(host).http, allowed)) << host;
  }
}

TEST(HttpRules, CheckTheOriginOnlyWhereThereIsOne) {
  for (const char* origin : {"http://localhost:5173", "https://127.0.0.1", "HTTP://[::1]:1"}) {
    EXPECT_TRUE(check_origin(Request("localhost", {{"origin", origin}}).http, {})) << origin;
  }
  for (const char* origin : {"", "null", "http://evil.example", "localhost", "ftp://localhost",
                             "http://localhost/../evil", "http://localhost@evil.example"}) {
    EXPECT_FALSE(check_origin(Request("localhost", {{"origin", origin}}).http, {})) << origin;
  }
  EXPECT_FALSE(check_origin(
      Request("localhost", {{"origin", "http://localhost"}, {"origin", "http://evil.example"}})
          .http,
      {}));
}

TEST(HttpRules, ReadAcceptInAnyOrder) {
  const auto of = [](Headers headers) {
    const Accepts accepts = accepts_of(Request("localhost", std::move(headers)).http);
    return std::string(accepts.json ? "j" : "") + (accepts.events ? "e" : "");
  };
  EXPECT_EQ(of({}), "je");
  EXPECT_EQ(of({{"accept", "text/event-stream, application/json"}}), "je");
  EXPECT_EQ(of({{"accept", "application/json"}, {"accept", "text/event-stream"}}), "je");
  EXPECT_EQ(of({{"accept", "*/*;q=0.8"}}), "je");
  EXPECT_EQ(of({{"accept", "Application/JSON; charset=utf-8"}}), "j");
  EXPECT_EQ(of({{"accept", "text/event-stream;q=1, application/json;q=0"}}), "e");
  EXPECT_EQ(of({{"accept", "application/json;q=0.0"}}), "");
  EXPECT_EQ(of({{"accept", "text/html"}}), "");
  EXPECT_EQ(of({{"accept", ""}}), "");
}

TEST(HttpRules, NameTheUriAsTheClientAddressedIt) {
  Request request("127.0.0.1:7700");
  EXPECT_EQ(absolute_uri(request.http), "http://127.0.0.1:7700/mcp/files");
  net::TlsInfo tls;
  tls.active = true;
  request.http.tls = &tls;
  EXPECT_EQ(absolute_uri(request.http), "https://127.0.0.1:7700/mcp/files");
}

TEST(HttpRules, ChallengeWithBothSchemesAndNoErrorWhenNothingWasShown) {
  const auto missing = challenge(Error{Code::kUnauthenticated, "token.missing", "no credential"});
  EXPECT_EQ(missing.status, 401);
  ASSERT_EQ(missing.headers.size(), 2u);
  EXPECT_EQ(missing.headers[0].value, R"(DPoP algs="EdDSA ES256")");
  const auto expired = challenge(Error{Code::kUnauthenticated, "token.expired", "too old"});
  EXPECT_EQ(expired.headers[1].value, R"(Bearer realm="ambit", error="invalid_token")");
  EXPECT_NE(expired.body.find(R"("reason":"token.expired")"), std::string::npos);
}

}  // namespace
}  // namespace ambit::doors::mcp
