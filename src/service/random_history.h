// A history as chance has it, for tests: tasks and their children, calls, approvals, outcomes,
// ends.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "service/service_fixture.h"

namespace ambit::service {

class RandomHistory {
 public:
  RandomHistory(Fixture& fixture, std::uint32_t seed) : f_(fixture), random_(seed) {
    f_.upstream.files["/work/old"] = "old text";
  }

  void play(int steps) {
    for (int i = 0; i < steps; ++i) step();
  }

  // What the service shows of everything that happened.
  std::string shown() {
    std::string out;
    for (const auto& work : works_) {
      const auto task = f_.show_task(f_.admin, work.task);
      if (!task) throw std::runtime_error(work.task + ": " + task.error().message);
      // The registry's part does not come from the ledger; nothing is in flight.
      for (const char* member : {"id", "state", "session_state", "instances", "values_erased"}) {
        out += text::to_canonical_json(*task->find(member)) + "\n";
      }
    }
    for (const auto& id : decisions_) {
      out += text::to_canonical_json(f_.service->decisions().show(f_.admin, id).value()) + "\n";
    }
    return out;
  }

 private:
  int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }
  const Fixture::Work* some_work() {
    return works_.empty()
               ? nullptr
               : &works_[static_cast<std::size_t>(below(static_cast<int>(works_.size())))];
  }

  void step() {
    f_.clock.time = f_.clock.time + Duration{below(3000)};
    switch (below(12)) {
      case 0: return start();
      case 1: return start_child();
      case 2: return end();
      case 3: return answer(true);
      case 4: return answer(false);
      case 5: return report();
      case 6: return register_somebody();
      case 7: return f_.service->sweep(), f_.loop.run();
      default: return attempt();
    }
  }

  void start() {
    works_.push_back(f_.start(f_.task_spec(2 + below(40)), "key-" + std::to_string(++keys_)));
  }

  void start_child() {
    const auto* above = some_work();
    if (!above) return start();
    const Fixture::Work parent = *above;
    auto spec = f_.task_spec(1);
    spec.set("parent", parent.task);
    const auto started =
        f_.ask([&](Answer done) { f_.service->tasks().start(parent.caller, spec, done); });
    if (!started) return;
    Fixture::Work child = parent;
    child.task = started->find("task")->string_or("id", "");
    const std::string claim(started->string_or("claim", ""));
    if (below(4) == 0) return;  // nobody redeems it
    const auto credential = f_.wait<Credential>([&](auto done) {
      f_.service->tasks().admit(claim, "key-" + std::to_string(++keys_), std::move(done));
    });
    if (!credential) return;
    child.caller.task = child.task;
    child.caller.instance = credential->instance;
    child.caller.session = credential->session;
    works_.push_back(child);
  }

  void end() {
    const auto* work = some_work();
    if (!work || below(2) == 0) return;
    (void)f_.ask([&](Answer done) { f_.service->tasks().end(f_.alice, work->task, "done", done); });
  }

  void attempt() {
    const auto* work = some_work();
    if (!work) return;
    const std::string file = below(3) == 0 ? "old" : "f" + std::to_string(below(5));
    const bool writes = below(2) == 0;
    const std::string arguments =
        R"({"path":")" + std::string(below(8) == 0 ? "/etc/" : "/work/") + file + "\"" +
        (writes ? R"(,"content":"text )" + std::to_string(below(3)) + "\"}" : "}");
    const auto released = f_.attempt(work->caller, writes ? "write" : "read", arguments);
    if (!released.ledger_index) return;
    decisions_.push_back(released.decision_id);
    if (released.decision.verdict == domain::Verdict::kAllow) {
      reportable_.push_back({work->caller, released.decision_id});
    }
    if (!released.approval.empty()) approvals_.push_back(released.approval);
  }

  void answer(bool grants) {
    if (approvals_.empty()) return;
    const std::string id =
        approvals_[static_cast<std::size_t>(below(static_cast<int>(approvals_.size())))];
    const auto shown = f_.service->approvals().show(f_.bob, id);
    if (!shown) return;
    const std::string digest(shown->string_or("digest", ""));
    (void)f_.ask([&](Answer done) {
      if (grants) {
        f_.service->approvals().grant(f_.bob, id, digest, done);
      } else {
        f_.service->approvals().refuse(f_.bob, id, "rather not", done);
      }
    });
  }

  void report() {
    if (reportable_.empty()) return;
    const auto& [caller, decision] =
        reportable_[static_cast<std::size_t>(below(static_cast<int>(reportable_.size())))];
    f_.service->decisions().report({caller, "test", decision, {}}, [](Result<>) {});
    f_.loop.run();
  }

  void register_somebody() {
    const std::string id = "human" + std::to_string(++people_);
    (void)f_.register_identity(f_.admin, text::Json::object({{"id", id}, {"class", "human"}}));
  }

  struct Reportable {
    Caller caller;
    std::string decision;
  };

  Fixture& f_;
  std::mt19937 random_;
  int keys_ = 0;
  int people_ = 0;
  std::vector<Fixture::Work> works_;
  std::vector<std::string> decisions_;
  std::vector<Reportable> reportable_;
  std::vector<std::string> approvals_;
};

}  // namespace ambit::service
