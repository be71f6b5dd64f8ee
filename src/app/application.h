// A whole server as one object: opened, run, stopped.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/vocabulary.h"
#include "ledger/cosignature.h"
#include "service/settings.h"
#include "streams/stream.h"
#include "telemetry/logger.h"

namespace ambit::app {

struct ApplicationOptions {
  std::string data_dir = "./var";
  std::string address = "127.0.0.1";  // numeric
  std::uint16_t port = 7700;          // 0: any free port
  std::string issuer;                 // empty: the URL made of address and port
  std::string tls_certificate;        // PEM files; both or none
  std::string tls_key;
  bool accept_older_registry = false;     // service/settings.h
  std::string archive;                    // where archived segments of the ledger are; may be empty
  std::optional<Duration> archive_after;  // moves them there so long after their last entry
  std::set<domain::Tier> sealed_tiers;    // service::Settings
  std::vector<streams::StreamOptions> streams;  // their cursors are kept in the data directory
  // What policies are simulated on before they take effect: service::Settings.
  std::size_t simulated_decisions = service::Settings().simulated_decisions;
  Duration simulated_time = service::Settings().simulated_time;
  std::uint32_t max_newly_denied_percent = service::Settings().max_newly_denied_percent;
  // Verifier key and submission URL of each witness of the ledger, and how many must cosign.
  std::vector<std::pair<ledger::WitnessKey, std::string>> witnesses;
  std::size_t witness_quorum = 0;
  // How often a snapshot of what the ledger tells of is written, at most.
  Duration snapshot_interval = seconds(30);
  Duration drain = seconds(10);  // for requests in flight when it is told to stop
  // SIGINT and SIGTERM stop it in good order, a second one at once.
  bool stop_on_signals = false;
};

class Application {
 public:
  // Opens the data directory, making keys and the first admin where there are none, and listens.
  // Clients are answered once it runs. `logger` outlives it. Beside the errors of the rooms that
  // it opens: `serve.address`, `serve.insecure` (not loopback and no TLS), `serve.issuer`,
  // `serve.port_taken`.
  static Result<std::unique_ptr<Application>> open(const ApplicationOptions& options,
                                                   telemetry::Logger& logger);
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  // Where clients reach it, and where its state is.
  const std::string& url() const;
  const std::string& data_dir() const;
  std::uint16_t port() const;
  // The file with the access token of the first admin; empty unless it was made just now.
  std::string new_admin_token_file() const;

  // Method and path pattern of everything that it answers.
  std::vector<std::pair<std::string, std::string>> routes() const;

  // Serves until it was stopped.
  void run();

  // Thread-safe: stops to accept, lets requests in flight finish, makes `run` return.
  void stop();

 private:
  struct Impl;
  explicit Application(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ambit::app
