// A service that does real work over three systems, and what its evidence says.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "index/evidence_index.h"
#include "insight/evidence.h"
#include "service/service_fixture.h"

namespace ambit::insight {

class InsightTest : public ::testing::Test {
 protected:
  using Fixture = service::Fixture;
  using Json = text::Json;

  InsightTest() {
    std::string name = (std::filesystem::temp_directory_path() / "ambit-insight-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    f.set_up();
    add_server("crm", "crm-cloud");
    add_server("mailer", "mail-api");
    search_index = *index::EvidenceIndex::open({folder + "/index.sqlite", &f.log, f.vault.get()});
  }
  ~InsightTest() override {
    search_index.reset();
    std::filesystem::remove_all(folder);
  }

  void add_server(const std::string& id, const std::string& system) {
    Json spec = Fixture::server_spec();
    spec.set("id", id);
    spec.set("system", system);
    spec.set("command", Json::array({"/usr/bin/" + id}));
    Fixture::must(f.ask([&](service::Answer done) {
      f.service->registry().import_server(f.admin, spec, Fixture::bindings(), done);
    }));
    Fixture::must(f.ask([&](service::Answer done) {
      f.service->registry().approve_tools(f.admin, id, {}, Json::object(), done);
    }));
  }

  static Json tool_list(const std::vector<std::string>& tools) {
    Json out = Json::array();
    for (const auto& tool : tools) out.push_back(tool);
    return out;
  }
  inline static const std::vector<std::string> kAllTools{
      "files/read", "files/write", "files/pay", "crm/read", "crm/write", "mailer/write"};

  void add_agent(const std::string& id) {
    Json spec = Fixture::agent_spec();
    spec.set("id", id);
    spec.find("agent")->set("tools", tool_list(kAllTools));
    Fixture::must(f.register_identity(f.alice, spec));
    Fixture::must(f.move(id, "activate"));
  }

  Fixture::Work start(const std::string& agent, int calls = 50,
                      const std::optional<Fixture::Work>& parent = {}) {
    Json spec = Fixture::task_spec(calls);
    spec.set("agent", agent);
    spec.find("scope")->set("tools", tool_list(kAllTools));
    if (parent) {
      spec.set("parent", parent->task);
      spec.set("trigger", Json::object({{"kind", "task"}, {"reference", parent->task}}));
    }
    const service::Caller& starter = parent ? parent->caller : f.alice;
    const Json started = Fixture::must(
        f.ask([&](service::Answer done) { f.service->tasks().start(starter, spec, done); }));
    return admit(agent, started);
  }

  service::Released attempt(const Fixture::Work& work, const std::string& server,
                            const std::string& tool, const std::string& arguments) {
    service::Attempt attempt;
    attempt.caller = work.caller;
    attempt.channel = "test";
    attempt.server = server;
    attempt.tool = tool;
    attempt.arguments = Fixture::json(arguments);
    std::optional<service::Released> released;
    f.service->decisions().attempt(std::move(attempt),
                                   [&](service::Released result) { released = std::move(result); });
    f.loop.run();
    if (!released) throw std::runtime_error("no verdict came");
    return *std::move(released);
  }

  // An attempt that is let go, and its outcome.
  std::string act(const Fixture::Work& work, const std::string& server, const std::string& tool,
                  const std::string& arguments) {
    const auto released = attempt(work, server, tool, arguments);
    EXPECT_EQ(released.decision.verdict, domain::Verdict::kAllow) << Fixture::reason(released);
    report(work, released.decision_id);
    return released.decision_id;
  }

  void report(const Fixture::Work& work, const std::string& decision) {
    f.service->decisions().report({work.caller, "test", decision, {}},
                                  [](const Result<>& done) { EXPECT_TRUE(done); });
    f.loop.run();
  }

  // A payment: held, approved by bob, made.
  std::string pay(const Fixture::Work& work) {
    const std::string arguments = R"({"to":"acme"})";
    const auto held = attempt(work, "files", "pay", arguments);
    EXPECT_EQ(held.decision.verdict, domain::Verdict::kHold);
    Fixture::must(f.ask([&](service::Answer done) {
      f.service->approvals().grant(f.bob, held.approval, crypto::to_string(held.decision.action),
                                   done);
    }));
    return act(work, "files", "pay", arguments);
  }

  void end(const Fixture::Work& work) {
    Fixture::must(f.ask([&](service::Answer done) {
      f.service->tasks().end(f.alice, work.task, "completed", done);
    }));
  }

  // Of an index that has all there is: a search waits for it a while, and not for ever.
  Evidence evidence() const {
    for (int i = 0; i < 200; ++i) {
      const auto page = search_index->find({.all = {{{ports::Facet::kKind, "none"}}}});
      if (page && page->indexed >= f.log.size()) break;
    }
    return Evidence(f.log, *search_index, f.vault.get());
  }

  static std::vector<std::string> texts(const Json& list, std::string_view key) {
    std::vector<std::string> out;
    for (const Json& item : list.as_array()) out.emplace_back(item.string_or(key, ""));
    return out;
  }
  static std::vector<std::string> texts(const Json* list) {
    std::vector<std::string> out;
    for (const Json& item : list->as_array()) out.push_back(item.as_string());
    return out;
  }

  Fixture f;
  std::string folder;
  std::unique_ptr<index::EvidenceIndex> search_index;

 private:
  Fixture::Work admit(const std::string& agent, const Json& started) {
    Fixture::Work out;
    out.task = std::string(started.find("task")->string_or("id", ""));
    const std::string claim(started.string_or("claim", ""));
    auto credential = f.wait<service::Credential>(
        [&](auto done) { f.service->tasks().admit(claim, "key of " + out.task, std::move(done)); });
    if (!credential) throw std::runtime_error(credential.error().message);
    out.credential = *std::move(credential);
    out.caller.kind = service::CallerKind::kTask;
    out.caller.identity = agent;
    out.caller.task = out.task;
    out.caller.instance = out.credential.instance;
    out.caller.session = out.credential.session;
    out.caller.credential = "crd of " + out.task;
    out.caller.key_bound = true;
    out.caller.loopback = true;
    return out;
  }
};

}  // namespace ambit::insight
