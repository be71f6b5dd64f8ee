// The `ambit` command: a tree of verbs over the public API, plus `serve`.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ambit::cli {

// What `ambit --version` says; the version of the whole program.
inline constexpr std::string_view kVersion = "0.1.0";

// What `ambit serve` was asked for.
struct ServeOptions {
  std::string data_dir = "./var";
  std::string address = "127.0.0.1";
  std::uint16_t port = 7700;
  std::string issuer;  // empty: derived from address and port
  std::string tls_certificate, tls_key;
  std::string archive;                    // where archived segments of the ledger are
  std::string archive_after;              // a duration; empty: never
  std::vector<std::string> sealed_tiers;  // permits wait for a signed checkpoint
  std::vector<std::string> streams;       // `ocsf=TARGET`, `otlp=TARGET`
  std::vector<std::string> witnesses;     // `KEY=URL`
  std::size_t witness_quorum = 0;
  std::string simulate_decisions, simulate_last, max_newly_denied;  // empty: the defaults
  std::string snapshot_every;  // a duration; empty: the default
  bool quiet = false;
  bool accept_older_registry = false;
  std::string log_level = "info";
};

// Runs the command line and returns the process's exit status (docs/cli.md lists them). `serve` is
// called for `ambit serve`, and its result or error treated like that of any verb; all other verbs
// are clients of a server that runs elsewhere, or work offline. Reads the environment; writes to
// stdout and stderr.
int run(int argc, char** argv, std::function<Result<int>(const ServeOptions&)> serve);

}  // namespace ambit::cli
