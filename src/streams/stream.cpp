#include "streams/stream.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <set>
#include <thread>
#include <unistd.h>
#include <utility>

#include "net/event_loop.h"
#include "streams/internal/feed.h"
#include "streams/internal/sink.h"
#include "streams/ocsf.h"
#include "streams/otlp.h"

namespace ambit::streams {
namespace {

using text::Json;

Result<std::uint64_t> read_cursor(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return 0;
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  std::uint64_t next = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), next);
  if (error == std::errc() && std::string_view(end, text.data() + text.size()) == "\n") {
    return next;
  }
  return fail(Code::kInternal, "stream.cursor",
              "`" + path +
                  "` does not hold the number of an entry; remove it to send everything "
                  "again");
}

// The same for every spelling of one file.
std::string place_of(const std::string& target) {
  if (target == "-") return target;
  std::error_code error;
  const auto absolute = std::filesystem::absolute(target, error);
  const auto place = std::filesystem::weakly_canonical(absolute, error);
  return error ? target : place.string();
}

// All at once and durably.
Result<> write_cursor(const std::string& path, std::uint64_t next) {
  const std::string draft = path + ".tmp";
  const std::string text = std::to_string(next) + "\n";
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool done = fd >= 0 &&
              ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
              ::fdatasync(fd) == 0;
  if (fd >= 0) ::close(fd);
  done = done && ::rename(draft.c_str(), path.c_str()) == 0;
  if (done) return {};
  return fail(Code::kUnavailable, "stream.io",
              "cannot write `" + path + "`: " + std::strerror(errno));
}

}  // namespace

Result<StreamOptions> parse_stream(const std::string& text) {
  StreamOptions out;
  const std::size_t split = text.find('=');
  const std::string format = text.substr(0, split);
  if (split == std::string::npos || split + 1 == text.size() ||
      (format != "ocsf" && format != "otlp")) {
    return fail(Code::kInvalid, "stream.form",
                "`" + text +
                    "` is not `ocsf=TARGET` or `otlp=TARGET`, where the target is a file, "
                    "`-` or a URL");
  }
  out.format = format == "ocsf" ? Format::kOcsf : Format::kOtlp;
  out.target = text.substr(split + 1);
  const std::size_t scheme = out.target.find("://");
  if (scheme == std::string::npos || is_url(out.target)) return out;
  return fail(Code::kInvalid, "stream.form",
              "`" + out.target.substr(0, scheme) +
                  "` is not a scheme that a stream can write to: a target is a file, `-`, or a URL "
                  "with `http` or `https`");
}

Result<std::vector<StreamOptions>> parse_streams(const std::vector<std::string>& texts) {
  std::vector<StreamOptions> out;
  std::set<std::string> places;
  for (const std::string& text : texts) {
    AMBIT_TRY(StreamOptions stream, parse_stream(text));
    if (!is_url(stream.target) && !places.insert(place_of(stream.target)).second) {
      return fail(
          Code::kInvalid, "stream.duplicate",
          "`" + text + "` writes to where another stream writes; give it a target of its own");
    }
    out.push_back(std::move(stream));
  }
  return out;
}

std::string StreamOptions::shown_target() const {
  const std::size_t scheme = target.find("://");
  if (scheme == std::string::npos) return target;
  const std::size_t host = scheme + 3;
  std::string rest = target.substr(host, target.find_first_of("?#", host) - host);
  const std::size_t path = std::min(rest.find('/'), rest.size());
  if (const std::size_t at = rest.rfind('@', path); at != std::string::npos) rest.erase(0, at + 1);
  return target.substr(0, host) + rest;
}

struct Stream::Impl {
  Impl(StreamOptions the_options, const ports::Log& the_log, const ports::Index* index,
       telemetry::Logger& the_logger)
      : options(std::move(the_options)), log(the_log), logger(the_logger), feed(the_log, index) {}

  void run();
  void follow();
  void forward(const Batch& batch);
  void deliver(std::vector<Json> events);
  void save(bool now);
  void wait(Duration duration) {
    loop.run_until([this] { return stopping.load(); }, duration);
  }
  void trouble(const std::string& what);

  StreamOptions options;
  const ports::Log& log;
  telemetry::Logger& logger;
  net::EventLoop loop;  // of this thread alone
  Feed feed;
  std::unique_ptr<Sink> sink;
  std::atomic<bool> stopping{false};
  std::uint64_t next = 0;   // first entry that was not sent
  std::uint64_t saved = 0;  // what the cursor file says
  std::int64_t saved_at = 0;
  mutable std::mutex mutex;
  StreamStats stats;
  std::thread thread;  // last
};

void Stream::Impl::trouble(const std::string& what) {
  const std::lock_guard lock(mutex);
  if (!what.empty()) {
    ++stats.failures;
    if (stats.trouble.empty()) {
      logger.warning("stream.behind", "events wait in the ledger until the target takes them",
                     {{"target", options.shown_target()}, {"why", what}});
    }
  } else if (!stats.trouble.empty()) {
    logger.info("stream.caught_up", "the target takes events again",
                {{"target", options.shown_target()}});
  }
  stats.trouble = what;
}

// The cursor never says more than the target has for good.
void Stream::Impl::save(bool now) {
  if (next == saved || (!now && loop.now_ms() - saved_at < options.save_interval.ms)) return;
  saved_at = loop.now_ms();
  auto written = sink->sync();
  if (written) written = write_cursor(options.cursor_file, next);
  if (!written) return trouble(written.error().message);
  saved = next;
}

// Until the target took them, refused them for good, or the stream stops. What it refuses is halved
// until only what it cannot take is left out.
void Stream::Impl::deliver(std::vector<Json> events) {
  Duration pause = options.first_retry;
  while (!stopping) {
    const Sent sent = sink->send(events);
    if (sent.taken) {
      trouble({});
      const std::lock_guard lock(mutex);
      stats.sent += events.size() - std::min(sent.rejected, events.size());
      stats.rejected += sent.rejected;
      return;
    }
    if (sent.refused && events.size() > 1) {
      const auto middle = events.begin() + static_cast<std::ptrdiff_t>(events.size() / 2);
      deliver({std::make_move_iterator(events.begin()), std::make_move_iterator(middle)});
      deliver({std::make_move_iterator(middle), std::make_move_iterator(events.end())});
      return;
    }
    if (sent.refused) {
      logger.warning("stream.refused", "the target refused an event for good",
                     {{"target", options.shown_target()}, {"why", sent.trouble}});
      const std::lock_guard lock(mutex);
      ++stats.rejected;
      return;
    }
    if (stopping) return;
    trouble(sent.trouble);
    wait({std::max(pause.ms, sent.wait.ms)});
    pause = {std::min(pause.ms * 2, options.last_retry.ms)};
  }
}

void Stream::Impl::forward(const Batch& batch) {
  std::vector<Json> events;
  for (const EvidenceItem& item : batch.items) {
    auto event = options.format == Format::kOcsf ? to_ocsf(item, options.version) : to_span(item);
    if (event) events.push_back(*std::move(event));
  }
  if (!events.empty()) deliver(std::move(events));
  if (stopping) return;  // perhaps in the middle of it
  next = batch.end;
  const std::lock_guard lock(mutex);
  stats.next = next;
}

void Stream::Impl::follow() {
  const std::uint64_t size = log.size();
  if (next > size) {
    trouble("the ledger has " + std::to_string(size) + " entries, fewer than the " +
            std::to_string(next) + " that were sent");
    return wait(options.last_retry);
  }
  if (next == size) return wait(options.poll);
  const auto batch = feed.read(next, options.max_batch, options.max_batch_bytes);
  if (!batch) {
    trouble(batch.error().message);
    return wait(options.last_retry);
  }
  forward(*batch);
}

void Stream::Impl::run() {
  while (!stopping) {
    follow();
    save(false);
  }
  save(true);
}

Stream::Stream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Stream>> Stream::start(StreamOptions options, const ports::Log& log,
                                              const ports::Index* index,
                                              telemetry::Logger& logger) {
  AMBIT_TRY(const std::uint64_t next, read_cursor(options.cursor_file));
  auto impl = std::make_unique<Impl>(std::move(options), log, index, logger);
  AMBIT_TRY(impl->sink, open_sink(impl->options, impl->loop,
                                  [raw = impl.get()] { return raw->stopping.load(); }));
  impl->next = impl->saved = impl->stats.next = next;
  impl->thread = std::thread([raw = impl.get()] { raw->run(); });
  return std::unique_ptr<Stream>(new Stream(std::move(impl)));
}

Stream::~Stream() {
  impl_->stopping = true;
  impl_->loop.post([] {});  // so that whatever it waits for looks again
  impl_->thread.join();
}

const StreamOptions& Stream::options() const { return impl_->options; }

StreamStats Stream::stats() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->stats;
}

}  // namespace ambit::streams
