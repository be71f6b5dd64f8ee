// The yardstick: a bare HTTP echo on the same server code, and nothing else.
//   echo_server PORT
#include <cstdio>
#include <cstdlib>
#include <string>

#include "net/event_loop.h"
#include "net/http_server.h"

int main(int argc, char** argv) {
  using namespace ambit::net;
  EventLoop loop;
  ServerOptions options;
  options.port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0);
  auto server = HttpServer::listen(loop, options, [](std::shared_ptr<Exchange> exchange) {
    exchange->respond(HttpResponse::json(200, std::string(exchange->request().body)));
  });
  if (!server) {
    std::fprintf(stderr, "%s\n", server.error().message.c_str());
    return 1;
  }
  std::printf("%u\n", (*server)->port());
  std::fflush(stdout);
  loop.run();
  return 0;
}
