#include "net/internal/response_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace ambit::net::internal {
namespace {

constexpr std::array<std::string_view, 7> kOwnHeaders = {
    "content-length", "transfer-encoding", "connection", "date",
    "upgrade",        "trailer",           "keep-alive"};

bool is_own_header(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::find(kOwnHeaders.begin(), kOwnHeaders.end(), lower) != kOwnHeaders.end();
}

bool is_sendable_header(const HttpHeader& header) {
  return is_token(header.name) && is_field_value(header.value) && !is_own_header(header.name);
}

}  // namespace

bool is_sendable(const HttpResponse& response) {
  return response.status >= 200 && response.status <= 599 &&
         is_field_value(response.content_type) &&
         std::all_of(response.headers.begin(), response.headers.end(), is_sendable_header);
}

bool is_sendable_in_request(const HttpHeader& header) {
  constexpr std::string_view kHost = "host";
  const bool is_host = header.name.size() == kHost.size() &&
                       std::equal(header.name.begin(), header.name.end(), kHost.begin(),
                                  [](char a, char b) { return (a | 0x20) == b; });
  return is_sendable_header(header) && !is_host;
}

void append_response_head(std::string& out, const HttpResponse& response, std::string_view date,
                          std::string_view framing, ConnectionHeader connection) {
  std::array<char, 4> status{};
  std::to_chars(status.data(), status.data() + status.size(), response.status);
  out.append("HTTP/1.1 ").append(status.data(), 3).append(" ");
  out.append(reason_phrase(response.status)).append("\r\nDate: ").append(date).append("\r\n");
  if (!response.content_type.empty()) {
    out.append("Content-Type: ").append(response.content_type).append("\r\n");
  }
  out.append(framing);
  if (connection == ConnectionHeader::kClose) out.append("Connection: close\r\n");
  if (connection == ConnectionHeader::kKeepAlive) out.append("Connection: keep-alive\r\n");
  for (const HttpHeader& header : response.headers) {
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  out.append("\r\n");
}

std::string http_date(Time time) {
  using namespace std::chrono;
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_seconds instant{std::chrono::seconds{time.ms / 1000}};
  const auto day = floor<days>(instant);
  const year_month_day date{day};
  const hh_mm_ss clock{instant - day};
  std::array<char, 40> out{};
  const int n = std::snprintf(
      out.data(), out.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
      kDays[weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
      kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return {out.data(), static_cast<std::size_t>(n)};
}

}  // namespace ambit::net::internal
