#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <optional>

#include "net/http_client.h"
#include "net/http_server.h"
#include "net/internal/raw_client.h"
#include "net/internal/test_certificates.h"

namespace ambit::net {
namespace {

using internal::kPatience;

class TlsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { certificates = new internal::TestCertificates; }
  static void TearDownTestSuite() { delete certificates; }

  void SetUp() override { ASSERT_TRUE(certificates->made()); }

  void serve(const std::string& name, const std::string& client_ca = {}) {
    ServerOptions options;
    options.tls =
        TlsServerOptions{certificates->certificate(name), certificates->key(name), client_ca};
    auto listening = HttpServer::listen(loop, options, [this](std::shared_ptr<Exchange> exchange) {
      if (handler) return handler(std::move(exchange));
      const TlsInfo& tls = *exchange->request().tls;
      client_digest = tls.client_certificate_sha256;
      exchange->respond(HttpResponse::text(200, std::string(tls.active ? "tls " : "clear ") +
                                                    std::string(exchange->request().body)));
    });
    ASSERT_TRUE(listening) << listening.error().message;
    server = *std::move(listening);
  }

  void connect(const std::string& ca, const std::string& identity = {}) {
    ClientOptions options;
    options.ca_file = certificates->certificate(ca);
    if (!identity.empty()) {
      options.client_certificate_file = certificates->certificate(identity);
      options.client_key_file = certificates->key(identity);
    }
    auto made = HttpClient::create(loop, options);
    ASSERT_TRUE(made) << made.error().message;
    client = *std::move(made);
  }

  Result<HttpResponse> ask(const std::string& host, std::string body = {}) {
    ClientRequest request;
    request.method = "POST";
    request.url = "https://" + host + ":" + std::to_string(server->port()) + "/";
    request.body = std::move(body);
    std::optional<Result<HttpResponse>> answer;
    client->request(request, [&](Result<HttpResponse> done) { answer = std::move(done); });
    EXPECT_TRUE(loop.run_until([&] { return answer.has_value(); }, kPatience));
    return answer.value_or(fail(Code::kInternal, "test", "no answer"));
  }

  static internal::TestCertificates* certificates;
  EventLoop loop;
  Handler handler;
  std::string client_digest;
  std::unique_ptr<HttpServer> server;
  std::unique_ptr<HttpClient> client;
};

internal::TestCertificates* TlsTest::certificates = nullptr;

TEST_F(TlsTest, CarriesRequestsBothWaysOnOneConnection) {
  serve("server");
  connect("ca");
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const auto answer = ask(host, "hello");
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "tls hello");
  }
  ASSERT_TRUE(ask("localhost"));
  EXPECT_EQ(server->stats().accepted, 2u);
  EXPECT_EQ(client_digest, "");
}

TEST_F(TlsTest, CarriesLargeBodies) {
  handler = [](const std::shared_ptr<Exchange>& exchange) {
    exchange->respond(HttpResponse::text(200, std::string(exchange->request().body)));
  };
  serve("server");
  connect("ca");
  std::string body;
  for (int i = 0; i < 400000; ++i) body += std::to_string(i);
  const auto answer = ask("localhost", body);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, body);
}

TEST_F(TlsTest, StreamsEvents) {
  std::shared_ptr<SseStream> stream;
  handler = [&](const std::shared_ptr<Exchange>& exchange) {
    stream = exchange->start_sse(200, {});
  };
  serve("server");
  connect("ca");
  ClientRequest request;
  request.url = "https://localhost:" + std::to_string(server->port()) + "/";
  std::vector<std::string> seen;
  bool done = false;
  StreamCallbacks callbacks;
  callbacks.on_event = [&](const SseEvent& event) { seen.push_back(event.data); };
  callbacks.on_done = [&](const Result<HttpResponse>& result) { done = result.has_value(); };
  client->stream(request, std::move(callbacks));
  ASSERT_TRUE(loop.run_until([&] { return stream != nullptr; }, kPatience));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(stream->event(std::to_string(i)));
    ASSERT_TRUE(loop.run_until([&] { return static_cast<int>(seen.size()) == i + 1; }, kPatience));
  }
  stream->close();
  EXPECT_TRUE(loop.run_until([&] { return done; }, kPatience));
}

TEST_F(TlsTest, RefusesACertificateOfAnotherAuthority) {
  serve("server");
  connect("other");
  const auto answer = ask("localhost");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, "net.tls");
  EXPECT_NE(answer.error().message.find("certificate"), std::string::npos)
      << answer.error().message;
  EXPECT_EQ(server->stats().requests, 0u);
}

TEST_F(TlsTest, RefusesACertificateForAnotherHost) {
  serve("elsewhere");
  connect("ca");
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const auto answer = ask(host);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().reason, "net.tls");
  }
  EXPECT_EQ(server->stats().requests, 0u);
}

TEST_F(TlsTest, AsksForAClientCertificateAndDigestsIt) {
  serve("server", certificates->certificate("ca"));
  connect("ca");
  EXPECT_FALSE(ask("localhost"));
  EXPECT_EQ(server->stats().requests, 0u);
  connect("ca", "client");
  const auto answer = ask("localhost");
  ASSERT_TRUE(answer) << answer.error().message;

  std::FILE* file = std::fopen(certificates->certificate("client").c_str(), "r");
  X509* certificate = PEM_read_X509(file, nullptr, nullptr, nullptr);
  std::fclose(file);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  X509_digest(certificate, EVP_sha256(), digest, &size);
  X509_free(certificate);
  EXPECT_EQ(client_digest, std::string(reinterpret_cast<char*>(digest), size));
}

TEST_F(TlsTest, AnswersCleartextWithNothing) {
  serve("server");
  internal::RawClient raw(loop, server->port());
  raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(raw.wait_for_end());
  EXPECT_EQ(raw.received().find("HTTP/"), std::string::npos);
  EXPECT_EQ(server->stats().requests, 0u);
}

TEST_F(TlsTest, NamesAFileThatCannotBeUsed) {
  ServerOptions options;
  options.tls =
      TlsServerOptions{certificates->certificate("server"), certificates->key("client"), ""};
  EXPECT_EQ(HttpServer::listen(loop, options, {}).error().reason, "net.tls");
  options.tls = TlsServerOptions{"/nowhere.pem", certificates->key("client"), ""};
  const auto listening = HttpServer::listen(loop, options, {});
  ASSERT_FALSE(listening);
  EXPECT_NE(listening.error().message.find("`/nowhere.pem`"), std::string::npos);
  ClientOptions client_options;
  client_options.ca_file = "/nowhere.pem";
  EXPECT_EQ(HttpClient::create(loop, client_options).error().reason, "net.tls");
}

}  // namespace
}  // namespace ambit::net
