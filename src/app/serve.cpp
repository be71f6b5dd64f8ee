#include "app/serve.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <sys/resource.h>
#include <unistd.h>

#include "app/application.h"
#include "process/hardening.h"

namespace ambit::app {
namespace {

using Clock = std::chrono::steady_clock;

telemetry::Level level_of(const std::string& name) {
  if (name == "trace" || name == "debug") return telemetry::Level::kDebug;
  if (name == "warn") return telemetry::Level::kWarning;
  if (name == "error") return telemetry::Level::kError;
  if (name == "off") return telemetry::Level::kOff;
  return telemetry::Level::kInfo;
}

// Each connection needs a descriptor; the soft limit is often 1024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void greet(std::ostream& out, const Application& application, Clock::time_point began) {
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
  out << "ambit serves " << application.url() << " from " << application.data_dir() << " (ready in "
      << took.count() << " ms)\n";
  if (const std::string file = application.new_admin_token_file(); !file.empty()) {
    out << "the access token of `admin` is in " << file << "\n";
  }
  out << std::flush;
}

Result<std::uint32_t> number_of(const std::string& text, const char* option, std::uint32_t least,
                                std::uint32_t most) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= least &&
      number <= most) {
    return number;
  }
  return fail(Code::kInvalid, "usage.number",
              "`" + text + "` for `" + option + "` is not a number from " + std::to_string(least) +
                  " to " + std::to_string(most));
}

Result<> read_simulation(const cli::ServeOptions& options, ApplicationOptions& out) {
  if (!options.simulate_decisions.empty()) {
    AMBIT_TRY(out.simulated_decisions,
              number_of(options.simulate_decisions, "--simulate-decisions", 1, 1'000'000));
  }
  if (!options.simulate_last.empty()) {
    AMBIT_TRY(out.simulated_time, parse_duration(options.simulate_last));
    if (out.simulated_time.ms < minutes(60).ms) {
      return fail(Code::kInvalid, "usage.duration",
                  "`" + options.simulate_last + "` for `--simulate-last` is less than `1h`");
    }
  }
  if (!options.max_newly_denied.empty()) {
    AMBIT_TRY(out.max_newly_denied_percent,
              number_of(options.max_newly_denied, "--max-newly-denied", 0, 100));
  }
  return {};
}

Result<> read_archiving(const cli::ServeOptions& options, ApplicationOptions& out) {
  // The ledger tells where its segments went, also to somebody who reads it elsewhere.
  std::error_code nowhere;
  const auto archive = std::filesystem::absolute(options.archive, nowhere).lexically_normal();
  out.archive = options.archive.empty() || nowhere ? options.archive : archive.string();
  if (options.archive_after.empty()) return {};
  if (options.archive.empty()) {
    return fail(Code::kInvalid, "usage.archive",
                "`--archive-after` needs `--archive DIR`, the folder that segments are moved to");
  }
  AMBIT_TRY(const Duration after, parse_duration(options.archive_after));
  if (after.ms < 1000) {
    return fail(Code::kInvalid, "usage.duration",
                "`" + options.archive_after + "` for `--archive-after` is less than `1s`");
  }
  out.archive_after = after;
  return {};
}

Result<ApplicationOptions> application_options(const cli::ServeOptions& options) {
  ApplicationOptions out;
  out.data_dir = options.data_dir;
  out.address = options.address;
  out.port = options.port;
  out.issuer = options.issuer;
  out.tls_certificate = options.tls_certificate;
  out.tls_key = options.tls_key;
  out.accept_older_registry = options.accept_older_registry;
  if (!options.snapshot_every.empty()) {
    AMBIT_TRY(out.snapshot_interval, parse_duration(options.snapshot_every));
  }
  AMBIT_CHECK_OK(read_simulation(options, out));
  AMBIT_CHECK_OK(read_archiving(options, out));
  for (const std::string& name : options.sealed_tiers) {
    AMBIT_TRY(const domain::Tier tier, domain::value_of<domain::Tier>(name));
    out.sealed_tiers.insert(tier);
  }
  for (const std::string& text : options.witnesses) {
    // The key's base64 may end with `=`, the URL begins with its scheme.
    const std::size_t split = text.find("=http");
    if (split == std::string::npos) {
      return fail(
          Code::kInvalid, "usage.witness",
          "`" + text +
              "` is not a witness `KEY=URL`, such as `name+1a2b3c4d+BX...=https://w.example`");
    }
    AMBIT_TRY(auto key, ledger::WitnessKey::parse(text.substr(0, split)));
    out.witnesses.emplace_back(std::move(key), text.substr(split + 1));
  }
  AMBIT_TRY(out.streams, streams::parse_streams(options.streams));
  out.witness_quorum = options.witness_quorum;
  out.stop_on_signals = true;
  return out;
}

}  // namespace

Result<int> serve(const cli::ServeOptions& options) {
  const Clock::time_point began = Clock::now();
  raise_descriptor_limit();
  const bool low_port = options.port > 0 && options.port < 1024;
  AMBIT_CHECK_OK(process::harden_self({.keep_net_bind = low_port}));
  // A terminal is read by people, everything else by programs.
  telemetry::Logger logger(
      {::isatty(STDERR_FILENO) ? telemetry::LogFormat::kText : telemetry::LogFormat::kJson,
       level_of(options.log_level),
       {}});
  AMBIT_TRY(const auto chosen, application_options(options));
  AMBIT_TRY(auto application, Application::open(chosen, logger));
  logger.info("serve.ready", "listening", {{"url", application->url()}});
  const bool streams_out = std::any_of(chosen.streams.begin(), chosen.streams.end(),
                                       [](const auto& stream) { return stream.target == "-"; });
  if (!options.quiet) greet(streams_out ? std::cerr : std::cout, *application, began);
  application->run();
  application.reset();
  logger.info("serve.stopped", "all state is on disk");
  return 0;
}

}  // namespace ambit::app
