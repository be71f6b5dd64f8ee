// One stream of evidence to another system.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ports/index.h"
#include "ports/log.h"
#include "telemetry/logger.h"

namespace ambit::streams {

enum class Format { kOcsf, kOtlp };

struct StreamOptions {
  Format format = Format::kOcsf;
  // A file, `-` for standard output, or the http(s) URL of an OTLP endpoint (`.../v1/traces` for
  // spans, `.../v1/logs` for OCSF events).
  std::string target;
  // Keeps how far the stream came. Its folder exists.
  std::string cursor_file;
  std::string version;                     // of this program
  std::string ca_file;                     // PEM, of an https target; empty: the system's
  std::size_t max_batch = 256;             // events
  std::size_t max_batch_bytes = 1u << 20;  // of the records that they are made of
  Duration poll{200};                      // between looks at a log that has nothing new
  Duration timeout{10'000};                // of one request
  Duration first_retry{250};               // doubles up to the next
  Duration last_retry{30'000};
  Duration save_interval{1000};  // of the cursor

  // The target without what may be a secret in a URL: user, password and query.
  std::string shown_target() const;
};

// `ocsf=TARGET` or `otlp=TARGET`. Fails with `stream.form`.
Result<StreamOptions> parse_stream(const std::string& text);

// As above; no two write to the same file or to standard output: `stream.duplicate`.
Result<std::vector<StreamOptions>> parse_streams(const std::vector<std::string>& texts);

struct StreamStats {
  std::uint64_t next = 0;      // first entry that was not sent yet
  std::uint64_t sent = 0;      // events, since the start
  std::uint64_t rejected = 0;  // that the target refused for good
  std::uint64_t failures = 0;  // of attempts to send
  std::string trouble;         // why the last attempt failed; empty when it did not
};

// Follows the log on a thread of its own until it is destroyed. Every event is sent at least once:
// after a crash those of the last second may be sent again, under the same ids.
class Stream {
 public:
  // `log`, `index` and `logger` outlive it. Without an index the stream waits at the first decision
  // whose situation was recorded before it started. Fails with `stream.cursor` when the file does
  // not hold one, or `net.tls`.
  static Result<std::unique_ptr<Stream>> start(StreamOptions options, const ports::Log& log,
                                               const ports::Index* index,
                                               telemetry::Logger& logger);
  // Saves how far it came; takes no longer than a write to the target does.
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  const StreamOptions& options() const;
  // Thread-safe.
  StreamStats stats() const;

 private:
  struct Impl;
  explicit Stream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ambit::streams
