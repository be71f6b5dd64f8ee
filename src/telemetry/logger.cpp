#include "telemetry/logger.h"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/time.h"

namespace ambit::telemetry {
namespace {

constexpr std::size_t kMaxTextBytes = 2048;

class FunctionSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FunctionSink(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    write_({line.data(), line.size()});
  }
  void flush_() override {}

 private:
  std::function<void(std::string_view)> write_;
};

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::kDebug: return spdlog::level::debug;
    case Level::kInfo: return spdlog::level::info;
    case Level::kWarning: return spdlog::level::warn;
    case Level::kError: return spdlog::level::err;
    case Level::kOff: return spdlog::level::off;
  }
  return spdlog::level::err;
}

const char* name_of(Level level) {
  switch (level) {
    case Level::kDebug: return "debug";
    case Level::kInfo: return "info";
    case Level::kWarning: return "warning";
    case Level::kError: return "error";
    case Level::kOff: return "off";
  }
  return "error";
}

std::string now_text() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return to_rfc3339({std::chrono::duration_cast<std::chrono::milliseconds>(since).count()});
}

void append_escape(std::string& out, unsigned char byte) {
  constexpr char kHex[] = "0123456789abcdef";
  out += "\\u00";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

void append_escaped(std::string& out, std::string_view text) {
  const std::string_view shown = text.substr(0, kMaxTextBytes);
  for (const char c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      append_escape(out, byte);
    }
  }
  if (shown.size() < text.size()) {
    out += " (" + std::to_string(text.size() - shown.size()) + " bytes left out)";
  }
}

std::string json_line(Level level, std::string_view event, std::string_view message,
                      std::initializer_list<LogField> fields) {
  std::string line = "{\"time\":\"" + now_text() + "\",\"level\":\"" + name_of(level) +
                     "\",\"event\":" + escape_for_log(event) +
                     ",\"message\":" + escape_for_log(message);
  for (const LogField& field : fields) {
    line += ',';
    line += escape_for_log(field.key);
    line += ':';
    line += escape_for_log(field.value);
  }
  line += '}';
  return line;
}

std::string text_line(Level level, std::string_view event, std::string_view message,
                      std::initializer_list<LogField> fields) {
  std::string line = now_text() + ' ' + name_of(level) + ' ';
  append_escaped(line, event);
  line += ": ";
  append_escaped(line, message);
  for (const LogField& field : fields) {
    line += ' ';
    append_escaped(line, field.key);
    line += '=';
    line += escape_for_log(field.value);
  }
  return line;
}

}  // namespace

struct Logger::Impl {
  LogFormat format;
  spdlog::logger logger;
};

Logger::Logger(LoggerOptions options) {
  spdlog::sink_ptr sink;
  if (options.sink) {
    sink = std::make_shared<FunctionSink>(std::move(options.sink));
  } else {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  }
  impl_ = std::make_unique<Impl>(Impl{options.format, spdlog::logger("ambit", std::move(sink))});
  impl_->logger.set_pattern("%v", spdlog::pattern_time_type::utc);
  impl_->logger.set_level(spdlog_level(options.level));
  // A full pipe or disk behind standard error is nothing that a request should feel.
  impl_->logger.set_error_handler([](const std::string&) {});
}

Logger::~Logger() = default;

void Logger::log(Level level, std::string_view event, std::string_view message,
                 std::initializer_list<LogField> fields) {
  if (!impl_->logger.should_log(spdlog_level(level))) return;
  const std::string line = impl_->format == LogFormat::kJson
                               ? json_line(level, event, message, fields)
                               : text_line(level, event, message, fields);
  impl_->logger.log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

std::string escape_for_log(std::string_view text) {
  std::string out = "\"";
  append_escaped(out, text);
  out += '"';
  return out;
}

}  // namespace ambit::telemetry
