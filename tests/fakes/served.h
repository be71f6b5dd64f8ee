// A governed service behind a real HTTP server on a free port, with clients for it.
#pragma once

#include <arpa/inet.h>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "net/http_client.h"
#include "net/http_server.h"
#include "net/router.h"
#include "telemetry/metrics.h"
#include "tests/fakes/governed.h"

namespace ambit::fakes {

class Served : public Governed {
 public:
  Served() {
    auto listening = net::HttpServer::listen(loop, {}, [this](std::shared_ptr<net::Exchange> e) {
      if (refuses && refuses(*e)) return;
      router.handle(std::move(e));
    });
    server = *std::move(listening);
    client = *net::HttpClient::create(loop);
    url = "http://127.0.0.1:" + std::to_string(server->port());
  }

  // Sends a request and turns the loop until the answer is there.
  net::HttpResponse send(const std::string& method, const std::string& path,
                         std::vector<net::HttpHeader> headers = {}, std::string body = {}) {
    net::ClientRequest request{.method = method, .url = url + path};
    request.headers = std::move(headers);
    request.body = std::move(body);
    auto response = wait<net::HttpResponse>(
        [&](auto done) { client->request(std::move(request), std::move(done)); });
    if (!response) ADD_FAILURE() << method << " " << path << ": " << response.error().message;
    return response.value_or(net::HttpResponse{.status = 0});
  }

  // A JSON request with an access token or bearer credential.
  net::HttpResponse send_json(const std::string& token, const std::string& method,
                              const std::string& path, std::string body = {}) {
    std::vector<net::HttpHeader> headers{{"Authorization", "Bearer " + token}};
    if (!body.empty()) headers.push_back({"Content-Type", "application/json"});
    return send(method, path, std::move(headers), std::move(body));
  }

  // Sends bytes as they are and returns what comes back until the server closes.
  std::string send_raw(std::string_view bytes) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    std::string answer;
    char buffer[4096];
    until([&] {
      const ssize_t n = ::recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
      if (n > 0) answer.append(buffer, static_cast<std::size_t>(n));
      if (n != 0) loop.post([] {});  // keeps the loop turning until all has come
      return n == 0;
    });
    ::close(fd);
    return answer;
  }

  telemetry::Metrics metrics;
  net::Router router;
  std::function<bool(net::Exchange&)> refuses;
  std::unique_ptr<net::HttpServer> server;
  std::unique_ptr<net::HttpClient> client;
  std::string url;
};

inline std::string reason_of(const net::HttpResponse& response) {
  return std::string(json(response.body).string_or("reason", ""));
}

}  // namespace ambit::fakes
