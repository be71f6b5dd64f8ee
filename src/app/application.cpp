#include "app/application.h"

#include <filesystem>
#include <unistd.h>

#include "app/archiving.h"
#include "app/collect.h"
#include "app/data_dir.h"
#include "app/evidence_exports.h"
#include "app/http_witness.h"
#include "app/isolation.h"
#include "app/listen_address.h"
#include "app/loop_ports.h"
#include "cli/cli.h"
#include "doors/authzen/authzen_door.h"
#include "doors/mcp/gateway.h"
#include "doors/rest/front_guard.h"
#include "doors/rest/rest_door.h"
#include "host/local_paths.h"
#include "host/system_clock.h"
#include "host/thread_executor.h"
#include "index/evidence_index.h"
#include "ledger_file/archive.h"
#include "ledger_file/file_log.h"
#include "ledger_file/hold_file.h"
#include "mcp/supervisor.h"
#include "net/http_server.h"
#include "net/router.h"
#include "net/uri.h"
#include "replay/simulator.h"
#include "service/service.h"
#include "storage/sqlite_store.h"
#include "telemetry/metrics.h"
#include "text/base64url.h"
#include "vault/master_key.h"

namespace ambit::app {
namespace {

constexpr const char* kAdmin = "admin";
constexpr const char* kAdminTokenFile = "admin.token";
constexpr const char* kServeFile = "serve.json";
constexpr const char* kSnapshotFile = "state.snapshot";

}  // namespace

// Members stand in the order in which they depend on each other.
struct Application::Impl {
  Impl(ApplicationOptions the_options, telemetry::Logger& the_logger, DataDir the_data)
      : options(std::move(the_options)), logger(the_logger), data(std::move(the_data)) {}
  ~Impl() { close(); }

  Result<> listen(const ListenAddress& address);
  Result<std::vector<ledger_file::WitnessLink>> open_witnesses();
  Result<> open_state();
  Result<> open_upstream();
  void open_snapshots();
  Result<> open_service();
  Result<> bootstrap();
  void open_doors();
  Result<> open_streams();
  void begin_archiving();
  Result<> announce() const;
  void begin_stop();
  void close();

  ApplicationOptions options;
  telemetry::Logger& logger;
  DataDir data;
  std::string issuer;
  std::string listen_authority;
  std::string url;
  bool made_admin = false;
  bool stopping = false;

  telemetry::Metrics metrics;
  host::SystemClock clock;
  host::LocalPaths paths;
  net::EventLoop loop;
  LoopExecutor loop_executor{loop};
  LoopTimers timers{loop};
  Isolation isolation;
  std::unique_ptr<EvidenceExports> exports;
  std::unique_ptr<net::HttpClient> witness_client;
  std::vector<std::unique_ptr<HttpWitness>> witnesses;
  std::unique_ptr<ledger_file::FileLog> log;
  ledger_file::HoldFile holds{data.file("ledger")};
  std::unique_ptr<ports::Store> store;
  std::unique_ptr<vault::Vault> vault;
  std::unique_ptr<index::EvidenceIndex> evidence_index;
  std::unique_ptr<host::ThreadExecutor> background;
  std::unique_ptr<host::ThreadExecutor> reader;     // of evidence: a long search delays no commit
  std::unique_ptr<host::ThreadExecutor> exporting;  // no search waits for a bundle
  std::unique_ptr<service::Snapshots> snapshots;
  std::unique_ptr<host::ThreadExecutor> follower;  // of the ledger, for snapshots
  std::unique_ptr<replay::LedgerSimulator> simulator;
  std::unique_ptr<host::ThreadExecutor> simulations;  // of policies: no decision waits for them
  std::unique_ptr<mcp::Supervisor> supervisor;
  std::unique_ptr<service::Service> service;
  net::Router router;
  std::unique_ptr<doors::rest::FrontGuard> guard;
  std::unique_ptr<doors::rest::RestDoor> rest_door;
  std::unique_ptr<doors::authzen::AuthzenDoor> authzen_door;
  std::unique_ptr<doors::mcp::Gateway> gateway;
  std::unique_ptr<net::HttpServer> server;
  std::vector<std::unique_ptr<streams::Stream>> streams;
  std::unique_ptr<Archiving> archiving;
};

Result<> Application::Impl::listen(const ListenAddress& address) {
  const bool tls = !options.tls_certificate.empty();
  net::ServerOptions server_options;
  server_options.address = address.address;
  server_options.port = options.port;
  if (tls) server_options.tls = net::TlsServerOptions{options.tls_certificate, options.tls_key, {}};
  auto listening = net::HttpServer::listen(loop, std::move(server_options),
                                           [this](std::shared_ptr<net::Exchange> exchange) {
                                             if (!guard->refuses(*exchange))
                                               router.handle(std::move(exchange));
                                           });
  if (!listening) {
    if (listening.error().reason != "net.bind") return fail(listening.error());
    return fail(Code::kConflict, "serve.port_taken",
                "cannot listen on `" + address.authority(options.port) +
                    "`: " + listening.error().message +
                    "; stop whatever uses the port, or give another with `--port`");
  }
  server = *std::move(listening);
  listen_authority = address.authority(server->port());
  url = (tls ? "https://" : "http://") + listen_authority;
  issuer = options.issuer.empty() ? url : options.issuer;
  // Nobody can call `0.0.0.0`.
  if (address.is_any) url = issuer;
  return {};
}

Result<std::vector<ledger_file::WitnessLink>> Application::Impl::open_witnesses() {
  std::vector<ledger_file::WitnessLink> links;
  if (options.witnesses.empty()) return links;
  AMBIT_TRY(witness_client, net::HttpClient::create(loop));
  for (const auto& [key, where] : options.witnesses) {
    witnesses.push_back(std::make_unique<HttpWitness>(loop, *witness_client, where));
    links.push_back({key, witnesses.back().get()});
  }
  return links;
}

Result<> Application::Impl::open_state() {
  AMBIT_TRY(crypto::SigningKey key, data.key("ledger.jwk", crypto::Algorithm::kEdDSA));
  AMBIT_CHECK_OK(data.make_folder("ledger"));
  ledger_file::FileLogOptions log_options;
  log_options.directory = data.file("ledger");
  // Of its first key and not of the address: a log keeps its name when its server moves.
  if (!data.has("ledger/ledger.pub"))
    log_options.origin = "ambit/log/" + key.public_key().thumbprint().substr(0, 16);
  log_options.archive = options.archive;
  AMBIT_TRY(log_options.witnesses, open_witnesses());
  log_options.witness_quorum = options.witness_quorum;
  log_options.on_witness = [this](const ledger_file::WitnessState& witness) {
    tell_of_witness(witness, logger);
  };
  std::vector<crypto::SigningKey> keys;
  keys.push_back(std::move(key));
  // A change of keys that was begun, and perhaps not finished.
  if (data.has("keys/ledger.next.jwk")) {
    AMBIT_TRY(crypto::SigningKey next_key,
              crypto::SigningKey::read_file(data.file("keys/ledger.next.jwk")));
    keys.push_back(std::move(next_key));
  }
  AMBIT_TRY(log, ledger_file::FileLog::open(std::move(log_options), std::move(keys)));
  AMBIT_TRY(store, storage::open_sqlite_store(data.file("ambit.db")));
  AMBIT_TRY(vault, vault::open_vault(*store, data.file("keys")));
  const auto tell = [this](const std::string& problem) {
    if (problem.empty()) return logger.info("index.goes_on", "the search index is made further");
    logger.error("index.stuck", "the search index does not go on: " + problem);
  };
  auto opened =
      index::EvidenceIndex::open({data.file("index.sqlite"), log.get(), vault.get(), tell});
  if (opened) {
    evidence_index = *std::move(opened);
  } else {
    // Nothing is decided by it: without it nothing can be searched for.
    logger.error("index.unavailable", opened.error().message);
  }
  exports = std::make_unique<EvidenceExports>(data.path(), options.archive, *vault);
  background = std::make_unique<host::ThreadExecutor>();
  reader = std::make_unique<host::ThreadExecutor>();
  exporting = std::make_unique<host::ThreadExecutor>();
  return {};
}

Result<> Application::Impl::open_upstream() {
  isolation = choose_isolation();
  for (const service::Warning& warning : isolation.warnings) {
    logger.warning(warning.code, warning.message, {{"remedy", warning.remedy}});
  }
  mcp::SupervisorOptions upstream;
  upstream.launch.run_as = isolation.run_as;
  upstream.launch.landlock = isolation.report.landlock_abi > 0;
  upstream.launch.protected_paths = {data.path()};
  if (!options.tls_key.empty()) {
    std::error_code unresolved;
    const auto key = std::filesystem::weakly_canonical(options.tls_key, unresolved);
    upstream.launch.protected_paths.push_back(unresolved ? options.tls_key : key.string());
  }
  upstream.connection.client_version = cli::kVersion;
  AMBIT_TRY(supervisor, mcp::Supervisor::create(loop, std::move(upstream)));
  return {};
}

void Application::Impl::open_snapshots() {
  follower = std::make_unique<host::ThreadExecutor>(true);
  service::SnapshotOptions snapshot{.log = log.get(),
                                    .clock = &clock,
                                    .executor = follower.get(),
                                    .key = vault->derive("ambit/snapshot/1")};
  snapshot.read = [this] { return data.read(kSnapshotFile); };
  snapshot.write = [this](std::string_view file) {
    return data.write_private(kSnapshotFile, file);
  };
  snapshot.interval = options.snapshot_interval;
  snapshot.trouble = [this](std::string_view code, const std::string& message) {
    logger.warning(std::string(code), message);
  };
  snapshots = std::make_unique<service::Snapshots>(std::move(snapshot));
}

Result<> Application::Impl::open_service() {
  AMBIT_TRY(crypto::SigningKey key, data.key("token.jwk", crypto::Algorithm::kEdDSA));
  service::Settings settings;
  settings.issuer = issuer;
  settings.sealed_tiers = options.sealed_tiers;
  settings.isolated = isolation.report.isolated();
  settings.warnings = isolation.warnings;
  settings.accept_older_registry = options.accept_older_registry;
  settings.simulated_decisions = options.simulated_decisions;
  settings.simulated_time = options.simulated_time;
  settings.max_newly_denied_percent = options.max_newly_denied_percent;
  simulator = std::make_unique<replay::LedgerSimulator>(*log, evidence_index.get(), *vault, clock);
  // Does not yield: it is soon done, and under full load a set would never be published.
  simulations = std::make_unique<host::ThreadExecutor>();
  AMBIT_TRY(service, service::Service::open({.store = store.get(),
                                             .log = log.get(),
                                             .clock = &clock,
                                             .loop = &loop_executor,
                                             .background = background.get(),
                                             .timers = &timers,
                                             .paths = &paths,
                                             .upstream = supervisor.get(),
                                             .vault = vault.get(),
                                             .index = evidence_index.get(),
                                             .snapshots = snapshots.get(),
                                             .simulator = simulator.get(),
                                             .simulations = simulations.get(),
                                             .holds = &holds},
                                            std::move(settings), std::move(key)));
  return {};
}

Result<> Application::Impl::bootstrap() {
  // On the disk before the registry knows it: a token that nobody has would leave a registry that
  // nobody can administer.
  auto token = service->bootstrap_admin(kAdmin, [this](std::string_view secret) {
    std::string line = std::string(secret) + "\n";
    auto written = data.write_private(kAdminTokenFile, line);
    crypto::wipe(line);
    return written;
  });
  if (!token) {
    if (token.error().reason == "bootstrap.done") return {};
    return fail(token.error());
  }
  crypto::wipe(*token);
  made_admin = true;
  return {};
}

void Application::Impl::open_doors() {
  const std::string version(cli::kVersion);
  auto names = doors::rest::own_authorities(server->port(), issuer);
  names.push_back(listen_authority);
  guard = std::make_unique<doors::rest::FrontGuard>(names, metrics);
  rest_door =
      std::make_unique<doors::rest::RestDoor>(doors::rest::RestParts{.loop = &loop,
                                                                     .service = service.get(),
                                                                     .log = log.get(),
                                                                     .index = evidence_index.get(),
                                                                     .keys = vault.get(),
                                                                     .clock = &clock,
                                                                     .background = reader.get(),
                                                                     .proofs = log.get(),
                                                                     .exports = exports.get(),
                                                                     .exporting = exporting.get(),
                                                                     .logger = &logger,
                                                                     .metrics = &metrics},
                                              doors::rest::RestOptions{issuer, version});
  rest_door->add_routes(router);
  authzen_door = std::make_unique<doors::authzen::AuthzenDoor>(
      *service, metrics, doors::authzen::AuthzenOptions{issuer});
  authzen_door->add_routes(router);
  doors::mcp::GatewayOptions gateway_options;
  gateway_options.allowed_hosts = names;
  gateway_options.on_event = [this](std::string_view what, std::string_view id,
                                    std::string_view task, std::string_view detail) {
    logger.log(
        what == "started" || what == "ended" ? telemetry::Level::kInfo : telemetry::Level::kDebug,
        "mcp." + std::string(what), detail, {{"server", id}, {"task", task}});
  };
  gateway = std::make_unique<doors::mcp::Gateway>(loop, *service, *supervisor,
                                                  std::move(gateway_options));
  gateway->add_routes(router);
  metrics.on_expose([this](telemetry::Collector& out) {
    collect_server(server->stats(), out);
    collect_mcp(gateway->stats(), supervisor->stats(), out);
    collect_streams(streams, log->size(), out);
    collect_witnesses(log->witnesses(), out);
    if (evidence_index) collect_index(*evidence_index, log->size(), out);
  });
}

Result<> Application::Impl::announce() const {
  return data.write_private(
      kServeFile,
      text::to_json(text::Json::object({{"address", options.address},
                                        {"port", static_cast<std::int64_t>(server->port())},
                                        {"url", url},
                                        {"issuer", issuer},
                                        {"pid", static_cast<std::int64_t>(::getpid())},
                                        {"version", cli::kVersion},
                                        {"started_at", to_rfc3339(clock.now())}})) +
          "\n");
}

Result<> Application::Impl::open_streams() {
  if (options.streams.empty()) return {};
  AMBIT_CHECK_OK(data.make_folder("streams"));
  for (streams::StreamOptions stream : options.streams) {
    const bool ocsf = stream.format == streams::Format::kOcsf;
    // One that goes elsewhere begins anew.
    stream.cursor_file =
        data.file("streams/" + std::string(ocsf ? "ocsf-" : "otlp-") +
                  text::to_hex(crypto::sha256(stream.target).view()).substr(0, 16) + ".cursor");
    stream.version = cli::kVersion;
    AMBIT_TRY(auto started,
              streams::Stream::start(std::move(stream), *log, evidence_index.get(), logger));
    streams.push_back(std::move(started));
  }
  return {};
}

void Application::Impl::begin_archiving() {
  if (!options.archive_after) return;
  archiving = std::make_unique<Archiving>(
      ArchivingOptions{data.file("ledger"), options.archive, *options.archive_after}, *log, clock,
      timers, logger);
}

void Application::Impl::begin_stop() {
  if (stopping) return loop.stop();
  stopping = true;
  logger.info("serve.stopping", "no new requests; those in flight may finish");
  gateway->stop_waiting();
  simulator->stop();
  server->stop(options.drain, [this] {
    service->flush();
    // Behind whatever the registry still writes, and behind what that posts to the loop in turn.
    background->post([this] { loop.post([this] { loop.stop(); }); });
  });
}

void Application::Impl::close() {
  server.reset();
  archiving.reset();
  streams.clear();
  gateway.reset();
  authzen_door.reset();
  rest_door.reset();
  supervisor.reset();
  // What is still to be written in the background reads the service.
  reader.reset();
  exporting.reset();
  if (simulator) simulator->stop();
  simulations.reset();
  background.reset();
  service.reset();
  simulator.reset();
  evidence_index.reset();
  if (log) {
    if (const auto sealed = log->seal(); !sealed) {
      logger.error("ledger.unsealed", "no last checkpoint", {{"why", sealed.error().message}});
    }
  }
  follower.reset();
  if (snapshots) {
    if (const auto written = snapshots->finish(); !written) {
      logger.warning(written.error().reason, "no last snapshot: " + written.error().message);
    }
  }
  snapshots.reset();
  log.reset();
  vault.reset();
  store.reset();
}

Application::Application(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Application::~Application() {
  impl_->close();
  impl_->data.remove(kServeFile);
}

namespace {

// An issuer is a URL without query and fragment (RFC 8414 section 2).
Result<> check_issuer(const std::string& issuer) {
  if (issuer.empty()) return {};
  const bool plain = issuer.find_first_of("?#") == std::string::npos;
  if (plain && net::parse_http_url(issuer)) return {};
  return fail(
      Code::kInvalid, "serve.issuer",
      "`" + issuer +
          "` is no issuer: give `--issuer` an `https://` or `http://` URL without query and "
          "fragment");
}

}  // namespace

Result<std::unique_ptr<Application>> Application::open(const ApplicationOptions& options,
                                                       telemetry::Logger& logger) {
  AMBIT_TRY(const ListenAddress address,
            check_listen_address(options.address, !options.tls_certificate.empty()));
  if (address.is_any && options.issuer.empty()) {
    return fail(Code::kInvalid, "serve.issuer",
                "`" + address.address +
                    "` is every address: give `--issuer` with the URL under which clients reach "
                    "this server");
  }
  AMBIT_CHECK_OK(check_issuer(options.issuer));
  AMBIT_TRY(DataDir data, DataDir::open(options.data_dir));
  auto impl = std::make_unique<Impl>(options, logger, std::move(data));
  if (options.stop_on_signals) {
    // Before any thread starts: threads inherit that the signals wait for the loop.
    AMBIT_CHECK_OK(impl->loop.on_signal([raw = impl.get()](int) { raw->begin_stop(); }));
  }
  AMBIT_CHECK_OK(impl->listen(address));
  AMBIT_CHECK_OK(impl->open_state());
  AMBIT_CHECK_OK(impl->open_upstream());
  impl->open_snapshots();
  AMBIT_CHECK_OK(impl->open_service());
  AMBIT_CHECK_OK(impl->bootstrap());
  impl->open_doors();
  AMBIT_CHECK_OK(impl->open_streams());
  impl->begin_archiving();
  AMBIT_CHECK_OK(impl->announce());
  return std::unique_ptr<Application>(new Application(std::move(impl)));
}

const std::string& Application::url() const { return impl_->url; }
const std::string& Application::data_dir() const { return impl_->data.path(); }
std::uint16_t Application::port() const { return impl_->server->port(); }

std::string Application::new_admin_token_file() const {
  return impl_->made_admin ? impl_->data.file(kAdminTokenFile) : std::string();
}

std::vector<std::pair<std::string, std::string>> Application::routes() const {
  return impl_->router.routes();
}

void Application::run() { impl_->loop.run(); }

void Application::stop() {
  impl_->loop.post([impl = impl_.get()] { impl->begin_stop(); });
}

}  // namespace ambit::app
