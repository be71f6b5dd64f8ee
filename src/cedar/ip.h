// Cedar's `ipaddr`: an IPv4 or IPv6 address with a prefix length.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ambit::cedar {

// An address and the length of its network prefix; a single address has the full length. Bits after
// the prefix are kept: `10.0.0.1/24` and `10.0.0.0/24` are different values.
struct IpRange {
  bool is_v6 = false;
  std::array<std::uint8_t, 16> bytes{};  // IPv4 uses the first four, the rest are zero
  std::uint8_t prefix = 32;

  bool is_loopback() const;
  bool is_multicast() const;
  // True when every address of this range is in `other`; IPv4 and IPv6 never meet.
  bool is_in(const IpRange& other) const;

  friend auto operator<=>(const IpRange&, const IpRange&) = default;
};

// Reads `1.2.3.4`, `10.0.0.0/8`, `::1` or `fe80::/10`. Refuses leading zeros in IPv4 numbers and
// prefixes, IPv4 embedded in IPv6, zones and ports. Error reason `cedar.ip`.
Result<IpRange> parse_ip(std::string_view text);

// The form that parse_ip reads back to the same value; the prefix only when it is not full.
std::string to_text(const IpRange& ip);

}  // namespace ambit::cedar
