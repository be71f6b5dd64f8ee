#include "net/sse.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <vector>

namespace ambit::net {
namespace {

std::vector<SseEvent> parse(std::string_view bytes, std::size_t step = 0) {
  SseParser parser;
  std::vector<SseEvent> events;
  const auto collect = [&](SseEvent event) { events.push_back(std::move(event)); };
  if (step == 0) step = bytes.size() + 1;
  while (!bytes.empty()) {
    EXPECT_TRUE(parser.feed(bytes.substr(0, step), collect));
    bytes.remove_prefix(std::min(step, bytes.size()));
  }
  return events;
}

TEST(SseParser, ReadsTheStandardsExamples) {
  const std::string stream =
      "\xEF\xBB\xBF: test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
      "data:  third event\nevent: add\nretry: 250\n\ndata\n\ndata\ndata\n\nevent: x\n\ndata: lost";
  const std::vector<SseEvent> want = {
      {"", "1", "first event", std::nullopt}, {"", "", "second event", std::nullopt},
      {"add", "", " third event", 250},       {"", "", "", std::nullopt},
      {"", "", "\n", std::nullopt},
  };
  EXPECT_EQ(parse(stream), want);
  EXPECT_EQ(parse(stream, 1), want);
}

TEST(SseParser, TakesEveryKindOfLineEnd) {
  const std::vector<SseEvent> want = {{"", "", "a\nb", std::nullopt}, {"", "", "c", std::nullopt}};
  for (const char* stream : {"data: a\ndata: b\n\ndata: c\n\n", "data: a\rdata: b\r\rdata: c\r\r",
                             "data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n"}) {
    for (const std::size_t step : {0, 1, 2, 3}) EXPECT_EQ(parse(stream, step), want) << stream;
  }
}

TEST(SseParser, BoundsAnEvent) {
  SseParser parser(100);
  const auto ignore = [](const SseEvent&) {};
  ASSERT_TRUE(parser.feed("data: " + std::string(50, 'a') + "\n", ignore));
  const auto over = parser.feed("data: " + std::string(50, 'a') + "\n", ignore);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().reason, "sse.size");
}

TEST(SseWriter, RefusesLineBreaksInIdAndName) {
  std::string out;
  EXPECT_FALSE(append_sse_event(out, "x", "1\ndata: forged", ""));
  EXPECT_FALSE(append_sse_event(out, "x", "", "a\rb"));
  EXPECT_EQ(out, "");
}

TEST(SseWriter, ACommentCannotBecomeAnEvent) {
  std::string out;
  append_sse_comment(out, "a\n\ndata: forged\n\n");
  EXPECT_TRUE(parse(out).empty());
}

TEST(SseWriter, WhatIsWrittenIsReadBack) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& lines, const std::string& raw) {
    std::string data;
    for (const std::string& line : lines) data += line + "\n";
    data += raw;
    std::string normal;
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (data[i] == '\r') {
        normal += '\n';
        if (i + 1 < data.size() && data[i + 1] == '\n') ++i;
      } else {
        normal += data[i];
      }
    }
    std::string out;
    RC_ASSERT(append_sse_event(out, data, "7", "note"));
    const auto events = parse(out);
    RC_ASSERT(events.size() == 1u);
    RC_ASSERT(events[0] == (SseEvent{"note", "7", normal, std::nullopt}));
  }));
}

}  // namespace
}  // namespace ambit::net
