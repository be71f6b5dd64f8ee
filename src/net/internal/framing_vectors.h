// Test support: requests on which readers of HTTP are known to disagree, and what must become of
// each (RFC 9112 sections 2.2, 3, 5.1, 5.2, 6 and 7.1).
#pragma once

#include <string>
#include <vector>

namespace ambit::net::internal {

enum class Expected { kAccept, kReject, kEither };

struct FramingVector {
  const char* name;
  std::string bytes;
  Expected expected;
};

inline std::vector<FramingVector> framing_vectors() {
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::string te = start + "Transfer-Encoding: ";
  const std::string cl = start + "Content-Length: ";
  const std::string chunked = te + "chunked\r\n";
  const std::string five = "Content-Length: 5\r\n";
  const std::string end = "\r\nhello";
  const std::string last = "\r\n0\r\n\r\n";
  using enum Expected;
  return {
      {"plain length", cl + "5\r\n" + end, kAccept},
      {"length then chunked", cl + "5\r\nTransfer-Encoding: chunked\r\n" + last, kReject},
      {"chunked then length", chunked + five + last, kReject},
      {"gzip then length", te + "gzip\r\n" + five + end, kReject},
      {"length then gzip", cl + "5\r\nTransfer-Encoding: gzip\r\n" + end, kReject},
      {"gzip alone", te + "gzip\r\n" + end, kReject},
      {"chunked not last", te + "chunked, gzip\r\n" + last, kReject},
      {"unknown coding with length", te + "xchunked\r\n" + five + end, kReject},
      {"two encoding lines", chunked + "Transfer-Encoding: identity\r\n" + last, kReject},
      {"two equal lengths", cl + "5\r\n" + five + end, kReject},
      {"two different lengths", cl + "5\r\nContent-Length: 6\r\n" + end + "!", kReject},
      {"length list", cl + "5, 5\r\n" + end, kReject},
      {"length with plus", cl + "+5\r\n" + end, kReject},
      {"hexadecimal length", cl + "0x5\r\n" + end, kReject},
      {"space before colon", start + "Content-Length : 5\r\n" + end, kReject},
      {"folded header", start + "X-A: 1\r\n 2\r\n" + five + end, kReject},
      {"fold hides encoding", start + "X: y\r\n Transfer-Encoding: chunked\r\n" + five + end,
       kReject},
      {"bare LF lines", "POST / HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello", kReject},
      {"bare CR in value", start + "X-A: 1\rY\r\n" + five + end, kReject},
      {"NUL in value", start + std::string("X-A: 1\0Y\r\n", 10) + five + end, kReject},
      {"no host", "POST / HTTP/1.1\r\n" + five + end, kReject},
      {"two hosts", start + "Host: b\r\n" + five + end, kReject},
      {"chunk size with plus", chunked + "\r\n+5\r\nhello\r\n0\r\n\r\n", kReject},
      {"chunk size with 0x", chunked + "\r\n0x5\r\nhello\r\n0\r\n\r\n", kReject},
      {"chunk line ends with LF", chunked + "\r\n5\nhello\r\n0\r\n\r\n", kReject},
      {"chunk size overflows", chunked + "\r\n100000000000000005\r\nhello\r\n0\r\n\r\n", kReject},
      {"chunked before 1.1",
       "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
       kReject},
      {"absolute target", "POST http://b/ HTTP/1.1\r\nHost: a\r\n" + five + end, kAccept},
      {"space in target", "POST /a b HTTP/1.1\r\nHost: a\r\n" + five + end, kReject},
      {"version 1.9", "POST / HTTP/1.9\r\nHost: a\r\n" + five + end, kReject},
      {"leading empty line", "\r\n" + cl + "5\r\n" + end, kEither},
      // Beyond the published list.
      {"encoding with a space inside", te + "chun ked\r\n" + last, kReject},
      {"encoding with vertical tab",
       te +
           "\x0b"
           "chunked\r\n" +
           last,
       kReject},
      {"empty length", cl + "\r\n" + end, kReject},
      {"negative length", cl + "-5\r\n" + end, kReject},
      {"length beyond 64 bits", cl + "18446744073709551621\r\n" + end, kReject},
      {"fold in the first header", "POST / HTTP/1.1\r\n Host: a\r\n" + five + end, kReject},
      {"chunk shorter than its data", chunked + "\r\n4\r\nhello\r\n0\r\n\r\n", kReject},
      {"negative chunk size", chunked + "\r\n-5\r\nhello\r\n0\r\n\r\n", kReject},
      {"length among the trailers", chunked + "\r\n0\r\nContent-Length: 5\r\n\r\n", kReject},
      {"bad character in host", "POST / HTTP/1.1\r\nHost: a/b\r\n" + five + end, kReject},
      {"empty host", "POST / HTTP/1.1\r\nHost:\r\n" + five + end, kReject},
      {"connect", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", kReject},
      {"fragment in target", "POST /a#b HTTP/1.1\r\nHost: a\r\n" + five + end, kReject},
      {"chunked in mixed case", te + "Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", kAccept},
      {"chunk extension and trailer", chunked + "\r\n5;x=y\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
       kAccept},
  };
}

}  // namespace ambit::net::internal
