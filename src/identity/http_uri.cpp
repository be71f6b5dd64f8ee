#include "identity/internal/http_uri.h"

namespace ambit::identity::internal {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

bool is_unreserved(char c) {
  const char small = lower(c);
  return (small >= 'a' && small <= 'z') || is_digit(c) || c == '-' || c == '.' || c == '_' ||
         c == '~';
}

std::optional<unsigned> hex_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  const char small = lower(c);
  if (small >= 'a' && small <= 'f') return static_cast<unsigned>(small - 'a' + 10);
  return std::nullopt;
}

// RFC 3986 section 3.3: pchar and `/`, besides escapes.
bool is_path_char(char c) {
  return is_unreserved(c) || std::string_view("!$&'()*+,;=:@/").find(c) != std::string_view::npos;
}

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(segment.size());
  }
  return false;
}

std::optional<std::string> normalise_path(std::string_view path) {
  if (path.empty()) return "/";
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      if (!is_path_char(path[i])) return std::nullopt;
      out += path[i];
      continue;
    }
    if (i + 2 >= path.size()) return std::nullopt;
    const auto high = hex_value(path[i + 1]);
    const auto low = hex_value(path[i + 2]);
    if (!high || !low) return std::nullopt;
    const char c = static_cast<char>(*high << 4 | *low);
    if (is_unreserved(c)) {
      out += c;
    } else {
      out.append(1, '%').append(1, kHexDigits[*high]).append(1, kHexDigits[*low]);
    }
    i += 2;
  }
  if (has_dot_segment(out)) return std::nullopt;
  return out;
}

// Host, and port unless it is `default_port`. A host in brackets is an IPv6 address.
std::optional<std::string> normalise_authority(std::string_view authority,
                                               std::string_view default_port) {
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string host = lower(authority.substr(0, colon));
  const std::string_view port =
      colon == std::string_view::npos ? std::string_view() : authority.substr(colon + 1);
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  for (const char c : in_brackets ? std::string_view(host).substr(1, host.size() - 2) : host) {
    if (!is_unreserved(c) && !(in_brackets && c == ':')) return std::nullopt;
  }
  for (const char c : port) {
    if (!is_digit(c)) return std::nullopt;
  }
  if (host.empty()) return std::nullopt;
  if (!port.empty() && port != default_port) host.append(":").append(port);
  return host;
}

}  // namespace

std::optional<std::string> normalise_http_uri(std::string_view uri) {
  const std::size_t mark = uri.find("://");
  if (mark == std::string_view::npos) return std::nullopt;
  const std::string scheme = lower(uri.substr(0, mark));
  if (scheme != "http" && scheme != "https") return std::nullopt;
  std::string_view rest = uri.substr(mark + 3);
  rest = rest.substr(0, rest.find_first_of("?#"));
  const std::string_view authority = rest.substr(0, rest.find('/'));
  const auto host = normalise_authority(authority, scheme == "http" ? "80" : "443");
  const auto path = normalise_path(rest.substr(authority.size()));
  if (!host || !path) return std::nullopt;
  return scheme + "://" + *host + *path;
}

}  // namespace ambit::identity::internal
