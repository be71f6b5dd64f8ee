#include "doors/rest/front_guard.h"

#include <gtest/gtest.h>

#include "tests/fakes/served.h"

namespace ambit::doors::rest {
namespace {

class Guarded : public fakes::Served {
 public:
  Guarded() : guard(own_authorities(server->port(), "https://ambit.example"), metrics) {
    refuses = [this](net::Exchange& exchange) { return guard.refuses(exchange); };
    for (const char* method : {"GET", "POST"}) {
      router.add(method, "/here",
                 [](std::shared_ptr<net::Exchange> exchange, const net::PathParams&) {
                   exchange->respond(net::HttpResponse::text(200, "here"));
                 });
    }
  }

  int status_for(const std::string& method, const std::string& host, const std::string& more = {}) {
    const std::string answer = send_raw(method + " /here HTTP/1.1\r\nHost: " + host + "\r\n" +
                                        more + "Connection: close\r\nContent-Length: 0\r\n\r\n");
    return answer.size() > 12 ? std::stoi(answer.substr(9, 3)) : 0;
  }

  std::string port() { return std::to_string(server->port()); }

  FrontGuard guard;
};

TEST(FrontGuard, AnswersForItsOwnNames) {
  Guarded served;
  for (const std::string name : {"127.0.0.1", "localhost", "LocalHost", "[::1]"}) {
    EXPECT_EQ(served.status_for("GET", name + ":" + served.port()), 200) << name;
  }
  EXPECT_EQ(served.status_for("GET", "ambit.example"), 200);
  EXPECT_EQ(served.status_for("GET", "ambit.example:443"), 200);
}

TEST(FrontGuard, RefusesForeignHostsAgainstDnsRebinding) {
  Guarded served;
  for (const std::string& host :
       {std::string("evil.example"), "evil.example:" + served.port(), std::string("127.0.0.1"),
        "localhost." + std::string(":") + served.port(), std::string("127.0.0.1:1"),
        "ambit.example:" + served.port(), "127.0.0.1.evil.example:" + served.port()}) {
    EXPECT_EQ(served.status_for("GET", host), 421) << host;
    EXPECT_EQ(served.status_for("POST", host), 421) << host;
  }
}

TEST(FrontGuard, RefusesRequestsOfForeignPages) {
  Guarded served;
  const std::string host = "127.0.0.1:" + served.port();
  for (const std::string origin :
       {"http://evil.example", "https://evil.example", "null", "http://127.0.0.1:1", "garbage"}) {
    EXPECT_EQ(served.status_for("POST", host, "Origin: " + origin + "\r\n"), 403) << origin;
    EXPECT_EQ(served.status_for("GET", host, "Origin: " + origin + "\r\n"), 403) << origin;
  }
  EXPECT_EQ(served.status_for("POST", host, "Origin: http://" + host + "\r\n"), 200);
  // Sent twice it says nothing that can be believed.
  EXPECT_EQ(served.status_for("POST", host,
                              "Origin: http://" + host + "\r\nOrigin: http://evil.example\r\n"),
            403);
}

TEST(FrontGuard, CountsWhatItRefuses) {
  Guarded served;
  served.status_for("GET", "evil.example");
  served.status_for("POST", "127.0.0.1:" + served.port(), "Origin: null\r\n");
  const std::string metrics = served.metrics.expose();
  EXPECT_NE(metrics.find("ambit_http_refused_total{reason=\"host\"} 1"), std::string::npos);
  EXPECT_NE(metrics.find("ambit_http_refused_total{reason=\"origin\"} 1"), std::string::npos);
}

}  // namespace
}  // namespace ambit::doors::rest
