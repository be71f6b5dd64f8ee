// Makes a data directory as a server leaves it behind that has run for long, with the real service
// on the real log, registry and index, and without the network.
//   ledger_generator DIRECTORY ENTRIES [CALLS_PER_TASK]
#include <charconv>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "app/data_dir.h"
#include "host/local_paths.h"
#include "host/system_clock.h"
#include "host/thread_executor.h"
#include "index/evidence_index.h"
#include "ledger_file/file_log.h"
#include "replay/simulator.h"
#include "service/service.h"
#include "storage/sqlite_store.h"
#include "vault/master_key.h"

namespace ambit {
namespace {

using text::Json;

constexpr std::size_t kOpenTasks = 64;
constexpr std::size_t kInFlight = 2048;
constexpr std::uint64_t kSweepEvery = 20'000;

[[noreturn]] void stop(const Error& error) {
  std::cerr << error.message << " (" << error.reason << ")\n";
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result) stop(result.error());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

Json json(std::string_view text) { return must(text::parse_json(text)); }

// The one thread that calls the service; other threads post to it.
class Loop final : public ports::Executor {
 public:
  void post(std::function<void()> work) override {
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(std::move(work));
    }
    changed_.notify_one();
  }
  template <class Done>
  void run_until(const Done& done) {
    while (!done()) {
      std::deque<std::function<void()>> batch;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !queue_.empty(); });
        batch.swap(queue_);
      }
      for (auto& work : batch) work();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
};

// A tool server that lists one tool; nothing calls it here.
class Tools final : public ports::Upstream {
 public:
  void call_tool(const domain::Server&, const std::string&, const std::string&, const Json&,
                 std::function<void(Result<ports::ToolAnswer>)> done) override {
    done(ports::ToolAnswer{false, "text"});
  }
  void list_tools(const domain::Server&, std::function<void(Result<Listing>)> done) override {
    Listing listing;
    listing.tools = {json(R"({"name":"read","inputSchema":{"type":"object","required":["path"],
        "properties":{"path":{"type":"string"}}}})")};
    done(listing);
  }
  void release_task(const std::string&) override {}
  bool task_is_released(const std::string&) const override { return true; }
};

service::Caller human(const std::string& id, domain::Role role) {
  service::Caller caller;
  caller.identity = id;
  caller.roles = {role};
  caller.credential = "tok_" + id;
  caller.loopback = true;
  return caller;
}

class Generator {
 public:
  Generator(const std::string& directory, std::uint64_t entries, std::uint64_t calls)
      : data_(must(app::DataDir::open(directory))), entries_(entries), calls_(calls) {}

  void run() {
    open();
    prepare();
    for (std::size_t i = 0; i < kOpenTasks; ++i) start_task(i);
    loop_.run_until([&] { return ready_ == kOpenTasks; });
    fill();
    loop_.run_until([&] { return enough() && in_flight_ == 0; });
    close();
  }

 private:
  struct Work {
    service::Caller caller;
    std::uint64_t left = 0;
    bool ready = false;
  };

  void open() {
    auto key = must(data_.key("ledger.jwk", crypto::Algorithm::kEdDSA));
    must(data_.make_folder("ledger"));
    ledger_file::FileLogOptions options;
    options.directory = data_.file("ledger");
    options.origin = "ambit/log/" + key.public_key().thumbprint().substr(0, 16);
    log_ = must(ledger_file::FileLog::open(std::move(options), std::move(key)));
    store_ = must(storage::open_sqlite_store(data_.file("ambit.db")));
    vault_ = must(vault::open_vault(*store_, data_.file("keys")));
    index_ =
        must(index::EvidenceIndex::open({data_.file("index.sqlite"), log_.get(), vault_.get()}));
    follower_ = std::make_unique<host::ThreadExecutor>(true);
    service::SnapshotOptions snapshot{.log = log_.get(),
                                      .clock = &clock_,
                                      .executor = follower_.get(),
                                      .key = vault_->derive("ambit/snapshot/1")};
    snapshot.read = [this] { return data_.read("state.snapshot"); };
    snapshot.write = [this](std::string_view file) {
      return data_.write_private("state.snapshot", file);
    };
    snapshots_ = std::make_unique<service::Snapshots>(std::move(snapshot));
    simulator_ = std::make_unique<replay::LedgerSimulator>(*log_, index_.get(), *vault_, clock_);
    service_ =
        must(service::Service::open({.store = store_.get(),
                                     .log = log_.get(),
                                     .clock = &clock_,
                                     .loop = &loop_,
                                     .background = &loop_,
                                     .timers = nullptr,
                                     .paths = &paths_,
                                     .upstream = &tools_,
                                     .vault = vault_.get(),
                                     .index = index_.get(),
                                     .snapshots = snapshots_.get(),
                                     .simulator = simulator_.get(),
                                     .simulations = &loop_},
                                    {}, must(data_.key("token.jwk", crypto::Algorithm::kEdDSA))));
  }

  template <class Call>
  Json ask(const Call& call) {
    std::optional<Result<Json>> answer;
    call([&](Result<Json> result) { answer = std::move(result); });
    loop_.run_until([&] { return answer.has_value(); });
    return must(*std::move(answer));
  }

  void prepare() {
    (void)must(service_->bootstrap_admin("admin"));
    auto& registry = service_->registry();
    const auto people = {std::pair{"alice", "operator"}, std::pair{"sam", "security"}};
    for (const auto& [id, role] : people) {
      const Json spec =
          Json::object({{"id", id}, {"class", "human"}, {"roles", Json::array({Json(role)})}});
      ask([&](auto done) { registry.register_identity(admin_, spec, done); });
    }
    ask([&](auto done) {
      registry.import_server(
          admin_, json(R"({"id":"files","transport":"stdio","command":["/usr/bin/files"],
              "working_directory":"/work","system":"disk"})"),
          json(R"({"read":{"class":"read","data_domain":"reports","labels":["internal"],
              "targets":[{"argument":"/path","kind":"path"}]}})"),
          done);
    });
    ask([&](auto done) { registry.approve_tools(admin_, "files", {}, Json::object(), done); });
    ask([&](auto done) {
      registry.register_identity(
          alice_, json(R"({"id":"writer","class":"agent","agent":{"purpose":"writes reports",
              "autonomy":{"chooses_tools":true,"sequences_actions":true,"acts_without_gate":true},
              "owners":{"business":"alice","control":"alice","scope_approver":"alice",
              "lifecycle":"alice"},"tools":["files/read"],"data_domains":["reports"],
              "outcomes":["read"],"limits":{"calls_per_minute":1000000000,"burst":1000000000,
              "denials_per_minute":1000000000},
              "retires_at":"2099-01-01T00:00:00Z","policy":"default"}})"),
          done);
    });
    ask([&](auto done) { registry.move_identity(admin_, "writer", "activate", done); });
    const Json put = ask([&](auto done) {
      service_->policies().put(
          admin_, json(R"({"policies":{"main":"permit(principal, action, resource);"}})"), done);
    });
    if (put.string_or("state", "") != "open") return;
    ask([&](auto done) {
      service_->policies().approve(sam_, std::string(put.string_or("id", "")),
                                   std::string(put.string_or("digest", "")), {}, done);
    });
  }

  void start_task(std::size_t slot) {
    works_.resize(std::max(works_.size(), slot + 1));
    Json spec = json(R"({"agent":"writer","goal":"the report of this quarter",
        "trigger":{"kind":"human","reference":"ticket 4711"},
        "scope":{"tools":["files/read"],"targets":[{"kind":"path","within":"/work"}],
        "data_domains":["reports"],"outcomes":["read"]},"deadline_in":"24h"})");
    spec.set("budget", Json::object({{"calls", static_cast<std::int64_t>(calls_)}}));
    service_->tasks().start(alice_, spec, [this, slot](Result<Json> started) {
      const Json answer = must(std::move(started));
      const std::string task(answer.find("task")->string_or("id", ""));
      service_->tasks().admit(answer.string_or("claim", ""), "key of " + task,
                              [this, slot, task](Result<service::Credential> admitted) {
                                const auto credential = must(std::move(admitted));
                                Work& work = works_[slot];
                                work.caller = {};
                                work.caller.kind = service::CallerKind::kTask;
                                work.caller.identity = "writer";
                                work.caller.task = task;
                                work.caller.instance = credential.instance;
                                work.caller.session = credential.session;
                                work.caller.credential = "crd_of_" + task;
                                work.caller.key_bound = work.caller.loopback = true;
                                work.left = calls_;
                                work.ready = true;
                                if (++ready_ > kOpenTasks) fill();
                              });
    });
  }

  void attempt() {
    std::size_t looked = 0;
    do {
      next_ = (next_ + 1) % works_.size();
    } while (!works_[next_].ready && ++looked < works_.size());
    Work& work = works_[next_];
    if (!work.ready) return;
    const std::size_t slot = next_;
    ++in_flight_;
    ++made_;
    service::Attempt call;
    call.caller = work.caller;
    call.channel = "hook";
    call.server = "files";
    call.tool = "read";
    call.intent = "reads what the report is made of";
    // One in twenty is refused.
    const std::string folder = made_ % 20 == 0 ? "/etc/" : "/work/reports/2026/q4/";
    call.arguments = Json::object({{"path", folder + "part-" + std::to_string(made_ % 9973)}});
    const bool last = --work.left == 0;
    if (last) work.ready = false;
    service_->decisions().attempt(
        std::move(call), [this, slot, last, caller = work.caller](service::Released released) {
          answered(slot, last, caller, released);
        });
  }

  void answered(std::size_t slot, bool last, const service::Caller& caller,
                const service::Released& released) {
    if (released.decision.verdict == domain::Verdict::kAllow) {
      service_->decisions().report({caller, "hook", released.decision_id, {}}, {});
    }
    --in_flight_;
    if (last) {
      service_->tasks().end(alice_, caller.task, "completed", [](Result<Json>) {});
      if (!enough()) start_task(slot);
    }
    if (made_ >= next_sweep_) {
      next_sweep_ = made_ + kSweepEvery;
      service_->sweep();
      index_->hurry();
    }
    fill();
  }

  void fill() {
    while (in_flight_ < kInFlight && !enough()) {
      const auto before = in_flight_;
      attempt();
      if (in_flight_ == before) return;  // every task is being exchanged
    }
  }

  bool enough() const { return log_->size() + in_flight_ >= entries_; }

  // As a server stops, with an index that has come up with the log.
  void close() {
    while (index_->indexed() < log_->size()) {
      index_->hurry();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    service_.reset();
    simulator_.reset();
    index_.reset();
    (void)must(log_->seal());
    follower_.reset();
    must(snapshots_->finish());
    std::cout << log_->size() << " entries, " << snapshots_->covered() << " in the snapshot\n";
  }

  app::DataDir data_;
  std::uint64_t entries_;
  std::uint64_t calls_;
  host::SystemClock clock_;
  host::LocalPaths paths_;
  Loop loop_;
  Tools tools_;
  std::unique_ptr<ledger_file::FileLog> log_;
  std::unique_ptr<ports::Store> store_;
  std::unique_ptr<vault::Vault> vault_;
  std::unique_ptr<index::EvidenceIndex> index_;
  std::unique_ptr<service::Snapshots> snapshots_;
  std::unique_ptr<host::ThreadExecutor> follower_;
  std::unique_ptr<replay::LedgerSimulator> simulator_;
  std::unique_ptr<service::Service> service_;
  service::Caller admin_ = human("admin", domain::Role::kAdmin);
  service::Caller alice_ = human("alice", domain::Role::kOperator);
  service::Caller sam_ = human("sam", domain::Role::kSecurity);
  std::vector<Work> works_;
  std::size_t ready_ = 0;
  std::size_t next_ = 0;
  std::size_t in_flight_ = 0;
  std::uint64_t made_ = 0;
  std::uint64_t next_sweep_ = kSweepEvery;
};

std::uint64_t number(const char* text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), value);
  return error == std::errc() && *end == '\0' ? value : 0;
}

}  // namespace
}  // namespace ambit

int main(int argc, char** argv) {
  const std::uint64_t entries = argc > 2 ? ambit::number(argv[2]) : 0;
  const std::uint64_t calls = argc > 3 ? ambit::number(argv[3]) : 200;
  if (argc < 3 || argc > 4 || entries == 0 || calls == 0) {
    std::cerr << "usage: ledger_generator DIRECTORY ENTRIES [CALLS_PER_TASK]\n";
    return 2;
  }
  ambit::Generator(argv[1], entries, calls).run();
  return 0;
}
