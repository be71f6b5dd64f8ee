// A service in memory with one agent, one tool server and one open task, for tests of the doors.
#pragma once

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "crypto/keys.h"
#include "ledger_file/memory_log.h"
#include "net/event_loop.h"
#include "ports/host.h"
#include "ports/upstream.h"
#include "replay/simulator.h"
#include "service/service.h"
#include "storage/memory_store.h"
#include "tests/fakes/holds.h"
#include "tests/fakes/loop.h"
#include "text/json.h"
#include "vault/vault.h"

namespace ambit::fakes {

class FixedClock final : public ports::Clock {
 public:
  Time now() const override { return at; }
  Time at{1'800'000'000'000};
};

// No file system: a path names itself; `..` is refused.
class PlainPaths final : public ports::Paths {
 public:
  Result<std::string> resolve(std::string_view path, std::string_view) const override {
    if (!path.starts_with('/') || path.find("..") != std::string_view::npos) {
      return fail(Code::kInvalid, "target.ambiguous", "the path must be absolute and plain");
    }
    return std::string(path);
  }
};

// A tool server of fixed tools that nothing is ever forwarded to.
class StillUpstream final : public ports::Upstream {
 public:
  void call_tool(const domain::Server&, const std::string&, const std::string&, const text::Json&,
                 std::function<void(Result<ports::ToolAnswer>)> done) override {
    done(fail(Code::kUnavailable, "upstream.unreachable", "this server answers no calls"));
  }
  void list_tools(const domain::Server&, std::function<void(Result<Listing>)> done) override {
    done(listing);
  }
  void release_task(const std::string&) override {}
  bool task_is_released(const std::string&) const override { return true; }

  Listing listing;
};

inline text::Json json(std::string_view text) {
  auto value = text::parse_json(text);
  if (!value) ADD_FAILURE() << value.error().message << ": " << text;
  return value.value_or(text::Json());
}

// Everything runs on the calling thread: `wait` and `until` turn the loop.
class Governed {
 public:
  Governed() {
    upstream.listing.tools = json(R"([
        {"name": "read", "inputSchema": {"type": "object", "required": ["path"],
          "properties": {"path": {"type": "string"}, "lines": {"type": "integer"}}}},
        {"name": "pay", "inputSchema": {"type": "object", "required": ["account"],
          "properties": {"account": {"type": "string"}}}},
        {"name": "unapproved", "inputSchema": {"type": "object"}}])")
                                 .as_array();
    vault = *vault::Vault::open(*store, crypto::SecretBytes(std::string(32, 'v')));
    simulator = std::make_unique<replay::LedgerSimulator>(log, nullptr, *vault, clock);
    auto key = crypto::SigningKey::generate(crypto::Algorithm::kEdDSA);
    auto opened = service::Service::open({.store = store.get(),
                                          .log = &log,
                                          .clock = &clock,
                                          .loop = &executor,
                                          .background = &executor,
                                          .timers = &timers,
                                          .paths = &paths,
                                          .upstream = &upstream,
                                          .vault = vault.get(),
                                          .simulator = simulator.get(),
                                          .simulations = &executor,
                                          .holds = &holds},
                                         {}, *std::move(key));
    service = *std::move(opened);
    admin_token = *service->bootstrap_admin("admin");
  }

  service::Caller admin() {
    const std::string header = "Bearer " + admin_token;
    return *service->authenticator().authenticate(
        {.authorization = header, .dpop = {}, .method = {}, .uri = {}, .loopback = true});
  }

  // Turns the loop until `done`; a failure of the test when that takes longer than ten seconds.
  void until(const std::function<bool()>& done) {
    EXPECT_TRUE(loop.run_until(done, seconds(10))) << "nothing happened for ten seconds";
  }

  template <class T>
  Result<T> wait(const std::function<void(std::function<void(Result<T>)>)>& start) {
    auto answer = std::make_shared<std::optional<Result<T>>>();
    start([answer](Result<T> result) { *answer = std::move(result); });
    until([&] { return answer->has_value(); });
    if (!answer->has_value()) return fail(Code::kInternal, "test.timeout", "no answer came");
    return **answer;
  }

  // The same for a call that must work.
  text::Json must(const std::function<void(service::Answer)>& start) {
    auto result = wait<text::Json>(start);
    if (!result) ADD_FAILURE() << result.error().reason << ": " << result.error().message;
    return result.value_or(text::Json());
  }

  void add_identity(std::string_view spec) {
    must([&](service::Answer done) {
      service->registry().register_identity(admin(), json(spec), done);
    });
  }

  std::string issue_token(const std::string& identity, Duration lifetime = minutes(600)) {
    const text::Json answer = must([&](service::Answer done) {
      service->registry().issue_token(admin(), identity, lifetime, done);
    });
    return std::string(answer.string_or("token", ""));
  }

  // Registers people, the agent `helper` and the tools `files/read` (low) and `files/pay` (high),
  // publishes a policy that permits everything, and starts the task.
  void set_up() {
    add_identity(R"({"id": "olga", "class": "human", "roles": ["operator"]})");
    add_identity(R"({"id": "ann", "class": "human", "roles": ["approver"]})");
    add_identity(R"({"id": "audit", "class": "human", "roles": ["auditor"]})");
    add_identity(R"({"id": "gate", "class": "service", "roles": ["enforcement"]})");
    must([&](service::Answer done) {
      service->registry().import_server(
          admin(), json(R"({"id": "files", "transport": "stdio", "command": ["/bin/true"],
                            "system": "test"})"),
          json(R"({"read": {"class": "read", "data_domain": "docs",
                            "targets": [{"argument": "/path", "kind": "path"}]},
                   "pay": {"class": "spend", "data_domain": "docs",
                           "targets": [{"argument": "/account", "kind": "account"}]}})"),
          done);
    });
    must([&](service::Answer done) {
      service->registry().approve_tools(admin(), "files", {"read", "pay"}, text::Json(), done);
    });
    add_identity(kAgent);
    must([&](service::Answer done) {
      service->registry().move_identity(admin(), "helper", "activate", done);
    });
    must([&](service::Answer done) {
      service->policies().put(
          admin(), json(R"({"policies": {"all": "permit(principal, action, resource);"}})"), done);
    });
    gate_token = issue_token("gate");
    start_task();
  }

  void start_task() {
    const text::Json started =
        must([&](service::Answer done) { service->tasks().start(admin(), json(kTask), done); });
    claim = std::string(started.string_or("claim", ""));
    if (const text::Json* task = started.find("task")) task_id = task->string_or("id", "");
  }

  // A bearer credential of the task, for its first instance.
  std::string admit() {
    auto credential =
        wait<service::Credential>([&](std::function<void(Result<service::Credential>)> done) {
          service->tasks().admit(claim, "", done);
        });
    if (!credential) {
      ADD_FAILURE() << credential.error().message;
      return {};
    }
    instance_id = credential->instance;
    return credential->token;
  }

  static constexpr const char* kAgent = R"({"id": "helper", "class": "agent", "agent": {
      "purpose": "reads documents",
      "autonomy": {"chooses_tools": true, "sequences_actions": true, "acts_without_gate": true},
      "owners": {"business": "olga", "control": "olga", "scope_approver": "olga",
                 "lifecycle": "olga"},
      "tools": ["files/read", "files/pay", "files/unapproved"], "data_domains": ["docs"],
      "outcomes": ["read", "spend"], "retires_at": "2030-01-01T00:00:00Z",
      "policy": "default"}})";
  static constexpr const char* kTask = R"({"agent": "helper", "goal": "read the report",
      "trigger": {"kind": "human", "reference": "T-1"},
      "scope": {"tools": ["files/read", "files/pay"],
                "targets": [{"kind": "path", "within": "/docs"},
                            {"kind": "account", "within": "*"}],
                "data_domains": ["docs"], "outcomes": ["read", "spend"]},
      "budget": {"calls": 1000}, "deadline_in": "1h"})";

  net::EventLoop loop;
  ledger_file::MemoryLog log;
  std::unique_ptr<ports::Store> store = storage::make_memory_store();
  std::unique_ptr<vault::Vault> vault;
  FixedClock clock;
  LoopExecutor executor{loop};
  LoopTimers timers{loop};
  PlainPaths paths;
  StillUpstream upstream;
  FakeHolds holds;
  std::unique_ptr<replay::LedgerSimulator> simulator;
  std::unique_ptr<service::Service> service;

  std::string admin_token;
  std::string gate_token;  // of an enforcement point
  std::string claim;
  std::string task_id;
  std::string instance_id;
};

}  // namespace ambit::fakes
