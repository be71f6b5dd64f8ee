#include <charconv>

#include "cli/internal/verb.h"

namespace ambit::cli {
namespace {

Result<std::uint16_t> port_of(const std::string& text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error == std::errc() && end == text.data() + text.size()) return port;
  return fail(Code::kInvalid, "usage.port", "`" + text + "` is not a port between 0 and 65535");
}

std::string text_or(const Arguments& arguments, std::string_view key, std::string otherwise) {
  return arguments.given(key) ? arguments.text(key) : std::move(otherwise);
}

Result<std::size_t> quorum_of(const Arguments& given, std::size_t witnesses) {
  if (!given.given("witness-quorum")) return witnesses;
  const std::string& text = given.text("witness-quorum");
  std::size_t quorum = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), quorum);
  if (error == std::errc() && end == text.data() + text.size() && quorum <= witnesses) {
    return quorum;
  }
  return fail(Code::kInvalid, "usage.number",
              "`" + text + "` is not a number of witnesses up to " + std::to_string(witnesses));
}

Result<ServeOptions> serve_options(const Call& call) {
  const Arguments& given = call.arguments;
  ServeOptions options;
  options.data_dir =
      text_or(given, "data", call.console.env("AMBIT_DATA").value_or(options.data_dir));
  options.address = text_or(given, "address", options.address);
  if (given.given("port")) {
    AMBIT_TRY(options.port, port_of(given.text("port")));
  }
  options.issuer = given.text("issuer");
  options.tls_certificate = given.text("tls-cert");
  options.tls_key = given.text("tls-key");
  options.archive = given.text("archive");
  options.archive_after = given.text("archive-after");
  options.sealed_tiers = given.texts("sealed");
  options.streams = given.texts("stream");
  options.witnesses = given.texts("witness");
  AMBIT_TRY(options.witness_quorum, quorum_of(given, options.witnesses.size()));
  options.simulate_decisions = given.text("simulate-decisions");
  options.simulate_last = given.text("simulate-last");
  options.max_newly_denied = given.text("max-newly-denied");
  options.snapshot_every = given.text("snapshot-every");
  options.quiet = given.given("quiet");
  options.accept_older_registry = given.given("accept-older-registry");
  options.log_level = text_or(given, "log-level", options.log_level);
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    return fail(Code::kInvalid, "usage.tls", "`--tls-cert` and `--tls-key` go together");
  }
  return options;
}

}  // namespace

std::vector<Verb> serve_verbs(std::function<Result<int>(const ServeOptions&)> serve) {
  Verb verb;
  verb.name = "serve";
  verb.about = "run the server: registry, decisions, gateway and evidence in one process";
  verb.example = "ambit serve\nambit serve --data /var/lib/ambit --port 7700 --quiet";
  verb.params = {option("--data", "DIR", "where everything is kept; else AMBIT_DATA, else ./var"),
                 option("--address", "IP", "numeric address to listen on (127.0.0.1)"),
                 option("--port", "PORT", "port to listen on (7700; 0: any)"),
                 option("--issuer", "URL", "of credentials; else made of address and port"),
                 option("--tls-cert", "FILE", "PEM of the certificate with its chain"),
                 option("--tls-key", "FILE", "PEM of its key"),
                 option("--sealed", "TIER", "let permits of this tier go only under a checkpoint")
                     .one_of({"low", "elevated", "high"})
                     .many(),
                 option("--stream", "FORMAT=TARGET",
                        "send decisions as `ocsf` or `otlp` to a file, `-` or an OTLP URL")
                     .many(),
                 option("--witness", "KEY=URL", "who cosigns the ledger's checkpoints").many(),
                 option("--witness-quorum", "N", "how many of them it takes (all)"),
                 option("--archive", "DIR", "where archived segments of the ledger are"),
                 option("--archive-after", "DURATION",
                        "move segments there so long after their last entry (never)"),
                 option("--snapshot-every", "DURATION",
                        "how often the state that a start begins with is written (30s)"),
                 option("--simulate-decisions", "N",
                        "how many of the newest decisions a policy set is tried on (10000)"),
                 option("--simulate-last", "DURATION", "and how old they may be (720h)"),
                 option("--max-newly-denied", "PERCENT",
                        "of them a set may deny without its author saying how many (5)"),
                 option("--log-level", "LEVEL", "how much to log (info)")
                     .one_of({"trace", "debug", "info", "warn", "error", "off"}),
                 flag("--quiet", "print nothing at start"),
                 flag("--accept-older-registry",
                      "start with a registry that is older than the ledger; ends all its tasks")};
  verb.is_online = false;
  verb.has_json = false;
  verb.run = [serve = std::move(serve)](Call& call) -> Result<int> {
    AMBIT_TRY(const ServeOptions options, serve_options(call));
    return serve(options);
  };
  return {std::move(verb)};
}

}  // namespace ambit::cli
