// The other yardstick: an HTTP echo that answers once a record as long as a decision's is durable
// in a ledger, and decides nothing. What is left to a decision is what stands between the two.
//   durable_echo_server PORT DIRECTORY
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "crypto/keys.h"
#include "ledger/record.h"
#include "ledger_file/file_log.h"
#include "net/event_loop.h"
#include "net/http_server.h"

namespace {

using namespace ambit;

constexpr std::size_t kLeafBytes = 533;    // of a decision, as ledger.bytes_per_decision has it
constexpr std::size_t kBesideBytes = 354;  // encrypted beside it

// Hands over all records of a round of the loop at once, as the service does.
class Recorder {
 public:
  Recorder(net::EventLoop& loop, ports::Log& log) : loop_(loop), log_(log) {}

  void record(std::shared_ptr<net::Exchange> exchange) {
    ports::Entry entry(std::string(kLeafBytes, 'l'), std::string(kBesideBytes, 'b'));
    waiting_.push_back({std::move(entry), [this, exchange = std::move(exchange)](auto position) {
                          loop_.post([exchange, durable = position.has_value()] {
                            exchange->respond(net::HttpResponse::json(
                                durable ? 200 : 503, std::string(exchange->request().body)));
                          });
                        }});
    if (waiting_.size() > 1) return;
    loop_.post(
        [this] { log_.append_all(std::exchange(waiting_, {}), ports::Written::kHereIfQuick); });
  }

 private:
  net::EventLoop& loop_;
  ports::Log& log_;
  std::vector<ports::Append> waiting_;
};

int failed(const Error& error) {
  std::fprintf(stderr, "%s: %s\n", error.reason.c_str(), error.message.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: durable_echo_server PORT DIRECTORY\n");
    return 2;
  }
  ledger_file::FileLogOptions log_options;
  log_options.directory = argv[2];
  log_options.origin = "durable-echo";
  auto key = crypto::SigningKey::generate(crypto::Algorithm::kEdDSA);
  if (!key) return failed(key.error());
  auto log = ledger_file::FileLog::open(log_options, *std::move(key));
  if (!log) return failed(log.error());
  net::EventLoop loop;
  Recorder recorder(loop, **log);
  net::ServerOptions options;
  options.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  auto server = net::HttpServer::listen(
      loop, options,
      [&](std::shared_ptr<net::Exchange> exchange) { recorder.record(std::move(exchange)); });
  if (!server) return failed(server.error());
  std::printf("%u\n", (*server)->port());
  std::fflush(stdout);
  loop.run();
  return 0;
}
