#include "net/internal/message_reader.h"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "net/internal/framing_vectors.h"

namespace ambit::net::internal {
namespace {

using State = MessageReader::State;

void feed(MessageReader& reader, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::span<char> room = reader.space();
    const std::size_t count = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), count);
    reader.commit(count);
    bytes.remove_prefix(count);
  }
}

struct Outcome {
  std::vector<std::string> messages;
  State last = State::kNeedMore;
  int refused_with = 0;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// Reads all requests in `bytes`, given in pieces that end at `cuts`.
Outcome read_all(std::string_view bytes, const std::vector<std::size_t>& cuts,
                 ReaderLimits limits = {}) {
  MessageReader reader(MessageReader::Kind::kRequest, limits);
  Outcome outcome;
  std::size_t from = 0;
  for (const std::size_t to : cuts) {
    feed(reader, bytes.substr(from, to - from));
    from = to;
    while ((outcome.last = reader.advance()) == State::kComplete) {
      const HttpRequest& request = reader.request();
      std::string text = std::string(request.method) + "|" + std::string(request.host) + "|" +
                         std::string(request.path) + "|" + std::string(request.query) + "|";
      for (const HeaderView& field : request.headers) {
        text += std::string(field.name) + "=" + std::string(field.value) + ",";
      }
      outcome.messages.push_back(text + "|" + std::string(request.body));
      reader.next();
    }
    if (outcome.last == State::kRefused) {
      outcome.refused_with = reader.refusal().status;
      break;
    }
  }
  return outcome;
}

Outcome read_at_once(std::string_view bytes, ReaderLimits limits = {}) {
  return read_all(bytes, {bytes.size()}, limits);
}

std::vector<std::size_t> every_byte(std::string_view bytes) {
  std::vector<std::size_t> cuts;
  for (std::size_t i = 1; i <= bytes.size(); ++i) cuts.push_back(i);
  return cuts;
}

TEST(FramingGuard, RefusesEveryAmbiguousRequestHoweverItIsCut) {
  for (const FramingVector& vector : framing_vectors()) {
    SCOPED_TRACE(vector.name);
    const Outcome whole = read_at_once(vector.bytes);
    const Outcome bytewise = read_all(vector.bytes, every_byte(vector.bytes));
    EXPECT_EQ(whole, bytewise);
    if (vector.expected == Expected::kAccept) {
      EXPECT_EQ(whole.messages.size(), 1u);
      EXPECT_EQ(whole.last, State::kNeedMore);
    }
    if (vector.expected == Expected::kReject) {
      EXPECT_TRUE(whole.messages.empty());
      EXPECT_EQ(whole.last, State::kRefused);
    }
  }
}

TEST(MessageReader, ReadsLengthAndChunkedBodiesOneAfterTheOther) {
  const std::string bytes =
      "POST /a?x=1 HTTP/1.1\r\nHost: h:1\r\nX-B:  two words \r\nContent-Length: 3\r\n\r\nabc"
      "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\nA;e=1\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n"
      "GET http://other/c HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::vector<std::string> want = {
      "POST|h:1|/a|x=1|host=h:1,x-b=two words,content-length=3,|abc",
      "POST|h|/b||host=h,transfer-encoding=chunked,|abc0123456789",
      "GET|other|/c||host=h,|",
  };
  EXPECT_EQ(read_at_once(bytes).messages, want);
  EXPECT_EQ(read_all(bytes, every_byte(bytes)).messages, want);
}

TEST(MessageReader, BoundsHeadersBodiesAndChunkOverhead) {
  ReaderLimits limits{.max_header_bytes = 200, .max_headers = 3, .max_body_bytes = 10};
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n";
  const auto status = [&](const std::string& bytes) {
    const Outcome whole = read_at_once(bytes, limits);
    EXPECT_EQ(whole, read_all(bytes, every_byte(bytes), limits));
    return whole.refused_with;
  };
  EXPECT_EQ(status(head + "X: " + std::string(300, 'a') + "\r\n\r\n"), 431);
  EXPECT_EQ(status(head + "X: " + std::string(300, 'a')), 431);
  EXPECT_EQ(status(head + "A: 1\r\nB: 1\r\n\r\n"), 0);
  EXPECT_EQ(status(head + "A: 1\r\nB: 1\r\nC: 1\r\n\r\n"), 431);
  EXPECT_EQ(status(head + "Content-Length: 10\r\n\r\n0123456789"), 0);
  EXPECT_EQ(status(head + "Content-Length: 11\r\n\r\n"), 413);
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(status(chunked + "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n"), 0);
  EXPECT_EQ(status(chunked + "5\r\n01234\r\n6\r\n"), 413);
  EXPECT_EQ(status(chunked + "1;" + std::string(40000, 'x') + "\r\n"), 400);
  EXPECT_EQ(status(chunked + std::string(40000, '0')), 400);
  std::string trailers = chunked + "0\r\n";
  for (int i = 0; i < 3000; ++i) trailers += "X: 12345678\r\n";
  EXPECT_EQ(status(trailers + "\r\n"), 400);
}

TEST(MessageReader, ViewsSurviveTheGrowthOfTheBuffer) {
  const std::string body(300000, 'b');
  const std::string bytes =
      "POST /path?q=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + body;
  MessageReader reader(MessageReader::Kind::kRequest, {});
  std::size_t from = 0;
  while (from < bytes.size()) {
    const std::size_t count = std::min<std::size_t>(1000, bytes.size() - from);
    feed(reader, std::string_view(bytes).substr(from, count));
    from += count;
    reader.advance();
  }
  ASSERT_EQ(reader.advance(), State::kComplete);
  EXPECT_EQ(reader.request().path, "/path");
  EXPECT_EQ(reader.request().query, "q=1");
  EXPECT_EQ(reader.request().header("content-length"), "300000");
  EXPECT_EQ(reader.request().body, body);
}

TEST(MessageReader, AHeaderThatOccursTwiceHasNoSingleValue) {
  MessageReader reader(MessageReader::Kind::kRequest, {});
  feed(reader, "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\nauthorization: y\r\n\r\n");
  ASSERT_EQ(reader.advance(), State::kComplete);
  EXPECT_EQ(reader.request().header("authorization"), "");
  EXPECT_EQ(reader.request().header_count("authorization"), 2u);
}

TEST(MessageReader, FindsTheSameRequestsHoweverTheBytesAreCut) {
  EXPECT_TRUE(rc::check([] {
    const std::vector<std::string> parts = {
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody",
        "POST /y HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
        "\r\n",
        "\n",
        "0",
        "5\r\n",
        "Content-Length: 1\r\n",
        "Host: b",
        " ",
    };
    std::string bytes;
    const auto picks = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 10));
    for (const int pick : picks) bytes += parts[static_cast<std::size_t>(pick)];
    std::vector<std::size_t> cuts;
    for (std::size_t i = 1; i < bytes.size(); ++i) {
      if (*rc::gen::inRange(0, 8) == 0) cuts.push_back(i);
    }
    cuts.push_back(bytes.size());
    RC_ASSERT(read_all(bytes, cuts) == read_at_once(bytes));
  }));
}

Outcome read_response(std::string_view bytes, bool to_head, bool at_end) {
  MessageReader reader(MessageReader::Kind::kResponse, {});
  reader.expect_response(1000, to_head);
  feed(reader, bytes);
  Outcome outcome;
  outcome.last = at_end ? reader.finish() : reader.advance();
  if (outcome.last == State::kComplete) {
    outcome.messages.push_back(std::to_string(reader.head().status) + "|" +
                               std::string(reader.body()) + "|" +
                               (reader.head().keep_alive ? "keep" : "close"));
  }
  return outcome;
}

TEST(MessageReader, FramesResponses) {
  const auto complete = [](std::string_view bytes, bool to_head = false, bool at_end = false) {
    const Outcome outcome = read_response(bytes, to_head, at_end);
    return outcome.messages.empty() ? std::string() : outcome.messages.front();
  };
  EXPECT_EQ(complete("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), "200|hi|keep");
  EXPECT_EQ(complete("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", true), "200||keep");
  EXPECT_EQ(complete("HTTP/1.1 204 No Content\r\n\r\n"), "204||keep");
  EXPECT_EQ(complete("HTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\n"), "304||keep");
  EXPECT_EQ(complete("HTTP/1.1 200 OK\r\n\r\nhi", false, true), "200|hi|close");
  EXPECT_EQ(complete("HTTP/1.1 200 OK\r\n\r\nhi"), "");
  EXPECT_EQ(complete("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", false, true), "");
  for (const char* bad :
       {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nhi",
        "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: 1\r\n B: 2\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n\r\n"}) {
    EXPECT_EQ(read_response(bad, false, false).last, State::kRefused) << bad;
  }
}

}  // namespace
}  // namespace ambit::net::internal
