#include "mcp/supervisor.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <signal.h>
#include <sstream>
#include <unistd.h>

#include "process/isolation.h"
#include "text/json.h"

namespace ambit::mcp {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "ambit-mcp-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
    fs::permissions(path_, fs::perms(0755));
  }
  ~Folder() { fs::remove_all(path_); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string put(const std::string& name, const std::string& text) const {
    std::ofstream(file(name)) << text;
    return file(name);
  }
  std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

std::string fixture() { return fs::absolute("tests/fixtures/servers/plain.mjs").string(); }

bool process_exists(pid_t pid) { return ::kill(pid, 0) == 0; }

// A supervisor with real children of the fixture server.
class SupervisorTest : public testing::Test {
 protected:
  void SetUp() override {
    options.min_pause = {1};
    options.max_pause = {5};
    options.list_pause = {1};
    options.launch.max_processes.reset();
    restart();
  }
  void restart() {
    supervisor.reset();
    auto made = Supervisor::create(loop, options);
    ASSERT_TRUE(made);
    supervisor = std::move(*made);
    SupervisorHooks hooks;
    hooks.roots = [](const std::string& task) {
      return std::vector<std::string>{"/srv/a b", "/" + task};
    };
    hooks.on_listing = [this](const std::string& id, const ports::Upstream::Listing& listing) {
      EXPECT_EQ(id, "plain");
      listings.push_back(listing);
    };
    hooks.on_event = [this](std::string_view what, std::string_view, std::string_view,
                            std::string_view detail) {
      events.push_back(std::string(what) + " " + std::string(detail));
    };
    supervisor->set_hooks(std::move(hooks));
  }
  domain::Server server(std::vector<std::string> flags = {}) const {
    domain::Server out;
    out.id = "plain";
    out.transport = "stdio";
    out.command = {"node", fixture()};
    out.command.insert(out.command.end(), flags.begin(), flags.end());
    domain::seal(out);
    return out;
  }
  bool until(const std::function<bool()>& done) { return loop.run_until(done, seconds(30)); }

  Result<> prepare(const domain::Server& which, const std::string& task = "task") {
    std::optional<Result<>> result;
    supervisor->prepare(which, task, [&](Result<> given) { result = std::move(given); });
    EXPECT_TRUE(until([&] { return result.has_value(); }));
    return result.value_or(fail(Code::kInternal, "test", "no answer"));
  }
  Result<Answer> call(const std::string& tool, const std::string& arguments = "{}",
                      const std::string& task = "task") {
    std::optional<Result<Answer>> result;
    supervisor->call({"plain", task, tool, arguments, "", {}},
                     [&](Result<Answer> given) { result = std::move(given); });
    EXPECT_TRUE(until([&] { return result.has_value(); }));
    return result.value_or(fail(Code::kInternal, "test", "no answer"));
  }
  // The text that the tool answered with.
  std::string say(const std::string& tool, const std::string& arguments = "{}",
                  const std::string& task = "task") {
    const auto answer = call(tool, arguments, task);
    if (!answer) return "error " + answer.error().reason;
    const auto result = text::parse_json(answer->result, {.max_bytes = 32u << 20, .max_depth = 64});
    if (!result) return "unreadable " + answer->result;
    return result->find("content")->as_array().at(0).find("text")->as_string();
  }
  pid_t child_pid(const std::string& task = "task") {
    const auto said = text::parse_json(say("identity", "{}", task));
    if (!said || said->find("pid") == nullptr) throw std::runtime_error("the server is not there");
    return static_cast<pid_t>(said->find("pid")->as_int());
  }
  bool has_event(std::string_view part) const {
    return std::any_of(events.begin(), events.end(), [&](const std::string& event) {
      return event.find(part) != std::string::npos;
    });
  }

  net::EventLoop loop;
  SupervisorOptions options;
  std::unique_ptr<Supervisor> supervisor;
  std::vector<ports::Upstream::Listing> listings;
  std::vector<std::string> events;
};

TEST_F(SupervisorTest, ForwardsTheArgumentsByteForByteAndTheResultUntouched) {
  ASSERT_TRUE(prepare(server()));
  EXPECT_EQ(say("echo", R"({"text":"caf\u00e9"})"), "café");
  EXPECT_NE(say("last_call").find(R"("params":{"name":"echo","arguments":{"text":"caf\u00e9"}})"),
            std::string::npos);
  const auto numbers = call("numbers");
  ASSERT_TRUE(numbers);
  EXPECT_EQ(numbers->result,
            R"({"content":[],"structuredContent":{"big":90071992547409931234,"one":1.0,)"
            R"("tiny":1e-400},"_meta":{"x/y":[ 1,2 ]}})");
}

TEST_F(SupervisorTest, ShowsTheListingBeforeTheFirstCallAndAfterEachRestart) {
  ASSERT_TRUE(prepare(server()));
  ASSERT_EQ(listings.size(), 1u);
  EXPECT_GT(listings[0].tools.size(), 10u);
  EXPECT_TRUE(listings[0].executable_digest.starts_with("sha256:"));
  ASSERT_TRUE(prepare(server()));
  EXPECT_EQ(listings.size(), 1u) << "a running server is not listed again";
  EXPECT_FALSE(call("die"));
  ASSERT_TRUE(prepare(server()));
  EXPECT_EQ(listings.size(), 2u);
}

TEST_F(SupervisorTest, ListsAgainBeforeTheNextCallWhenTheToolsChanged) {
  ASSERT_TRUE(prepare(server()));
  EXPECT_EQ(say("change"), "changed");
  ASSERT_TRUE(prepare(server()));
  ASSERT_EQ(listings.size(), 2u);
  EXPECT_NE(text::to_json(listings[0].tools[0]), text::to_json(listings[1].tools[0]));
}

TEST_F(SupervisorTest, FailsTheOpenCallOnceWhenTheServerDiesAndStartsItForTheNext) {
  ASSERT_TRUE(prepare(server()));
  const pid_t first = child_pid();
  const auto died = call("die");
  ASSERT_FALSE(died);
  EXPECT_EQ(died.error().reason, "upstream.died");
  EXPECT_NE(died.error().message.find("7"), std::string::npos) << died.error().message;
  EXPECT_TRUE(Supervisor::was_sent(died.error()));

  const auto unprepared = call("echo", R"({"text":"x"})");
  ASSERT_FALSE(unprepared);
  EXPECT_EQ(unprepared.error().reason, "upstream.not_running");
  EXPECT_FALSE(Supervisor::was_sent(unprepared.error()));

  ASSERT_TRUE(prepare(server()));
  EXPECT_NE(child_pid(), first);
  EXPECT_EQ(say("last_call").find("die"), std::string::npos) << "a call is never sent again";
}

TEST_F(SupervisorTest, EndsTheTasksProcessesAndStartsThemNoMore) {
  ASSERT_TRUE(prepare(server(), "one"));
  ASSERT_TRUE(prepare(server(), "two"));
  const pid_t one = child_pid("one");
  const pid_t two = child_pid("two");
  EXPECT_NE(one, two) << "each task has a server of its own";
  std::optional<Result<Answer>> open;
  supervisor->call({"plain", "one", "never", "{}", "", {}},
                   [&](Result<Answer> given) { open = given; });

  EXPECT_FALSE(supervisor->task_is_released("one"));
  supervisor->release_task("one");
  EXPECT_TRUE(supervisor->task_is_released("one"));
  EXPECT_FALSE(process_exists(one));
  EXPECT_TRUE(process_exists(two));
  ASSERT_TRUE(open);
  EXPECT_EQ(open->error().reason, "upstream.died");
  EXPECT_EQ(prepare(server(), "one").error().reason, "upstream.released");
  EXPECT_EQ(say("echo", R"({"text":"still here"})", "two"), "still here");
}

TEST_F(SupervisorTest, LeavesNoProcessBehind) {
  ASSERT_TRUE(prepare(server()));
  const pid_t pid = child_pid();
  supervisor.reset();
  EXPECT_FALSE(process_exists(pid));
}

TEST_F(SupervisorTest, AnswersRootsFromTheTaskAndRefusesSamplingAndElicitation) {
  ASSERT_TRUE(prepare(server()));
  EXPECT_EQ(
      say("roots"),
      R"({"roots":[{"uri":"file:///srv/a%20b","name":"/srv/a b"},{"uri":"file:///task","name":"/task"}]})");
  EXPECT_NE(say("sample").find("-32601"), std::string::npos);
  EXPECT_NE(say("elicit").find("-32601"), std::string::npos);
  EXPECT_TRUE(has_event("refused_request sampling/createMessage"));
  EXPECT_TRUE(has_event("refused_request elicitation/create"));
  EXPECT_EQ(supervisor->stats().refused_requests, 2u);
}

TEST_F(SupervisorTest, GivesTheServerItsOwnVariablesAndNoOthers) {
  ::setenv("AMBIT_TEST_SECRET", "leaked", 1);
  domain::Server which = server();
  which.env["OWN"] = "value";
  domain::seal(which);
  ASSERT_TRUE(prepare(which));
  const std::string environment = say("environment");
  EXPECT_NE(environment.find(R"("OWN":"value")"), std::string::npos);
  EXPECT_EQ(environment.find("leaked"), std::string::npos);
  const auto variables = text::parse_json(environment);
  for (const auto& [name, value] : variables->as_object()) {
    EXPECT_TRUE(name == "OWN" || name == "PATH" || name == "HOME" || name == "LANG") << name;
  }
}

TEST_F(SupervisorTest, CancelsAtTheServer) {
  ASSERT_TRUE(prepare(server()));
  std::optional<Result<Answer>> open;
  const auto id = supervisor->call({"plain", "task", "never", "{}", "", {}},
                                   [&](Result<Answer> given) { open = given; });
  supervisor->cancel(id, "enough");
  ASSERT_TRUE(open);
  EXPECT_EQ(open->error().reason, "upstream.cancelled");
  EXPECT_NE(say("cancelled"), "[]");
}

TEST_F(SupervisorTest, RelaysProgress) {
  ASSERT_TRUE(prepare(server()));
  std::vector<std::string> progress;
  std::optional<Result<Answer>> result;
  ToolCall slow{"plain", "task", "slow", R"({"ms":3,"steps":3})", "", {}};
  slow.on_progress = [&](std::string_view params) { progress.emplace_back(params); };
  supervisor->call(std::move(slow), [&](Result<Answer> given) { result = given; });
  ASSERT_TRUE(until([&] { return result.has_value(); }));
  EXPECT_EQ(progress.size(), 3u);
  EXPECT_NE(progress[0].find(R"("message":"step 1")"), std::string::npos);
}

TEST_F(SupervisorTest, SurvivesGarbageAndHugeAnswers) {
  ASSERT_TRUE(prepare(server({"--garbage", "--pages=3"})));
  EXPECT_GT(listings.at(0).tools.size(), 10u);
  EXPECT_TRUE(has_event("garbage starting up... not JSON"));
  EXPECT_EQ(say("huge", R"({"bytes":5000000})").size(), 5'000'000u);
}

TEST_F(SupervisorTest, EndsAServerWhoseAnswerIsBeyondTheBound) {
  options.max_message_bytes = 64 * 1024;
  restart();
  ASSERT_TRUE(prepare(server()));
  const auto answer = call("huge", R"({"bytes":100000})");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, "upstream.protocol");
  EXPECT_TRUE(prepare(server()));
}

TEST_F(SupervisorTest, SaysWhyAServerDoesNotStart) {
  const auto ended = prepare(server({"--exit"}));
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().reason, "upstream.unreachable");
  EXPECT_NE(ended.error().message.find("status 3"), std::string::npos) << ended.error().message;
  EXPECT_NE(ended.error().message.find("no such module"), std::string::npos)
      << ended.error().message;
  EXPECT_TRUE(has_event("stderr cannot start: no such module"));

  domain::Server missing = server();
  missing.command = {"/nonexistent/program"};
  domain::seal(missing);
  EXPECT_EQ(prepare(missing, "other").error().reason, "upstream.unreachable");

  EXPECT_FALSE(prepare(server({"--twice"}), "third"));
  EXPECT_FALSE(prepare(server({"--endless"}), "fourth"));
  options.connection.handshake_timeout = {200};
  restart();
  EXPECT_FALSE(prepare(server({"--silent"}), "fifth"));
}

TEST_F(SupervisorTest, PausesLongerAfterEachFailure) {
  Folder folder;
  domain::Server failing = server({"--exit", "--state=" + folder.file("starts")});
  failing.confinement.write_paths = {folder.path()};
  domain::seal(failing);
  options.min_pause = {20};
  options.max_pause = {60};
  restart();
  const auto began = loop.now_ms();
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(prepare(failing));
  EXPECT_GE(loop.now_ms() - began, 20 + 40 + 60);
  std::ifstream starts(folder.file("starts"));
  EXPECT_EQ(std::count(std::istreambuf_iterator<char>(starts), {}, '\n'), 4);
}

TEST_F(SupervisorTest, TakesAnOldServer) {
  ASSERT_TRUE(prepare(server({"--old"})));
  EXPECT_EQ(say("echo", R"({"text":"hi"})"), "hi");
}

TEST_F(SupervisorTest, RestartsAServerThatIsRegisteredAnew) {
  ASSERT_TRUE(prepare(server()));
  const pid_t before = child_pid();
  ASSERT_TRUE(prepare(server({"--v2"})));
  EXPECT_FALSE(process_exists(before));
  EXPECT_EQ(listings.size(), 2u);
}

TEST_F(SupervisorTest, MakesRoomByEndingWhatHasBeenIdleLongest) {
  options.max_sessions = 1;
  restart();
  ASSERT_TRUE(prepare(server(), "one"));
  const pid_t one = child_pid("one");
  ASSERT_TRUE(prepare(server(), "two"));
  EXPECT_FALSE(process_exists(one));
  supervisor->call({"plain", "two", "never", "{}", "", {}}, [](Result<Answer>) {});
  EXPECT_EQ(prepare(server(), "three").error().reason, "upstream.busy");
}

TEST_F(SupervisorTest, EndsAServerThatNobodyUses) {
  options.idle_timeout = {30};
  options.sweep_interval = {5};
  restart();
  ASSERT_TRUE(prepare(server()));
  const pid_t pid = child_pid();
  std::optional<Result<Answer>> slow;
  supervisor->call({"plain", "task", "slow", R"({"ms":60})", "", {}},
                   [&](Result<Answer> given) { slow = std::move(given); });
  ASSERT_TRUE(until([&] { return slow.has_value(); }));
  EXPECT_TRUE(*slow) << "a server that works is not idle";
  EXPECT_TRUE(until([&] { return !process_exists(pid); }));
  EXPECT_EQ(supervisor->stats().sessions, 0u);
  EXPECT_TRUE(supervisor->task_is_released("task"));
  EXPECT_TRUE(prepare(server()));
}

TEST_F(SupervisorTest, ListsForTheCatalogueWithoutKeepingTheServer) {
  std::optional<Result<ports::Upstream::Listing>> listing;
  supervisor->list_tools(
      server({"--instructions=be careful"}),
      [&](Result<ports::Upstream::Listing> given) { listing = std::move(given); });
  ASSERT_TRUE(until([&] { return listing.has_value(); }));
  ASSERT_TRUE(*listing);
  EXPECT_EQ((*listing)->instructions, "be careful");
  EXPECT_GT((*listing)->tools.size(), 10u);
  EXPECT_EQ(supervisor->stats().sessions, 0u);
  EXPECT_TRUE(listings.empty()) << "a catalogue listing is the caller's alone";

  listing.reset();
  supervisor->list_tools(server({"--exit"}), [&](Result<ports::Upstream::Listing> given) {
    listing = std::move(given);
  });
  ASSERT_TRUE(until([&] { return listing.has_value(); }));
  EXPECT_FALSE(*listing);
}

TEST_F(SupervisorTest, ProbesTellARefusalFromABrokenProtocol) {
  const auto probe = [&](const std::string& tool, const text::Json& arguments) {
    std::optional<Result<ports::ToolAnswer>> answer;
    supervisor->call_tool(server(), "task", tool, arguments,
                          [&](Result<ports::ToolAnswer> given) { answer = std::move(given); });
    EXPECT_TRUE(until([&] { return answer.has_value(); }));
    return *answer;
  };
  const auto echo = probe("echo", text::Json::object({{"text", "hi"}}));
  ASSERT_TRUE(echo);
  EXPECT_FALSE(echo->is_error);
  EXPECT_EQ(echo->text, "hi");
  const auto refused = probe("refuse", text::Json::object());
  ASSERT_TRUE(refused);
  EXPECT_TRUE(refused->is_error);
  EXPECT_EQ(probe("rpc_error", text::Json::object()).error().reason, "upstream.protocol");
  EXPECT_EQ(probe("die", text::Json::object()).error().reason, "upstream.died");
}

// The attack of a tool server on the house: its own code runs with what confinement leaves it.
class ConfinementTest : public SupervisorTest {
 protected:
  void SetUp() override {
    SupervisorTest::SetUp();
    if (process::probe_isolation().landlock_abi < 4) GTEST_SKIP() << "no Landlock here";
    // Under its own uid when we are root, as a server of a real installation.
    if (const auto uid = process::dedicated_uid()) options.launch.run_as = *uid;
    program = folder.put("plain.mjs", read(fixture()));
    options.launch.protected_paths = {state.path()};
    restart();
  }
  static std::string read(const std::string& path) {
    std::ifstream in(path);
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
  }
  domain::Server confined() const {
    domain::Server which = server();
    which.command = {"node", program};
    which.confinement.read_paths = {shared.path()};
    domain::seal(which);
    return which;
  }
  std::string ask(const std::string& tool, text::Json arguments) {
    return say(tool, text::to_json(arguments));
  }

  Folder folder, shared, state;
  std::string program;
};

TEST_F(ConfinementTest, ReadsWhatItWasGrantedAndNothingOfAmbits) {
  const std::string granted = shared.put("file", "granted");
  const std::string secret = state.put("admin.token", "secret");
  ASSERT_TRUE(prepare(confined()));
  EXPECT_EQ(ask("read", text::Json::object({{"path", granted}})), "granted");
  EXPECT_EQ(ask("read", text::Json::object({{"path", secret}})), "EACCES");
  EXPECT_EQ(ask("write", text::Json::object({{"path", secret}, {"text", "x"}})), "EACCES");
  EXPECT_EQ(ask("write", text::Json::object({{"path", granted}, {"text", "x"}})), "EACCES");
  const std::string own = "/proc/" + std::to_string(::getpid()) + "/environ";
  EXPECT_EQ(ask("read", text::Json::object({{"path", own}})), "EACCES");
}

TEST_F(ConfinementTest, NeitherSignalsAmbitNorReachesItsPort) {
  ASSERT_TRUE(prepare(confined()));
  EXPECT_EQ(ask("signal", text::Json::object({{"pid", ::getpid()}, {"signal", 0}})), "EPERM");
  EXPECT_EQ(ask("connect", text::Json::object({{"port", 7700}})), "EACCES");
}

TEST_F(ConfinementTest, RefusesAGrantThatReachesAmbitsState) {
  domain::Server greedy = confined();
  greedy.confinement.write_paths = {fs::path(state.path()).parent_path().string()};
  domain::seal(greedy);
  EXPECT_EQ(prepare(greedy).error().reason, "upstream.confinement");
  greedy.confinement.write_paths = {state.file("keys")};
  domain::seal(greedy);
  EXPECT_EQ(prepare(greedy, "other").error().reason, "upstream.confinement");
}

}  // namespace
}  // namespace ambit::mcp
