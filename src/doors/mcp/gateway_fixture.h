// The gateway with everything real but the disk and the clock's source: HTTP over loopback, the
// service over memory, tool servers as child processes of the fixture server.
#pragma once

#include <chrono>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/keys.h"
#include "doors/mcp/gateway.h"
#include "identity/dpop.h"
#include "ledger_file/memory_log.h"
#include "mcp/json_scan.h"
#include "mcp/supervisor.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/router.h"
#include "replay/simulator.h"
#include "service/service_fixture.h"
#include "storage/memory_store.h"
#include "tests/fakes/ledger_records.h"
#include "tests/fakes/loop.h"
#include "vault/vault.h"

namespace ambit::doors::mcp {

class WallClock final : public ports::Clock {
 public:
  Time now() const override {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
  }
};

// What a client got for one POST, as it came.
struct Exchanged {
  std::optional<Result<net::HttpResponse>> done;
  std::optional<net::HttpResponse> head;
  std::vector<std::string> events;
  net::ClientCall call;
};

// One agent's client: a task credential bound to a key, a session.
struct Client {
  std::string task;
  std::string token;
  std::shared_ptr<crypto::SigningKey> key;
  std::string session;
};

class House {
 public:
  static constexpr const char* kPolicies =
      "permit(principal, action, resource);\n"
      "@approvers(\"approver\") forbid(principal, action, resource)\n"
      "when { context.outcome == \"overwrite\" } unless { context has approval };";

  House() {
    gateway_options.keep_alive = {20};
    supervisor_options.min_pause = {1};
    supervisor_options.launch.max_processes.reset();
  }
  ~House() {
    server.reset();
    gateway.reset();
    service.reset();
    supervisor.reset();
  }

  void open(std::vector<std::string> flags = {}) {
    supervisor = must(ambit::mcp::Supervisor::create(loop, supervisor_options));
    vault = must(vault::Vault::open(*store, crypto::SecretBytes(std::string(32, 'v'))));
    service::Ports ports;
    ports.vault = vault.get();
    ports.store = store.get();
    ports.log = &log;
    ports.clock = &clock;
    ports.loop = &executor;
    ports.background = &executor;
    ports.timers = &timers;
    ports.paths = &paths;
    ports.upstream = supervisor.get();
    simulator = std::make_unique<replay::LedgerSimulator>(log, nullptr, *vault, clock);
    ports.simulator = simulator.get();
    ports.simulations = &executor;
    service = must(service::Service::open(
        ports, settings, must(crypto::SigningKey::generate(crypto::Algorithm::kEdDSA))));
    gateway = std::make_unique<Gateway>(loop, *service, *supervisor, gateway_options);
    gateway->add_routes(router);
    server = must(net::HttpServer::listen(
        loop, {}, [this](std::shared_ptr<net::Exchange> exchange) { router.handle(exchange); }));
    http = must(net::HttpClient::create(loop));
    fill(std::move(flags));
  }

  std::string url(const std::string& name = "plain") const {
    return "http://127.0.0.1:" + std::to_string(server->port()) + "/mcp/" + name;
  }

  // --- what humans do
  text::Json ask(const std::function<void(service::Answer)>& call) {
    std::optional<Result<text::Json>> answer;
    call([&](Result<text::Json> given) { answer = std::move(given); });
    until([&] { return answer.has_value(); });
    return must(std::move(*answer));
  }
  void import_server(const std::vector<std::string>& flags) {
    text::Json command = text::Json::array(
        {"node", std::filesystem::absolute("tests/fixtures/servers/plain.mjs").string()});
    for (const std::string& flag : flags) command.push_back(flag);
    const text::Json spec = text::Json::object(
        {{"id", "plain"}, {"transport", "stdio"}, {"command", command}, {"system", "test"}});
    ask([&](auto done) { service->registry().import_server(admin, spec, bindings(), done); });
  }
  void approve() {
    ask([&](auto done) {
      service->registry().approve_tools(admin, "plain", {}, text::Json::object(), done);
    });
  }
  Client start(int budget = 100, const std::vector<std::string>& tools = kTools) {
    text::Json names = text::Json::array();
    for (const std::string& tool : tools) names.push_back("plain/" + tool);
    text::Json spec = json(R"({"agent":"writer","goal":"the report",
      "trigger":{"kind":"human","reference":"ticket 7"},
      "scope":{"targets":[{"kind":"path","within":"/work"}],
               "data_domains":["reports"],"outcomes":["read","overwrite"]},
      "deadline_in":"30m"})");
    spec.find("scope")->set("tools", names);
    spec.set("budget", text::Json::object({{"calls", budget}}));
    const auto started = ask([&](auto done) { service->tasks().start(alice, spec, done); });
    Client client;
    client.task = started.find("task")->string_or("id", "");
    client.key = std::make_shared<crypto::SigningKey>(
        must(crypto::SigningKey::generate(crypto::Algorithm::kES256)));
    std::optional<Result<service::Credential>> credential;
    service->tasks().admit(started.string_or("claim", ""), client.key->public_key().thumbprint(),
                           [&](auto given) { credential = std::move(given); });
    until([&] { return credential.has_value(); });
    client.token = must(std::move(*credential)).token;
    return client;
  }
  void end(const Client& client) {
    ask([&](auto done) { service->tasks().end(alice, client.task, "completed", done); });
  }
  // The pending approval, as its approver sees it.
  text::Json pending() {
    const auto page =
        must(service->approvals().list(bob, {.state = domain::ApprovalState::kPending}));
    const auto items = must(page());
    return items.find("items")->as_array().empty() ? text::Json()
                                                   : items.find("items")->as_array().front();
  }
  void grant(const text::Json& approval) {
    ask([&](auto done) {
      service->approvals().grant(bob, std::string(approval.string_or("id", "")),
                                 std::string(approval.string_or("action_digest", "")), done);
    });
  }
  void refuse(const text::Json& approval) {
    ask([&](auto done) {
      service->approvals().refuse(bob, std::string(approval.string_or("id", "")), "no", done);
    });
  }

  // --- what an agent's client does
  std::vector<net::HttpHeader> headers(const Client& client, const std::string& method,
                                       const std::string& where) {
    identity::DpopRequest proved{method, where};
    proved.access_token = client.token;
    std::vector<net::HttpHeader> out = {
        {"Authorization", "DPoP " + client.token},
        {"DPoP", must(identity::make_dpop_proof(*client.key, proved, clock.now()))},
        {"Accept", "application/json, text/event-stream"}};
    if (method == "POST") out.push_back({"Content-Type", "application/json"});
    if (!client.session.empty()) out.push_back({"Mcp-Session-Id", client.session});
    return out;
  }
  std::shared_ptr<Exchanged> send(net::ClientRequest request) {
    auto out = std::make_shared<Exchanged>();
    net::StreamCallbacks callbacks;
    callbacks.on_head = [out](const net::HttpResponse& head) { out->head = head; };
    callbacks.on_event = [out](net::SseEvent event) { out->events.push_back(event.data); };
    callbacks.on_done = [out](Result<net::HttpResponse> done) { out->done = std::move(done); };
    out->call = http->stream(std::move(request), std::move(callbacks));
    return out;
  }
  std::shared_ptr<Exchanged> begin(const Client& client, const std::string& body,
                                   const std::string& method = "POST") {
    net::ClientRequest request;
    request.method = method;
    request.url = url();
    request.headers = headers(client, method, request.url);
    request.body = body;
    return send(std::move(request));
  }
  net::HttpResponse finish(const std::shared_ptr<Exchanged>& exchanged) {
    until([&] { return exchanged->done.has_value(); });
    return must(std::move(*exchanged->done));
  }
  net::HttpResponse post(const Client& client, const std::string& body) {
    return finish(begin(client, body));
  }
  void initialize(Client& client, const std::string& revision = "2025-11-25") {
    const auto response = post(
        client, R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":")" +
                    revision + R"(","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})");
    EXPECT_EQ(response.status, 200) << response.body;
    client.session = response.header("mcp-session-id");
    EXPECT_EQ(post(client, R"({"jsonrpc":"2.0","method":"notifications/initialized"})").status,
              202);
  }
  Client connect(int budget = 100, const std::vector<std::string>& tools = kTools) {
    Client client = start(budget, tools);
    initialize(client);
    return client;
  }
  static std::string call_body(const std::string& tool, const std::string& arguments = "{}",
                               const std::string& id = "1", const std::string& meta = "") {
    return R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"tools/call","params":{"name":")" +
           tool + R"(","arguments":)" + arguments + (meta.empty() ? "" : R"(,"_meta":)" + meta) +
           "}}";
  }
  // The JSON-RPC answer to a call, wherever it came.
  text::Json call(const Client& client, const std::string& tool,
                  const std::string& arguments = "{}", const std::string& meta = "") {
    const auto exchanged = begin(client, call_body(tool, arguments, "1", meta));
    const auto response = finish(exchanged);
    return json(exchanged->events.empty() ? response.body : exchanged->events.back());
  }
  static std::string text_of(const text::Json& answer) {
    const text::Json* result = answer.find("result");
    if (result == nullptr) return "error " + text::to_json(answer);
    return result->find("content")->as_array().at(0).find("text")->as_string();
  }
  static std::string reason_of(const text::Json& answer) {
    const text::Json* result = answer.find("result");
    const text::Json* meta = result ? result->find("_meta") : nullptr;
    return meta ? std::string(meta->string_or("ambit/reason", "")) : "";
  }

  bool until(const std::function<bool()>& done) {
    const bool came = loop.run_until(done, seconds(30));
    EXPECT_TRUE(came) << "waited in vain";
    return came;
  }
  std::vector<text::Json> records(const std::string& kind) const {
    return fakes::records_of(log, kind, vault.get());
  }
  static text::Json json(std::string_view text) {
    auto parsed = text::parse_json(text);
    if (!parsed) throw std::runtime_error(parsed.error().message + " in " + std::string(text));
    return *parsed;
  }
  template <class T>
  static T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().reason + ": " + result.error().message);
    return *std::move(result);
  }

  inline static const std::vector<std::string> kTools = {
      "echo",  "slow",   "die",     "never",  "refuse",    "rpc_error", "url_error",
      "roots", "sample", "numbers", "change", "last_call", "cancelled", "add"};

  net::EventLoop loop;
  fakes::LoopExecutor executor{loop};
  fakes::LoopTimers timers{loop};
  WallClock clock;
  service::FakePaths paths;
  ledger_file::MemoryLog log;
  std::unique_ptr<ports::Store> store = storage::make_memory_store();
  std::unique_ptr<vault::Vault> vault;
  service::Settings settings;
  GatewayOptions gateway_options;
  ambit::mcp::SupervisorOptions supervisor_options;
  std::unique_ptr<ambit::mcp::Supervisor> supervisor;
  std::unique_ptr<replay::LedgerSimulator> simulator;
  std::unique_ptr<service::Service> service;
  std::unique_ptr<Gateway> gateway;
  net::Router router;
  std::unique_ptr<net::HttpServer> server;
  std::unique_ptr<net::HttpClient> http;
  service::Caller admin = service::Fixture::human("admin", {domain::Role::kAdmin});
  service::Caller alice = service::Fixture::human("alice", {domain::Role::kOperator});
  service::Caller bob = service::Fixture::human("bob", {domain::Role::kApprover});

 private:
  static text::Json bindings() {
    text::Json out = text::Json::object();
    for (const std::string& tool : kTools) {
      out.set(tool, json(R"({"class":"read","data_domain":"reports","no_targets":true})"));
    }
    // The one that wants a human.
    out.set("add", json(R"({"class":"write","outcome":"overwrite","data_domain":"reports",
                            "no_targets":true})"));
    return out;
  }
  void fill(std::vector<std::string> flags) {
    must(service->bootstrap_admin("admin"));
    const auto enrol = [&](const char* spec) {
      ask([&](auto done) { service->registry().register_identity(admin, json(spec), done); });
    };
    enrol(R"({"id":"alice","class":"human","roles":["operator"]})");
    enrol(R"({"id":"bob","class":"human","roles":["approver"]})");
    import_server(flags);
    approve();
    text::Json names = text::Json::array();
    for (const std::string& tool : kTools) names.push_back("plain/" + tool);
    text::Json agent = json(R"({"id":"writer","class":"agent","agent":{"purpose":"writes reports",
      "autonomy":{"chooses_tools":true,"sequences_actions":true,"acts_without_gate":true},
      "owners":{"business":"alice","control":"alice","scope_approver":"bob","lifecycle":"alice"},
      "data_domains":["reports"],"outcomes":["read","overwrite"],
      "limits":{"calls_per_minute":6000,"burst":1000},
      "retires_at":"2099-01-01T00:00:00Z","policy":"default"}})");
    agent.find("agent")->set("tools", names);
    ask([&](auto done) { service->registry().register_identity(alice, agent, done); });
    ask([&](auto done) { service->registry().move_identity(admin, "writer", "activate", done); });
    const text::Json set =
        text::Json::object({{"policies", text::Json::object({{"main", kPolicies}})}});
    ask([&](auto done) { service->policies().put(admin, set, done); });
  }
};

}  // namespace ambit::doors::mcp
