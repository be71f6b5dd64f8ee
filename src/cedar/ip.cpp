#include "cedar/ip.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <vector>

namespace ambit::cedar {
namespace {

constexpr std::size_t kV4Bits = 32;
constexpr std::size_t kV6Bits = 128;
constexpr std::size_t kV6Groups = 8;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A decimal number without sign or leading zero, at most `max`.
std::optional<unsigned> read_number(std::string_view text, unsigned max) {
  if (text.empty() || text.size() > 3 || !std::all_of(text.begin(), text.end(), is_digit)) {
    return std::nullopt;
  }
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  unsigned value = 0;
  for (char c : text) value = value * 10 + static_cast<unsigned>(c - '0');
  if (value > max) return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

bool read_v4(std::string_view text, IpRange& ip) {
  const auto parts = split(text, '.');
  if (parts.size() != 4) return false;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto octet = read_number(parts[i], 255);
    if (!octet) return false;
    ip.bytes[i] = static_cast<std::uint8_t>(*octet);
  }
  return true;
}

std::optional<unsigned> read_hex_group(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  unsigned value = 0;
  for (char c : text) {
    unsigned digit = 0;
    if (is_digit(c)) {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<unsigned>(c - 'A') + 10;
    } else {
      return std::nullopt;
    }
    value = value * 16 + digit;
  }
  return value;
}

// The groups of one side of `::`; nothing at all is no group.
std::optional<std::vector<unsigned>> read_groups(std::string_view text) {
  std::vector<unsigned> groups;
  if (text.empty()) return groups;
  for (std::string_view part : split(text, ':')) {
    const auto group = read_hex_group(part);
    if (!group) return std::nullopt;
    groups.push_back(*group);
  }
  return groups;
}

bool read_v6(std::string_view text, IpRange& ip) {
  const auto gap = text.find("::");
  const auto head = read_groups(text.substr(0, gap));
  const auto tail =
      gap == std::string_view::npos ? std::vector<unsigned>{} : read_groups(text.substr(gap + 2));
  if (!head || !tail) return false;
  const std::size_t given = head->size() + tail->size();
  // `::` stands for at least one group.
  if (gap == std::string_view::npos ? given != kV6Groups : given >= kV6Groups) return false;
  const auto put = [&](std::size_t index, unsigned group) {
    ip.bytes[2 * index] = static_cast<std::uint8_t>(group >> 8);
    ip.bytes[2 * index + 1] = static_cast<std::uint8_t>(group & 0xff);
  };
  for (std::size_t i = 0; i < head->size(); ++i) put(i, (*head)[i]);
  for (std::size_t i = 0; i < tail->size(); ++i) put(kV6Groups - tail->size() + i, (*tail)[i]);
  return true;
}

// Bit `index` of the address, the most significant first.
bool bit(const IpRange& ip, std::size_t index) {
  return ((ip.bytes[index / 8] >> (7 - index % 8)) & 1) != 0;
}

tl::unexpected<Error> bad_ip(std::string_view text) {
  return fail(
      Code::kInvalid, "cedar.ip",
      "`" + std::string(text) +
          "` is not an IP address or range, such as `10.0.0.1`, `10.0.0.0/8` or `fe80::/10`");
}

}  // namespace

bool IpRange::is_loopback() const {
  if (!is_v6) return bytes[0] == 127 && prefix >= 8;
  return std::all_of(bytes.begin(), bytes.end() - 1, [](auto b) { return b == 0; }) &&
         bytes[15] == 1 && prefix == kV6Bits;
}

bool IpRange::is_multicast() const {
  if (!is_v6) return (bytes[0] & 0xf0) == 0xe0 && prefix >= 4;
  return bytes[0] == 0xff && prefix >= 8;
}

bool IpRange::is_in(const IpRange& other) const {
  if (is_v6 != other.is_v6 || prefix < other.prefix) return false;
  for (std::size_t i = 0; i < other.prefix; ++i) {
    if (bit(*this, i) != bit(other, i)) return false;
  }
  return true;
}

Result<IpRange> parse_ip(std::string_view text) {
  IpRange ip;
  const auto slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  ip.is_v6 = address.find(':') != std::string_view::npos;
  const std::size_t full = ip.is_v6 ? kV6Bits : kV4Bits;
  if (!(ip.is_v6 ? read_v6(address, ip) : read_v4(address, ip))) return bad_ip(text);
  ip.prefix = static_cast<std::uint8_t>(full);
  if (slash != std::string_view::npos) {
    const auto prefix = read_number(text.substr(slash + 1), static_cast<unsigned>(full));
    if (!prefix) return bad_ip(text);
    ip.prefix = static_cast<std::uint8_t>(*prefix);
  }
  return ip;
}

std::string to_text(const IpRange& ip) {
  std::string out;
  char buffer[8];
  const std::size_t groups = ip.is_v6 ? kV6Groups : 4;
  for (std::size_t i = 0; i < groups; ++i) {
    if (i > 0) out += ip.is_v6 ? ':' : '.';
    const unsigned group =
        ip.is_v6 ? static_cast<unsigned>(ip.bytes[2 * i] << 8) | ip.bytes[2 * i + 1] : ip.bytes[i];
    std::snprintf(buffer, sizeof buffer, ip.is_v6 ? "%x" : "%u", group);
    out += buffer;
  }
  if (ip.prefix != (ip.is_v6 ? kV6Bits : kV4Bits)) out += "/" + std::to_string(ip.prefix);
  return out;
}

}  // namespace ambit::cedar
