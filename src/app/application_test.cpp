#include "app/application.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <set>
#include <sstream>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "ledger/record.h"
#include "ledger_file/file_log.h"
#include "ledger_file/verify.h"
#include "net/http_client.h"
#include "text/json.h"

namespace ambit::app {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

text::Json json(const std::string& bytes) {
  auto value = text::parse_json(bytes);
  if (!value) ADD_FAILURE() << value.error().message << ": " << bytes;
  return value.value_or(text::Json());
}

// A server that runs on a thread of its own over a temporary data directory.
class Running {
 public:
  Running() {
    char name[] = "/tmp/ambit-app-XXXXXX";
    folder_ = ::mkdtemp(name);
    start();
  }
  // Takes the folder over; its data is in `var`.
  explicit Running(std::string folder) : folder_(std::move(folder)) { start(); }
  ~Running() {
    stop();
    std::filesystem::remove_all(folder_);
  }

  void start() {
    auto opened = Application::open(options(), logger_);
    ASSERT_TRUE(opened) << opened.error().message;
    application_ = *std::move(opened);
    thread_ = std::thread([this] { application_->run(); });
  }

  void stop() {
    if (!application_) return;
    application_->stop();
    thread_.join();
    application_.reset();
  }

  std::function<void(ApplicationOptions&)> change;  // of the options of the next start
  ApplicationOptions options() const {
    ApplicationOptions out;
    out.data_dir = folder_ + "/var";
    out.port = 0;
    if (change) change(out);
    return out;
  }

  std::string file(const std::string& name) const { return folder_ + "/var/" + name; }
  std::string url() const { return application_->url(); }
  Application& application() { return *application_; }
  telemetry::Logger& logger() { return logger_; }
  // Warnings and errors, while nothing runs that could log more.
  const std::string& logged() const { return logged_; }

  std::string token() const {
    std::string token = content_of(file("admin.token"));
    if (!token.empty()) token.pop_back();
    return token;
  }

  net::HttpResponse send(const std::string& method, const std::string& path, std::string body = {},
                         bool authorized = true) {
    net::ClientRequest request{.method = method, .url = url() + path};
    if (authorized) request.headers.push_back({"Authorization", "Bearer " + token()});
    if (!body.empty()) request.headers.push_back({"Content-Type", "application/json"});
    request.body = std::move(body);
    auto response = net::blocking_request(std::move(request));
    if (!response) ADD_FAILURE() << method << " " << path << ": " << response.error().message;
    return response.value_or(net::HttpResponse{.status = 0});
  }

 private:
  std::string folder_;
  std::string logged_;
  telemetry::Logger logger_{{.level = telemetry::Level::kWarning,
                             .sink = [this](std::string_view line) { logged_ += line; }}};
  std::unique_ptr<Application> application_;
  std::thread thread_;
};

mode_t mode_of(const std::string& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777;
}

TEST(Application, StartsFromNothing) {
  Running server;
  EXPECT_EQ(server.send("GET", "/healthz", {}, false).body, R"({"status":"ok"})");
  EXPECT_EQ(server.send("GET", "/readyz", {}, false).status, 200);
  EXPECT_EQ(server.send("GET", "/v1/identities", {}, false).status, 401);
  const auto identities = server.send("GET", "/v1/identities");
  EXPECT_EQ(json(identities.body).find("items")->as_array().size(), 1u) << identities.body;
  EXPECT_EQ(mode_of(server.file("")), 0700u);
  for (const char* name :
       {"admin.token", "serve.json", "ambit.db", "keys/token.jwk", "keys/ledger.jwk"}) {
    EXPECT_EQ(mode_of(server.file(name)) & 077u, 0u) << name;
  }
  const text::Json told = json(content_of(server.file("serve.json")));
  EXPECT_EQ(told.string_or("url", ""), server.url());
  EXPECT_EQ(told.find("pid")->as_int(), ::getpid());
}

TEST(Application, KeepsItsStateOverARestart) {
  Running server;
  const std::string token = server.token();
  const auto made = server.send("POST", "/v1/identities", R"({"id": "bob", "class": "human"})");
  EXPECT_EQ(made.status, 201) << made.body;
  const std::string keys = server.send("GET", "/.well-known/jwks.json").body;
  EXPECT_NE(server.application().new_admin_token_file(), "");
  server.stop();
  EXPECT_FALSE(std::filesystem::exists(server.file("serve.json")));
  server.start();
  EXPECT_EQ(server.token(), token);
  EXPECT_EQ(server.application().new_admin_token_file(), "");
  EXPECT_EQ(server.send("GET", "/v1/identities/bob").status, 200);
  EXPECT_EQ(server.send("GET", "/.well-known/jwks.json").body, keys);
}

// A crash after the token was written and before the registry knew it leaves this.
TEST(Application, ReplacesATokenThatTheRegistryNeverKnew) {
  char name[] = "/tmp/ambit-app-XXXXXX";
  const std::string folder = ::mkdtemp(name);
  const std::string var = folder + "/var";
  ASSERT_EQ(::mkdir(var.c_str(), 0700), 0);
  std::ofstream(var + "/admin.token") << "amb_of_a_registry_that_never_was\n";
  {
    Running server(folder);
    EXPECT_NE(server.token(), "amb_of_a_registry_that_never_was");
    EXPECT_EQ(server.send("GET", "/v1/identities").status, 200);
    EXPECT_EQ(mode_of(server.file("admin.token")), 0600u);
  }
}

TEST(Application, MakesNoSecondTokenForARegistryThatHasAnAdmin) {
  Running server;
  const std::string token = server.token();
  server.stop();
  std::filesystem::remove(server.file("admin.token"));
  server.start();
  EXPECT_FALSE(std::filesystem::exists(server.file("admin.token")))
      << "whoever can remove a file must not become admin by it";
  EXPECT_EQ(server.application().new_admin_token_file(), "");
}

// Under a uid that others may have, the server is ready and says what is wrong.
TEST(Application, WarnsOfAgentsUnderItsOwnUidButIsReady) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become somebody else";
  const auto check = [] {
    char name[] = "/tmp/ambit-app-XXXXXX";
    const std::string folder = ::mkdtemp(name);
    constexpr uid_t kSomebody = 61'234;
    if (::chown(folder.c_str(), kSomebody, kSomebody) != 0 || ::setgid(kSomebody) != 0 ||
        ::setuid(kSomebody) != 0) {
      std::exit(2);
    }
    bool warned = false;
    {
      Running server(folder);
      const auto response = server.send("GET", "/readyz", {}, false);
      const text::Json told = json(response.body);
      for (const auto& warning : told.find("warnings")->as_array()) {
        warned = warned || (warning.string_or("code", "") == "isolation.same_uid" &&
                            warning.string_or("remedy", "") != "");
      }
      warned = warned && response.status == 200 && told.find("ready")->as_bool() &&
               server.logged().find("isolation.same_uid") != std::string::npos;
    }
    std::exit(warned && !testing::Test::HasFailure() ? 0 : 1);
  };
  EXPECT_EXIT(check(), testing::ExitedWithCode(0), "");
}

TEST(Application, LeavesALedgerThatVerifies) {
  Running server;
  server.send("POST", "/v1/identities", R"({"id": "bob", "class": "human"})");
  const auto entries = server.send("GET", "/v1/ledger/entries");
  const std::size_t count = json(entries.body).find("items")->as_array().size();
  EXPECT_EQ(count, 3u) << "the first admin, what bob is, that he was registered: " << entries.body;
  server.stop();
  const auto report = ledger_file::verify_directory(server.file("ledger"));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->ok()) << report->what;
  EXPECT_EQ(report->sealed, count);
  EXPECT_EQ(report->entries, count);
}

// A ledger with small segments of what happened long ago, and its key.
std::string folder_with_segments() {
  char name[] = "/tmp/ambit-app-XXXXXX";
  const std::string folder = ::mkdtemp(name);
  const std::string var = folder + "/var";
  std::filesystem::create_directories(var + "/keys");
  for (const std::string& path : {var, var + "/keys"}) ::chmod(path.c_str(), 0700);
  auto key = crypto::SigningKey::generate(crypto::Algorithm::kEdDSA);
  if (!key || !key->write_file(var + "/keys/ledger.jwk")) ADD_FAILURE() << "no key";
  ledger_file::FileLogOptions options;
  options.directory = var + "/ledger";
  options.origin = "ambit.test/log";
  options.segment_bytes = 128u << 10;
  options.reserve_bytes = 32u << 10;
  const auto log = ledger_file::FileLog::open(options, *std::move(key));
  for (int i = 0; i < 400; ++i) {
    (*log)->append(*ledger::encode_record(Time{1000}, "search",
                                          text::Json::object({{"by", std::string(1000, 'x')}})),
                   {});
  }
  return folder;
}

TEST(Application, MovesOldSegmentsToTheArchiveWhileItRunsAndRecordsThat) {
  Running server(folder_with_segments());
  server.stop();
  server.change = [](ApplicationOptions& options) {
    options.archive = options.data_dir + "/../archive";
    options.archive_after = minutes(60);
  };
  server.start();
  const std::string moved = server.file("../archive/000000000000.seg");
  std::vector<text::Json> told;
  for (int tries = 0; told.size() < 3 && tries < 200; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    told.clear();
    const text::Json page = json(server.send("GET", "/v1/ledger/entries?from=400").body);
    for (const text::Json& item : page.find("items")->as_array()) {
      const text::Json* record = item.find("record");
      if (record->string_or("kind", "") == "ledger.archived") told.push_back(*record->find("body"));
    }
  }
  ASSERT_GE(told.size(), 3u);
  EXPECT_TRUE(std::filesystem::exists(moved));
  EXPECT_FALSE(std::filesystem::exists(server.file("ledger/segments/000000000000.seg")));
  EXPECT_EQ(told[0].find("from")->as_int(), 0);
  EXPECT_EQ(told[1].find("from")->as_int(), told[0].find("to")->as_int());
  EXPECT_EQ(told[0].find("older_than_ms")->as_int(), minutes(60).ms);
  EXPECT_EQ(server.send("GET", "/v1/ledger/entries?from=0&count=1").status, 200);
  server.stop();
  ledger_file::VerifyOptions options;
  options.archive = server.file("../archive");
  const auto report = ledger_file::verify_directory(server.file("ledger"), options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->ok()) << report->what;
}

TEST(Application, SaysWhyNothingIsArchivedAndLosesNothing) {
  Running server(folder_with_segments());
  server.stop();
  std::ofstream(server.file("../archive")) << "no folder";
  server.change = [](ApplicationOptions& options) {
    options.archive = options.data_dir + "/../archive";
    options.archive_after = minutes(60);
  };
  server.start();
  EXPECT_EQ(server.send("GET", "/v1/ledger/entries?from=0&count=1").status, 200);
  server.stop();  // waits for what is being moved
  EXPECT_NE(server.logged().find("nothing is moved to the archive"), std::string::npos)
      << server.logged();
  const auto report = ledger_file::verify_directory(server.file("ledger"));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->ok() && report->absent.empty()) << report->what;
}

TEST(Application, ServesEveryDocumentedRoute) {
  Running server;
  const text::Json document = json(server.send("GET", "/openapi.json").body);
  std::size_t tried = 0;
  for (const auto& [path, operations] : document.find("paths")->as_object()) {
    std::string target = path;
    for (std::size_t open = target.find('{'); open != std::string::npos; open = target.find('{')) {
      target.replace(open, target.find('}') - open + 1, "x");
    }
    for (const auto& [method, operation] : operations.as_object()) {
      std::string upper = method;
      for (char& c : upper) c = static_cast<char>(c & ~0x20);
      const auto response = server.send(upper, target, {}, false);
      EXPECT_NE(response.status, 405) << upper << " " << target;
      EXPECT_EQ(response.body.find("http.not_found"), std::string::npos) << upper << " " << target;
      ++tried;
    }
  }
  EXPECT_GE(tried, 40u);
}

TEST(Application, DocumentsEveryRouteThatItServesAndNoOther) {
  Running server;
  std::set<std::string> documented;
  const text::Json document = json(server.send("GET", "/openapi.json").body);
  for (const auto& [path, operations] : document.find("paths")->as_object()) {
    for (const auto& [method, operation] : operations.as_object()) {
      std::string upper = method;
      for (char& c : upper) c = static_cast<char>(c & ~0x20);
      documented.insert(upper + " " + path);
    }
  }
  std::set<std::string> served;
  for (const auto& [method, path] : server.application().routes()) {
    served.insert(method + " " + path);
  }
  EXPECT_EQ(served, documented);
}

TEST(Application, GuardsEveryDoorAgainstForeignPages) {
  Running server;
  for (const char* path : {"/v1/identities", "/access/v1/evaluation", "/mcp/files", "/healthz"}) {
    net::ClientRequest request{.method = "POST", .url = server.url() + path};
    request.headers = {{"Origin", "http://evil.example"}};
    const auto response = net::blocking_request(std::move(request));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 403) << path;
  }
}

TEST(Application, ASecondServerIsToldWhoHasTheData) {
  Running server;
  const auto second = Application::open(server.options(), server.logger());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "data.in_use");
}

TEST(Application, NamesThePortThatIsTaken) {
  Running server;
  Running other;
  other.stop();
  ApplicationOptions options = other.options();
  options.port = server.application().port();
  const auto second = Application::open(options, server.logger());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "serve.port_taken");
  EXPECT_NE(second.error().message.find(std::to_string(options.port)), std::string::npos)
      << second.error().message;
}

TEST(Application, NeverListensInTheClearBeyondLoopback) {
  Running server;
  server.stop();
  ApplicationOptions options = server.options();
  options.address = "0.0.0.0";
  const auto plain = Application::open(options, server.logger());
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error().reason, "serve.insecure");
  options.tls_certificate = options.tls_key = "/nowhere.pem";
  const auto nameless = Application::open(options, server.logger());
  ASSERT_FALSE(nameless);
  EXPECT_EQ(nameless.error().reason, "serve.issuer");
  for (const char* wrong : {"foo", "ftp://ambit.example", "https://ambit.example?x", "https://"}) {
    options.issuer = wrong;
    const auto refused = Application::open(options, server.logger());
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().reason, "serve.issuer") << wrong;
  }
  options.issuer = "https://ambit.example";
  const auto no_certificate = Application::open(options, server.logger());
  ASSERT_FALSE(no_certificate);
  EXPECT_EQ(no_certificate.error().reason, "net.tls");
}

// The names in backticks that begin a row of the table.
std::set<std::string> documented_metrics() {
  std::ifstream file("docs/metrics.md");  // tests run in the project's root
  std::set<std::string> out;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| `")) out.insert(line.substr(3, line.find('`', 3) - 3));
  }
  return out;
}

TEST(Application, ShowsExactlyTheMetricsThatAreDocumented) {
  Running server;
  const std::string exposition = server.send("GET", "/metrics", {}, false).body;
  std::set<std::string> shown;
  std::istringstream lines(exposition);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) shown.insert(line.substr(7, line.find(' ', 7) - 7));
  }
  EXPECT_EQ(shown, documented_metrics());
  EXPECT_NE(exposition.find("\nambit_ledger_writable 1\n"), std::string::npos) << exposition;
  EXPECT_NE(exposition.find("\nambit_http_requests_total 1\n"), std::string::npos) << exposition;
}

}  // namespace
}  // namespace ambit::app
