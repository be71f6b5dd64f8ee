#include "streams/stream.h"

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <set>

#include "index/evidence_index.h"
#include "ledger/record.h"
#include "ledger_file/memory_log.h"
#include "net/http_server.h"
#include "streams/ocsf.h"
#include "text/json.h"

namespace ambit::streams {
namespace {

using text::Json;

// An OTLP endpoint over real sockets whose answers a test chooses.
class Receiver {
 public:
  explicit Receiver(std::uint16_t port = 0) {
    auto listening = net::HttpServer::listen(
        loop_, {.port = port},
        [this](std::shared_ptr<net::Exchange> exchange) { handle(std::move(exchange)); });
    if (!listening) ADD_FAILURE() << listening.error().message;
    server_ = *std::move(listening);
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Receiver() {
    loop_.stop();
    thread_.join();
    server_.reset();
  }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  std::uint16_t port() const { return server_->port(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port()) + "/v1/traces"; }

  // The next requests get these statuses (0: no answer at all); later ones 200.
  void answer_with(std::deque<int> statuses) {
    const std::lock_guard lock(mutex_);
    statuses_ = std::move(statuses);
  }
  // Refuses for good every request in which this stands.
  void refuse_what_holds(std::string word) {
    const std::lock_guard lock(mutex_);
    poison_ = std::move(word);
  }
  // Waits until `count` decisions were taken; their ids in the order of arrival.
  std::vector<std::string> decisions(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return decisions_.size() >= count; });
    return decisions_;
  }
  std::vector<Json> spans() {
    const std::lock_guard lock(mutex_);
    return spans_;
  }
  std::size_t requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  void wait_for_requests(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return requests_ >= count; });
  }

 private:
  void handle(std::shared_ptr<net::Exchange> exchange) {
    const std::lock_guard lock(mutex_);
    ++requests_;
    changed_.notify_all();
    int status = 200;
    if (!statuses_.empty()) {
      status = statuses_.front();
      statuses_.pop_front();
    }
    const std::string body(exchange->request().body);
    if (!poison_.empty() && body.find(poison_) != std::string::npos) status = 400;
    if (status == 0) {
      stalled_.push_back(std::move(exchange));
      return;
    }
    if (status == 200) take(body);
    exchange->respond(net::HttpResponse::json(status, "{\"partialSuccess\":{}}"));
  }
  void take(const std::string& body) {
    const auto request = text::parse_json(body);
    if (!request) return;
    const Json& scope =
        request->find("resourceSpans")->as_array()[0].find("scopeSpans")->as_array()[0];
    for (const Json& span : scope.find("spans")->as_array()) {
      spans_.push_back(span);
      if (span.find("parentSpanId")) continue;
      for (const Json& attribute : span.find("attributes")->as_array()) {
        if (attribute.string_or("key", "") != "ambit.decision") continue;
        decisions_.emplace_back(attribute.find("value")->string_or("stringValue", ""));
      }
    }
  }

  net::EventLoop loop_;
  std::unique_ptr<net::HttpServer> server_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<int> statuses_;
  std::string poison_;
  std::vector<std::shared_ptr<net::Exchange>> stalled_;
  std::vector<std::string> decisions_;
  std::vector<Json> spans_;
  std::size_t requests_ = 0;
  std::thread thread_;
};

class StreamTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "ambit_stream_XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    const Json facts =
        Json::object({{"agent", "writer"},
                      {"authorised_by", "alice"},
                      {"policy", Json::object({{"name", "starter"}, {"version", 3}})},
                      {"server", "files"},
                      {"session", "ses_1"},
                      {"system", "disk"},
                      {"task", "tsk_1"},
                      {"tool", "write_file"}});
    append("situation", Json::object({{"id", "sit"}, {"facts", facts}}));
    index = *index::EvidenceIndex::open({folder + "/index.sqlite", &log});
  }
  void TearDown() override {
    index.reset();
    std::filesystem::remove_all(folder);
  }

  void append(const std::string& kind, const Json& body) {
    log.append(*ledger::encode_record(Time{1'700'000'000'000 + at++}, kind, body), {});
  }
  // Decisions [from, to) with their outcomes.
  void decide(int from, int to, const std::string& verdict = "allow") {
    for (int i = from; i < to; ++i) {
      const std::string id = "dec_" + std::to_string(i);
      append("decision",
             Json::object(
                 {{"id", id},
                  {"class", "write"},
                  {"decision", Json::object({{"verdict", verdict}})},
                  {"outcome", "create"},
                  {"situation", "sit"},
                  {"targets", Json::array({Json::object({{"kind", "path"}, {"value", "/srv/a"}})})},
                  {"tier", "low"}}));
      append("outcome",
             Json::object({{"decision", id}, {"task", "tsk_1"}, {"status", "ok"}, {"took_ms", 7}}));
    }
  }
  StreamOptions options(Format format, std::string target) const {
    StreamOptions out;
    out.format = format;
    out.target = std::move(target);
    out.cursor_file = folder + "/cursor";
    out.version = "0.1.0";
    out.max_batch = 16;
    out.poll = out.first_retry = Duration{2};
    out.last_retry = Duration{20};
    out.save_interval = Duration{0};
    out.timeout = Duration{300};
    return out;
  }
  std::unique_ptr<Stream> start(const StreamOptions& chosen) {
    auto stream = Stream::start(chosen, log, index.get(), logger);
    EXPECT_TRUE(stream) << stream.error().message;
    return stream ? *std::move(stream) : nullptr;
  }
  static std::vector<std::string> ids(int from, int to) {
    std::vector<std::string> out;
    for (int i = from; i < to; ++i) out.push_back("dec_" + std::to_string(i));
    return out;
  }
  static bool eventually(const std::function<bool()>& holds) {
    for (int i = 0; i < 2000 && !holds(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return holds();
  }
  std::vector<Json> lines(const std::string& path) const {
    std::ifstream file(path);
    std::vector<Json> out;
    for (std::string line; std::getline(file, line);) out.push_back(*text::parse_json(line));
    return out;
  }

  std::string folder;
  std::int64_t at = 0;
  ledger_file::MemoryLog log;
  std::unique_ptr<index::EvidenceIndex> index;
  telemetry::Logger logger{{telemetry::LogFormat::kText, telemetry::Level::kOff, {}}};
};

TEST_F(StreamTest, SendsEveryDecisionOnceInOrder) {
  Receiver receiver;
  decide(0, 40);
  const auto stream = start(options(Format::kOtlp, receiver.url()));
  EXPECT_EQ(receiver.decisions(40), ids(0, 40));
  decide(40, 50);
  EXPECT_EQ(receiver.decisions(50), ids(0, 50));
  ASSERT_TRUE(eventually([&] { return stream->stats().next == log.size(); }));
  EXPECT_EQ(stream->stats().sent, 100u);
  EXPECT_EQ(stream->stats().failures, 0u);
  // One trace, distinct spans, each outcome below its decision.
  std::set<std::string> traces, spans, decisions;
  for (const Json& span : receiver.spans()) {
    traces.insert(std::string(span.string_or("traceId", "")));
    EXPECT_TRUE(spans.insert(std::string(span.string_or("spanId", ""))).second);
    if (!span.find("parentSpanId")) decisions.insert(std::string(span.string_or("spanId", "")));
  }
  EXPECT_EQ(traces.size(), 1u);
  EXPECT_EQ(traces.begin()->size(), 32u);
  EXPECT_EQ(spans.begin()->size(), 16u);
  for (const Json& span : receiver.spans()) {
    // Whoever counts executions of tools must not count decisions, least of all denials.
    const bool call = span.find("parentSpanId") != nullptr;
    EXPECT_EQ(
        text::to_json(*span.find("attributes")).find("gen_ai.operation.name") != std::string::npos,
        call);
    EXPECT_EQ(span.string_or("name", "") == "execute_tool", call);
    if (call) {
      EXPECT_TRUE(decisions.contains(std::string(span.string_or("parentSpanId", ""))));
      EXPECT_EQ(span.string_or("startTimeUnixNano", "").size(), 19u);
    }
  }
}

TEST_F(StreamTest, LosesNothingWhileTheTargetFailsStallsAndIsAway) {
  decide(0, 30);
  std::uint16_t port = 0;
  {
    Receiver receiver;
    port = receiver.port();
    receiver.answer_with({503, 500, 0, 429, 404});
    const auto stream = start(options(Format::kOtlp, receiver.url()));
    EXPECT_EQ(receiver.decisions(30), ids(0, 30));
    EXPECT_GE(stream->stats().failures, 5u);
    EXPECT_EQ(stream->stats().rejected, 0u);
    ASSERT_TRUE(eventually([&] { return stream->stats().next == log.size(); }));
    EXPECT_EQ(stream->stats().trouble, "");
  }
  // Away: the log goes on, the stream waits.
  const auto stream =
      start(options(Format::kOtlp, "http://127.0.0.1:" + std::to_string(port) + "/v1/traces"));
  decide(30, 80);
  ASSERT_TRUE(eventually([&] { return stream->stats().failures >= 2; }));
  EXPECT_NE(stream->stats().trouble, "");
  EXPECT_LT(stream->stats().next, log.size());
  Receiver back(port);
  EXPECT_EQ(back.decisions(50), ids(30, 80));
}

TEST_F(StreamTest, GoesOnAfterARestartWhereItWas) {
  Receiver receiver;
  decide(0, 20);
  {
    const auto stream = start(options(Format::kOtlp, receiver.url()));
    EXPECT_EQ(receiver.decisions(20), ids(0, 20));
    ASSERT_TRUE(eventually([&] { return stream->stats().next == log.size(); }));
  }
  decide(20, 40);
  auto stream = start(options(Format::kOtlp, receiver.url()));
  EXPECT_EQ(receiver.decisions(40), ids(0, 40));
  // The situation stands before the cursor and is known all the same.
  EXPECT_EQ(receiver.spans().back().string_or("traceId", "a"),
            receiver.spans().front().string_or("traceId", "b"));
  stream.reset();  // it writes the cursor
  std::ofstream(folder + "/cursor") << "seven\n";
  const auto refused = Stream::start(options(Format::kOtlp, "x"), log, nullptr, logger);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "stream.cursor");
}

// The log tells where a situation stands only to those who read all of it, which a start must not.
TEST_F(StreamTest, WaitsWhereASituationCannotBeFoundAndLosesNothing) {
  Receiver receiver;
  decide(0, 2);
  {
    const auto stream = start(options(Format::kOtlp, receiver.url()));
    EXPECT_EQ(receiver.decisions(2), ids(0, 2));
    ASSERT_TRUE(eventually([&] { return stream->stats().next == log.size(); }));
  }
  decide(2, 4);
  {
    const auto stream =
        *Stream::start(options(Format::kOtlp, receiver.url()), log, nullptr, logger);
    ASSERT_TRUE(eventually([&] { return stream->stats().failures >= 2; }));
    EXPECT_NE(stream->stats().trouble.find("situation `sit`"), std::string::npos);
    EXPECT_LT(stream->stats().next, log.size());
  }
  const auto stream = start(options(Format::kOtlp, receiver.url()));
  EXPECT_EQ(receiver.decisions(4), ids(0, 4));
}

TEST_F(StreamTest, SendsAgainWhatACrashLeftUnsaved) {
  Receiver receiver;
  decide(0, 5);
  {
    const auto first = start(options(Format::kOtlp, receiver.url()));
    EXPECT_EQ(receiver.decisions(5), ids(0, 5));
    ASSERT_TRUE(eventually([&] { return first->stats().next == log.size(); }));
  }
  ASSERT_TRUE(std::filesystem::remove(folder + "/cursor"));
  const auto stream = start(options(Format::kOtlp, receiver.url()));
  ASSERT_TRUE(eventually([&] { return stream->stats().next == log.size(); }));
  std::multiset<std::string> spans;
  for (const Json& span : receiver.spans()) spans.insert(std::string(span.string_or("spanId", "")));
  EXPECT_EQ(spans.size(), 20u) << "all of it came again";
  for (const std::string& span : spans) EXPECT_EQ(spans.count(span), 2u) << "with the same ids";
}

TEST_F(StreamTest, LeavesOutOnlyWhatTheTargetRefusesForGood) {
  Receiver receiver;
  receiver.refuse_what_holds("\"dec_7\"");
  decide(0, 20);
  const auto stream = start(options(Format::kOtlp, receiver.url()));
  ASSERT_TRUE(eventually([&] { return stream->stats().next == log.size(); }));
  EXPECT_EQ(stream->stats().rejected, 2u);  // the decision and its outcome
  EXPECT_EQ(stream->stats().sent, 38u);
  auto expected = ids(0, 20);
  expected.erase(expected.begin() + 7);
  EXPECT_EQ(receiver.decisions(19), expected);
}

TEST_F(StreamTest, StopsAtOnceWhileTheTargetStalls) {
  Receiver receiver;
  receiver.answer_with({0, 0, 0, 0});
  decide(0, 1);
  StreamOptions patient = options(Format::kOtlp, receiver.url());
  patient.timeout = minutes(5);
  auto stream = start(patient);
  receiver.wait_for_requests(1);
  const auto began = std::chrono::steady_clock::now();
  stream.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
  EXPECT_FALSE(std::filesystem::exists(folder + "/cursor"));
}

TEST_F(StreamTest, WritesOcsfLinesToAFileAndFollowsItsRotation) {
  const std::string path = folder + "/events.jsonl";
  decide(0, 3);
  decide(3, 4, "deny");
  decide(4, 5, "hold");
  const auto stream = start(options(Format::kOcsf, path));
  ASSERT_TRUE(eventually([&] { return stream->stats().next == log.size(); }));
  const auto events = lines(path);
  ASSERT_EQ(events.size(), 5u);
  // The members that OCSF 1.3.0 requires of API Activity.
  for (const char* key : {"activity_id", "category_uid", "class_uid", "severity_id", "time",
                          "type_uid", "metadata", "actor", "api", "src_endpoint"}) {
    EXPECT_TRUE(events[0].find(key)) << key;
  }
  EXPECT_EQ(events[0].find("class_uid")->as_int(), 6003);
  EXPECT_EQ(events[0].find("type_uid")->as_int(), 600301);
  EXPECT_EQ(events[0].find("api")->string_or("operation", ""), "files/write_file");
  EXPECT_EQ(events[0].find("actor")->find("user")->string_or("uid", ""), "writer");
  EXPECT_EQ(events[0].find("metadata")->string_or("uid", ""), "dec_0");
  EXPECT_EQ(events[0].find("action_id")->as_int(), 1);
  EXPECT_EQ(events[3].find("action_id")->as_int(), 2);
  EXPECT_EQ(events[3].find("disposition_id")->as_int(), 2);
  EXPECT_EQ(events[4].find("disposition_id")->as_int(), 14);
  std::filesystem::rename(path, path + ".1");
  decide(5, 7);
  ASSERT_TRUE(eventually([&] { return stream->stats().next == log.size(); }));
  EXPECT_EQ(lines(path).size(), 2u);
  EXPECT_EQ(lines(path + ".1").size(), 5u);
}

TEST_F(StreamTest, WaitsForAFileThatCannotBeWritten) {
  const std::string path = folder + "/not/yet/events.jsonl";
  decide(0, 3);
  const auto stream = start(options(Format::kOcsf, path));
  ASSERT_TRUE(eventually([&] { return stream->stats().failures >= 2; }));
  EXPECT_NE(stream->stats().trouble.find("cannot open"), std::string::npos);
  std::filesystem::create_directories(folder + "/not/yet");
  ASSERT_TRUE(eventually([&] { return stream->stats().next == log.size(); }));
  EXPECT_EQ(lines(path).size(), 3u);
}

TEST(ParseStream, TakesAFormatAndATarget) {
  EXPECT_EQ(parse_stream("ocsf=-")->target, "-");
  EXPECT_EQ(parse_stream("otlp=http://127.0.0.1:4318/v1/traces?a=b")->target,
            "http://127.0.0.1:4318/v1/traces?a=b");
  for (const char* text : {"", "ocsf", "ocsf=", "cef=-"}) {
    EXPECT_EQ(parse_stream(text).error().reason, "stream.form") << text;
  }
}

TEST(ParseStream, RefusesOtherSchemesAndSharedFiles) {
  EXPECT_EQ(parse_stream("ocsf=ftp://h/y").error().reason, "stream.form");
  const std::string folder = testing::TempDir();
  const auto reason = [](const std::vector<std::string>& texts) {
    const auto parsed = parse_streams(texts);
    return parsed ? std::string() : parsed.error().reason;
  };
  EXPECT_EQ(reason({"ocsf=" + folder + "/a", "otlp=" + folder + "/b", "ocsf=-"}), "");
  EXPECT_EQ(reason({"ocsf=http://h/v1/logs", "otlp=http://h/v1/logs"}), "");
  EXPECT_EQ(reason({"ocsf=" + folder + "/a", "otlp=" + folder + "/c/../a"}), "stream.duplicate");
  EXPECT_EQ(reason({"ocsf=-", "otlp=-"}), "stream.duplicate");
}

TEST(ParseStream, ShowsNoSecretOfATarget) {
  EXPECT_EQ(parse_stream("otlp=https://u:p@h.example/v1/traces?key=s")->shown_target(),
            "https://h.example/v1/traces");
  EXPECT_EQ(parse_stream("otlp=http://h:4318")->shown_target(), "http://h:4318");
  EXPECT_EQ(parse_stream("ocsf=/var/log/a@b")->shown_target(), "/var/log/a@b");
}

}  // namespace
}  // namespace ambit::streams
