// Log lines for operators: one event a line, as text or JSON, to standard error.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace ambit::telemetry {

// `kOff` is a threshold only: nothing is logged.
enum class Level { kDebug, kInfo, kWarning, kError, kOff };
enum class LogFormat { kText, kJson };

// One more thing to say about an event. `value` may come from outside; it must not be a secret.
struct LogField {
  std::string_view key;  // ours: lower case and `_`
  std::string_view value;
};

struct LoggerOptions {
  LogFormat format = LogFormat::kText;
  Level level = Level::kInfo;
  // Gets each line with its newline, instead of standard error; called under a lock.
  std::function<void(std::string_view)> sink;
};

// Thread-safe. A line that cannot be written is dropped: logging never fails and never throws.
class Logger {
 public:
  explicit Logger(LoggerOptions options = {});
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  // `event` is ours and stable (`serve.ready`); `message` is for people.
  void log(Level level, std::string_view event, std::string_view message,
           std::initializer_list<LogField> fields = {});
  void info(std::string_view event, std::string_view message,
            std::initializer_list<LogField> fields = {}) {
    log(Level::kInfo, event, message, fields);
  }
  void warning(std::string_view event, std::string_view message,
               std::initializer_list<LogField> fields = {}) {
    log(Level::kWarning, event, message, fields);
  }
  void error(std::string_view event, std::string_view message,
             std::initializer_list<LogField> fields = {}) {
    log(Level::kError, event, message, fields);
  }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// `text` as a JSON string with its quotes, in printable ASCII alone: whatever else it holds,
// control and bidirectional characters or bytes that are no UTF-8 among it, is escaped, so that it
// cannot end a line, colour a terminal or be read as something else. Bounded: beyond 2048 bytes it
// says how many were left out.
std::string escape_for_log(std::string_view text);

}  // namespace ambit::telemetry
