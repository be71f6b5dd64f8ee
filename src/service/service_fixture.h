// A whole service over fakes, for tests: a clock that is set, a loop that runs when it is told to,
// a tool server that answers what the test wants.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/keys.h"
#include "ledger_file/memory_log.h"
#include "replay/simulator.h"
#include "service/service.h"
#include "storage/memory_store.h"
#include "tests/fakes/holds.h"
#include "tests/fakes/ledger_records.h"
#include "vault/vault.h"

namespace ambit::service {

class FakeClock final : public ports::Clock {
 public:
  Time now() const override { return time; }
  Time time{1'800'000'000'000};
};

class FakeLoop final : public ports::Executor {
 public:
  void post(std::function<void()> work) override { queue.push_back(std::move(work)); }
  void run() {
    while (!queue.empty()) {
      auto work = std::move(queue.front());
      queue.pop_front();
      work();
    }
  }
  std::deque<std::function<void()>> queue;
};

// Paths as they are written, with `links` followed for exact matches and `..` folded.
class FakePaths final : public ports::Paths {
 public:
  Result<std::string> resolve(std::string_view path, std::string_view base) const override {
    std::string whole =
        path.starts_with('/') ? std::string(path) : std::string(base) + "/" + std::string(path);
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < whole.size();) {
      std::size_t end = whole.find('/', at + 1);
      if (end == std::string::npos) end = whole.size();
      const std::string part = whole.substr(at + 1, end - at - 1);
      if (part == "..") {
        if (!parts.empty()) parts.pop_back();
      } else if (!part.empty() && part != ".") {
        parts.push_back(part);
      }
      at = end;
    }
    std::string out;
    for (const auto& part : parts) out += "/" + part;
    if (const auto link = links.find(out); link != links.end()) return link->second;
    return out.empty() ? "/" : out;
  }
  std::map<std::string, std::string> links;
};

class FakeUpstream final : public ports::Upstream {
 public:
  void call_tool(const domain::Server&, const std::string&, const std::string& tool,
                 const text::Json& arguments,
                 std::function<void(Result<ports::ToolAnswer>)> done) override {
    const auto content = files.find(std::string(arguments.string_or("path", "")));
    calls.push_back(tool);
    if (const auto error = errors.find(tool); error != errors.end()) {
      return done(ports::ToolAnswer{true, error->second});
    }
    if (content == files.end()) return done(ports::ToolAnswer{true, "ENOENT: no such file"});
    done(ports::ToolAnswer{false, content->second});
  }
  void list_tools(const domain::Server&, std::function<void(Result<Listing>)> done) override {
    done(listing);
  }
  void release_task(const std::string& task) override {
    if (sticky != task) released.push_back(task);
  }
  bool task_is_released(const std::string& task) const override { return sticky != task; }

  Listing listing;
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> errors;  // by tool: what it always answers
  std::vector<std::string> calls;
  std::vector<std::string> released;
  std::string sticky;  // a task whose child refuses to die
};

inline text::Json tool_entry(const std::string& name, std::vector<std::string> arguments) {
  text::Json properties = text::Json::object();
  text::Json required = text::Json::array();
  for (const auto& argument : arguments) {
    properties.set(argument, text::Json::object({{"type", "string"}}));
    required.push_back(argument);
  }
  return text::Json::object(
      {{"name", name},
       {"inputSchema", text::Json::object({{"type", "object"},
                                           {"properties", std::move(properties)},
                                           {"required", std::move(required)}})}});
}

struct Fixture {
  FakeClock clock;
  FakeLoop loop;
  FakePaths paths;
  FakeUpstream upstream;
  ledger_file::MemoryLog log;
  ports::Log* other_log = nullptr;  // instead of that
  std::unique_ptr<ports::Store> store = storage::make_memory_store();
  ports::KeyStore* key_store = nullptr;  // instead of the store
  std::unique_ptr<vault::Vault> vault;
  fakes::FakeHolds holds;
  ports::Timers* timers = nullptr;
  const ports::Index* index = nullptr;
  bool takes_snapshots = false;
  std::optional<std::string> snapshot_file;
  Result<> snapshot_disk;                      // what writing it comes to
  std::vector<std::string> snapshot_troubles;  // codes
  std::string snapshot_key = "snapshot key";
  std::uint64_t snapshot_records = 1;
  std::unique_ptr<Snapshots> snapshots;
  std::unique_ptr<replay::LedgerSimulator> simulator;
  ports::Executor* simulations = nullptr;  // null: the loop
  bool has_simulator = true;
  bool simulation_fails = false;
  Settings settings;
  std::string key_seed = std::string(32, 'k');
  std::unique_ptr<Service> service;
  Caller admin;
  Caller alice;  // operator, owner
  Caller bob;    // approver
  Caller sam = human("sam", {domain::Role::kSecurity});
  std::string task_of_attempts;  // for an enforcement point, which has no task of its own

  Fixture() {
    upstream.listing.tools = {tool_entry("read", {"path"}),
                              tool_entry("write", {"path", "content"}),
                              tool_entry("stat", {"path"}), tool_entry("pay", {"to"})};
    open();
  }

  // Opens (or opens again, as after a crash) over the same store and log.
  void open() {
    service.reset();
    loop.queue.clear();
    snapshot_troubles.clear();
    ports::KeyStore& keys = key_store ? *key_store : *store;
    auto vault_opened = vault::Vault::open(keys, crypto::SecretBytes(std::string(32, 'v')));
    if (!vault_opened) throw std::runtime_error(vault_opened.error().message);
    vault = *std::move(vault_opened);
    Ports ports;
    open_snapshots();
    ports.snapshots = snapshots.get();
    ports.index = index;
    ports.vault = vault.get();
    ports.holds = &holds;
    ports.store = store.get();
    ports.log = other_log ? other_log : &log;
    ports.clock = &clock;
    ports.loop = &loop;
    ports.background = &loop;
    ports.timers = timers;
    ports.paths = &paths;
    ports.upstream = &upstream;
    simulator = std::make_unique<replay::LedgerSimulator>(log, index, *vault, clock);
    if (simulation_fails) simulator->stop();
    if (has_simulator) ports.simulator = simulator.get();
    ports.simulations = simulations ? simulations : &loop;
    auto opened =
        Service::open(ports, settings, crypto::SigningKey::from_ed25519_seed(key_seed).value());
    if (!opened) throw std::runtime_error(opened.error().message);
    service = *std::move(opened);
    loop.run();
  }

  void open_snapshots() {
    snapshots.reset();
    if (!takes_snapshots) return;
    SnapshotOptions options{
        .log = &log, .clock = &clock, .executor = &loop, .key = crypto::HmacKey(snapshot_key)};
    options.read = [this] { return Result<std::optional<std::string>>(snapshot_file); };
    options.write = [this](std::string_view file) {
      if (snapshot_disk) snapshot_file = std::string(file);
      return snapshot_disk;
    };
    options.records = snapshot_records;
    options.trouble = [this](std::string_view code, const std::string&) {
      snapshot_troubles.emplace_back(code);
    };
    snapshots = std::make_unique<Snapshots>(std::move(options));
  }

  static Caller human(const std::string& id, std::vector<domain::Role> roles) {
    Caller caller;
    caller.identity = id;
    caller.roles = std::move(roles);
    caller.credential = "tok_" + id;
    caller.loopback = true;
    return caller;
  }

  // Runs an asynchronous use case to its answer.
  template <class T>
  Result<T> wait(std::function<void(std::function<void(Result<T>)>)> call) {
    std::optional<Result<T>> answer;
    call([&](Result<T> result) { answer = std::move(result); });
    loop.run();
    if (!answer) return fail(Code::kInternal, "test.no_answer", "no answer came");
    return *std::move(answer);
  }
  Result<text::Json> ask(std::function<void(Answer)> call) {
    return wait<text::Json>([&](auto done) { call(std::move(done)); });
  }
  Result<text::Json> show_task(const Caller& caller, const std::string& task) {
    return ask([&](Answer done) { service->tasks().show(caller, task, std::move(done)); });
  }
  static text::Json json(std::string_view text) { return text::parse_json(text).value(); }

  Result<text::Json> register_identity(const Caller& caller, const text::Json& spec) {
    return ask([&](Answer done) { service->registry().register_identity(caller, spec, done); });
  }
  Result<text::Json> move(const std::string& id, const std::string& what) {
    return ask([&](Answer done) { service->registry().move_identity(admin, id, what, done); });
  }
  Result<text::Json> put_policies(const std::string& text) {
    return publish(text::Json::object({{"policies", text::Json::object({{"main", text}})}}));
  }
  // Publishes a set of admin's, who means whatever it denies; where another human must approve it,
  // sam does.
  Result<text::Json> publish(text::Json set) {
    set.set("expected_newly_denied", 1'000'000);
    auto answer = ask([&](Answer done) { service->policies().put(admin, set, done); });
    if (!answer || answer->string_or("state", "") != "open") return answer;
    return ask([&](Answer done) {
      service->policies().approve(sam, std::string(answer->string_or("id", "")),
                                  std::string(answer->string_or("digest", "")), {}, done);
    });
  }

  static text::Json agent_spec() {
    return json(R"({"id":"writer","class":"agent","agent":{"purpose":"writes reports",
      "autonomy":{"chooses_tools":true,"sequences_actions":true,"acts_without_gate":true},
      "owners":{"business":"alice","control":"alice","scope_approver":"bob","lifecycle":"alice"},
      "tools":["files/read","files/write","files/pay"],"data_domains":["reports"],
      "outcomes":["read","create","overwrite","pay"],
      "limits":{"calls_per_minute":6000,"burst":1000},
      "retires_at":"2030-01-01T00:00:00Z","policy":"default"}})");
  }
  static text::Json server_spec() {
    return json(R"({"id":"files","transport":"stdio","command":["/usr/bin/files"],
      "working_directory":"/work","system":"disk"})");
  }
  static text::Json bindings() {
    return json(R"({
      "read":{"class":"read","data_domain":"reports","labels":["internal"],
              "targets":[{"argument":"/path","kind":"path"}]},
      "stat":{"class":"read","data_domain":"reports",
              "targets":[{"argument":"/path","kind":"path"}]},
      "pay":{"class":"spend","outcome":"pay","data_domain":"reports",
             "targets":[{"argument":"/to","kind":"account"}]},
      "write":{"class":"write","outcome":"create","data_domain":"reports",
               "targets":[{"argument":"/path","kind":"path"}],
               "probe":{"tool":"stat","arguments":{"path":"$/path"},
                        "present":{"class":"write","outcome":"overwrite"},
                        "show":{"tool":"read","arguments":{"path":"$/path"},"new":"/content"}}}})");
  }
  static text::Json task_spec(int calls = 10) {
    text::Json spec = json(R"({"agent":"writer","goal":"the report",
      "trigger":{"kind":"human","reference":"ticket 7"},
      "scope":{"tools":["files/read","files/write","files/pay"],
               "targets":[{"kind":"path","within":"/work"},{"kind":"account","within":"acme"}],
               "data_domains":["reports"],"outcomes":["read","create","overwrite","pay"]},
      "deadline_in":"30m"})");
    spec.set("budget", text::Json::object({{"calls", calls}}));
    return spec;
  }
  static constexpr const char* kPolicies =
      "permit(principal, action, resource);\n"
      "@approvers(\"approver\") forbid(principal, action, resource)\n"
      "when { context.outcome == \"overwrite\" } unless { context has approval };";

  // Everything up to an active agent, approved tools and a policy.
  void set_up() {
    if (!service->bootstrap_admin("admin")) throw std::runtime_error("bootstrap");
    admin = human("admin", {domain::Role::kAdmin});
    alice = human("alice", {domain::Role::kOperator});
    bob = human("bob", {domain::Role::kApprover});
    must(register_identity(admin, json(R"({"id":"alice","class":"human","roles":["operator"]})")));
    must(register_identity(admin, json(R"({"id":"bob","class":"human","roles":["approver"]})")));
    must(ask([&](Answer done) {
      service->registry().import_server(admin, server_spec(), bindings(), done);
    }));
    must(ask([&](Answer done) {
      service->registry().approve_tools(admin, "files", {}, text::Json::object(), done);
    }));
    must(register_identity(alice, agent_spec()));
    must(move("writer", "activate"));
    must(put_policies(kPolicies));
  }

  struct Work {
    std::string task;
    Credential credential;
    Caller caller;
  };
  Work start(const text::Json& spec, const std::string& key = "thumb-1") {
    const auto started = must(ask([&](Answer done) { service->tasks().start(alice, spec, done); }));
    Work out;
    out.task = std::string(started.find("task")->string_or("id", ""));
    const std::string claim(started.string_or("claim", ""));
    auto credential =
        wait<Credential>([&](auto done) { service->tasks().admit(claim, key, std::move(done)); });
    if (!credential) throw std::runtime_error(credential.error().message);
    out.credential = *std::move(credential);
    out.caller.kind = CallerKind::kTask;
    out.caller.identity = "writer";
    out.caller.task = out.task;
    out.caller.instance = out.credential.instance;
    out.caller.session = out.credential.session;
    out.caller.credential = "crd";
    out.caller.key_bound = !key.empty();
    out.caller.loopback = true;
    return out;
  }

  Released attempt(const Caller& caller, const std::string& tool, const std::string& arguments) {
    std::optional<Released> released;
    begin(caller, tool, arguments, released);
    loop.run();
    if (!released) throw std::runtime_error("no verdict came");
    return *std::move(released);
  }
  void begin(const Caller& caller, const std::string& tool, const std::string& arguments,
             std::optional<Released>& released) {
    Attempt attempt;
    attempt.caller = caller;
    attempt.agent = "writer";
    attempt.task = task_of_attempts;
    attempt.channel = "test";
    attempt.server = "files";
    attempt.tool = tool;
    attempt.arguments = json(arguments);
    service->decisions().attempt(std::move(attempt),
                                 [&](Released result) { released = std::move(result); });
  }

  static text::Json must(Result<text::Json> result) {
    if (!result) throw std::runtime_error(result.error().reason + ": " + result.error().message);
    return *std::move(result);
  }
  static std::string reason(const Released& released) {
    return released.decision.reasons.empty() ? std::string()
                                             : released.decision.reasons.front().code;
  }
  // Records of a kind, newest last.
  std::vector<text::Json> records(const std::string& kind) const {
    return fakes::records_of(log, kind, vault.get());
  }
};

}  // namespace ambit::service
