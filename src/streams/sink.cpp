#include "streams/internal/sink.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "net/http_client.h"
#include "streams/otlp.h"

namespace ambit::streams {
namespace {

using text::Json;

std::string body_of(const StreamOptions& options, const std::vector<Json>& events) {
  if (options.format == Format::kOtlp) return trace_request(events, options.version);
  std::vector<Json> records;
  for (const Json& event : events) records.push_back(to_log_record(event));
  return log_request(std::move(records), options.version);
}

// One JSON text a line: an OCSF event, or a request as OTLP's file format has it.
std::string lines_of(const StreamOptions& options, const std::vector<Json>& events) {
  if (options.format == Format::kOtlp) return trace_request(events, options.version) + "\n";
  std::string out;
  for (const Json& event : events) out += text::to_json(event) + "\n";
  return out;
}

class FileSink final : public Sink {
 public:
  FileSink(StreamOptions options, std::function<bool()> stopping)
      : options_(std::move(options)), stopping_(std::move(stopping)) {}
  ~FileSink() override { close(); }

  Sent send(const std::vector<Json>& events) override {
    if (const auto opened = open(); !opened) return {.trouble = opened.error().message};
    struct stat before{};
    const bool regular = ::fstat(fd_, &before) == 0 && S_ISREG(before.st_mode);
    if (write(lines_of(options_, events))) return {.taken = true};
    const std::string why = std::strerror(errno);
    // No half line stays behind.
    if (regular && ::ftruncate(fd_, before.st_size) != 0) close();
    return {.trouble = "cannot write `" + options_.target + "`: " + why};
  }

  Result<> sync() override {
    if (fd_ < 0 || fd_ == STDOUT_FILENO || ::fdatasync(fd_) == 0 || errno == EINVAL) return {};
    return fail(Code::kUnavailable, "stream.io",
                "cannot make `" + options_.target + "` durable: " + std::strerror(errno));
  }

 private:
  // Also when the file was moved away, as programs that rotate logs do.
  Result<> open() {
    if (options_.target == "-") {
      fd_ = STDOUT_FILENO;
      return {};
    }
    struct stat named{};
    struct stat held{};
    const bool same = fd_ >= 0 && ::stat(options_.target.c_str(), &named) == 0 &&
                      ::fstat(fd_, &held) == 0 && named.st_ino == held.st_ino &&
                      named.st_dev == held.st_dev;
    if (same) return {};
    close();
    fd_ = ::open(options_.target.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK,
                 0600);
    if (fd_ >= 0) return {};
    return fail(Code::kUnavailable, "stream.io",
                "cannot open `" + options_.target + "`: " + std::strerror(errno));
  }

  void close() {
    if (fd_ >= 0 && fd_ != STDOUT_FILENO) ::close(fd_);
    fd_ = -1;
  }

  // Waits for a pipe that nobody reads, but not for ever. A pipe that can be written takes this
  // much at least without blocking.
  bool write(std::string_view bytes) {
    constexpr std::size_t kPiece = 4096;
    while (!bytes.empty()) {
      pollfd ready{fd_, POLLOUT, 0};
      if (::poll(&ready, 1, 100) <= 0) {
        if (stopping_()) return errno = ECANCELED, false;
        continue;
      }
      const ssize_t n = ::write(fd_, bytes.data(), std::min(bytes.size(), kPiece));
      if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (n < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  StreamOptions options_;
  std::function<bool()> stopping_;
  int fd_ = -1;
};

std::size_t rejected_in(const std::string& body) {
  const auto answer = text::parse_json(body);
  const Json* partial = answer ? answer->find("partialSuccess") : nullptr;
  for (const char* key : {"rejectedSpans", "rejectedLogRecords"}) {
    const Json* count = partial != nullptr ? partial->find(key) : nullptr;
    if (count == nullptr) continue;
    // The JSON mapping of protocol buffers writes a 64-bit number as text.
    const std::string digits = count->is_string() ? count->as_string()
                               : count->is_int()  ? text::to_json(*count)
                                                  : "";
    std::size_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }
  return 0;
}

Sent judge(const net::HttpResponse& response, const std::string& url) {
  Sent out;
  if (response.status >= 200 && response.status < 300) {
    out.taken = true;
    out.rejected = rejected_in(response.body);
    return out;
  }
  out.trouble = "`" + url + "` answered " + std::to_string(response.status);
  // What the target cannot make sense of it never will; everything else may be mended.
  out.refused = response.status == 400 || response.status == 413 || response.status == 422;
  const std::string_view wait = response.header("retry-after");
  std::int64_t seconds = 0;
  std::from_chars(wait.data(), wait.data() + wait.size(), seconds);
  out.wait = {std::clamp<std::int64_t>(seconds, 0, 3600) * 1000};
  return out;
}

class HttpSink final : public Sink {
 public:
  HttpSink(StreamOptions options, net::EventLoop& loop, std::unique_ptr<net::HttpClient> client,
           std::function<bool()> stopping)
      : options_(std::move(options)),
        loop_(loop),
        client_(std::move(client)),
        stopping_(std::move(stopping)) {}

  Sent send(const std::vector<Json>& events) override {
    net::ClientRequest request{.method = "POST",
                               .url = options_.target,
                               .headers = {{"Content-Type", "application/json"}},
                               .body = body_of(options_, events),
                               .timeout = options_.timeout,
                               .max_response_bytes = 64u << 10};
    std::optional<Result<net::HttpResponse>> answer;
    auto call = client_->request(
        std::move(request), [&answer](Result<net::HttpResponse> got) { answer = std::move(got); });
    loop_.run_until([&] { return answer || stopping_(); }, Duration{options_.timeout.ms + 1000});
    if (!answer) {
      call.cancel();
      return {.trouble = "`" + options_.shown_target() + "` did not answer"};
    }
    if (!*answer) return {.trouble = answer->error().message};
    return judge(**answer, options_.shown_target());
  }

  Result<> sync() override { return {}; }

 private:
  StreamOptions options_;
  net::EventLoop& loop_;
  std::unique_ptr<net::HttpClient> client_;
  std::function<bool()> stopping_;
};

}  // namespace

Result<std::unique_ptr<Sink>> open_sink(const StreamOptions& options, net::EventLoop& loop,
                                        std::function<bool()> stopping) {
  if (!is_url(options.target)) {
    return std::make_unique<FileSink>(options, std::move(stopping));
  }
  net::ClientOptions client;
  client.ca_file = options.ca_file;
  AMBIT_TRY(auto http, net::HttpClient::create(loop, std::move(client)));
  return std::make_unique<HttpSink>(options, loop, std::move(http), std::move(stopping));
}

}  // namespace ambit::streams
