#include "telemetry/logger.h"

#include <gtest/gtest.h>
#include <string>

namespace ambit::telemetry {
namespace {

struct Captured {
  std::string text;
  Logger logger;

  explicit Captured(LogFormat format, Level level = Level::kInfo)
      : logger({format, level, [this](std::string_view line) { text += line; }}) {}
};

TEST(Logger, WritesOneJsonObjectALine) {
  Captured log(LogFormat::kJson);
  log.logger.info("serve.ready", "listening", {{"address", "127.0.0.1:7700"}});
  EXPECT_TRUE(log.text.starts_with("{\"time\":\"20")) << log.text;
  EXPECT_NE(log.text.find("\"level\":\"info\",\"event\":\"serve.ready\",\"message\":\"listening\","
                          "\"address\":\"127.0.0.1:7700\"}\n"),
            std::string::npos)
      << log.text;
}

TEST(Logger, WritesReadableText) {
  Captured log(LogFormat::kText);
  log.logger.warning("ledger.unwritable", "no space left", {{"path", "/var/x"}});
  EXPECT_TRUE(log.text.ends_with(" warning ledger.unwritable: no space left path=\"/var/x\"\n"))
      << log.text;
}

TEST(Logger, LeavesOutWhatIsBelowItsLevel) {
  Captured log(LogFormat::kText, Level::kWarning);
  log.logger.info("a", "b");
  EXPECT_EQ(log.text, "");
  log.logger.error("a", "b");
  EXPECT_NE(log.text, "");
}

TEST(Logger, OutsideTextCannotForgeALine) {
  const std::string hostile = "x\n2026-01-01T00:00:00.000Z info forged: yes\r\x1b[31m\"\\";
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    Captured log(format);
    log.logger.info("request.refused", hostile, {{"agent", hostile}});
    EXPECT_EQ(log.text.find('\n'), log.text.size() - 1) << log.text;
    EXPECT_EQ(log.text.find_first_of("\r\x1b"), std::string::npos) << log.text;
    EXPECT_NE(log.text.find("\\u000a2026"), std::string::npos) << log.text;
  }
}

TEST(Logger, PercentAndBracesAreOnlyText) {
  Captured log(LogFormat::kText);
  log.logger.info("a", "%v {} %n");
  EXPECT_NE(log.text.find("%v {} %n"), std::string::npos) << log.text;
}

TEST(EscapeForLog, IsPrintableAsciiForEveryByte) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string escaped = escape_for_log(std::string(1, static_cast<char>(byte)));
    for (const char c : escaped) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << byte;
    EXPECT_EQ(escaped.front(), '"');
    EXPECT_EQ(escaped.back(), '"');
  }
  EXPECT_EQ(escape_for_log("\xe2\x80\xae"), "\"\\u00e2\\u0080\\u00ae\"");
}

TEST(EscapeForLog, SaysHowMuchWasLeftOut) {
  const std::string escaped = escape_for_log(std::string(3000, 'x'));
  EXPECT_LT(escaped.size(), 2100u);
  EXPECT_NE(escaped.find("(952 bytes left out)"), std::string::npos) << escaped;
}

}  // namespace
}  // namespace ambit::telemetry
