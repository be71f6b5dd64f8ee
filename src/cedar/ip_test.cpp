#include "cedar/ip.h"

#include <gtest/gtest.h>

namespace ambit::cedar {
namespace {

IpRange ip(std::string_view text) { return parse_ip(text).value(); }

TEST(IpRange, ReadsWhatItPrints) {
  for (const char* text :
       {"0.0.0.0", "1.2.3.4", "255.255.255.255", "10.0.0.0/8", "1.2.3.4/0", "0:0:0:0:0:0:0:1",
        "fe80:0:0:0:0:0:0:0/10", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}) {
    EXPECT_EQ(to_text(ip(text)), text);
  }
}

TEST(IpRange, TakesAGapForOneGroupOrMore) {
  EXPECT_EQ(ip("::"), ip("0:0:0:0:0:0:0:0"));
  EXPECT_EQ(ip("1::"), ip("1:0:0:0:0:0:0:0"));
  EXPECT_EQ(ip("::8"), ip("0:0:0:0:0:0:0:8"));
  EXPECT_EQ(ip("1::8"), ip("1:0:0:0:0:0:0:8"));
  EXPECT_EQ(ip("1:2:3:4:5:6:7::"), ip("1:2:3:4:5:6:7:0"));
  EXPECT_EQ(ip("ABCD::ef"), ip("abcd::EF"));
}

TEST(IpRange, RefusesWhatIsNoAddress) {
  for (const char* text : {"",
                           " 1.2.3.4",
                           "1.2.3.4 ",
                           "1.2.3",
                           "1.2.3.4.5",
                           "1.2.3.256",
                           "01.2.3.4",
                           "1.2.3.-4",
                           "1.2.3.4/",
                           "1.2.3.4/33",
                           "1.2.3.4/08",
                           "1.2.3.4/+8",
                           "1.2.3.4/8/8",
                           "1.2.3.4:80",
                           ":1",
                           ":::",
                           "1::2::3",
                           "12345::",
                           "00001::",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8::",
                           "1::2:3:4:5:6:7:8",
                           "1:2:3:4:5:6:7:8:9",
                           "::ffff:1.2.3.4",
                           "fe80::1%eth0",
                           "[::1]",
                           "::1/129",
                           "::1/0128",
                           "::g"}) {
    const auto result = parse_ip(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().reason, "cedar.ip");
  }
}

TEST(IpRange, KnowsLoopbackAndMulticastOnlyForWholeRanges) {
  EXPECT_TRUE(ip("127.0.0.1").is_loopback());
  EXPECT_TRUE(ip("127.1.2.3/8").is_loopback());
  EXPECT_FALSE(ip("127.1.2.3/7").is_loopback());
  EXPECT_FALSE(ip("128.0.0.1").is_loopback());
  EXPECT_TRUE(ip("::1").is_loopback());
  EXPECT_FALSE(ip("::1/127").is_loopback());
  EXPECT_FALSE(ip("::2").is_loopback());
  EXPECT_TRUE(ip("224.0.0.1/4").is_multicast());
  EXPECT_TRUE(ip("239.255.255.255").is_multicast());
  EXPECT_FALSE(ip("224.0.0.1/3").is_multicast());
  EXPECT_FALSE(ip("240.0.0.1").is_multicast());
  EXPECT_TRUE(ip("ff00::/8").is_multicast());
  EXPECT_FALSE(ip("ff00::/7").is_multicast());
  EXPECT_FALSE(ip("fe00::").is_multicast());
}

TEST(IpRange, LiesInARangeThatHoldsAllOfIt) {
  EXPECT_TRUE(ip("1.2.3.4").is_in(ip("1.2.3.0/24")));
  EXPECT_TRUE(ip("1.2.3.0/24").is_in(ip("1.2.3.99/24")));
  EXPECT_FALSE(ip("1.2.3.0/24").is_in(ip("1.2.3.4")));
  EXPECT_FALSE(ip("1.2.4.1").is_in(ip("1.2.3.0/24")));
  EXPECT_TRUE(ip("1.2.3.0/24").is_in(ip("0.0.0.0/0")));
  EXPECT_TRUE(ip("10.128.0.0/9").is_in(ip("10.255.0.0/9")));
  EXPECT_FALSE(ip("10.127.0.0/9").is_in(ip("10.255.0.0/9")));
  EXPECT_TRUE(ip("fe80::1").is_in(ip("fe80::/10")));
  EXPECT_FALSE(ip("fec0::1").is_in(ip("fe80::/10")));
  EXPECT_FALSE(ip("::1").is_in(ip("0.0.0.0/0")));
}

TEST(IpRange, KeepsTheBitsBehindThePrefix) {
  EXPECT_EQ(ip("1.2.3.4"), ip("1.2.3.4/32"));
  EXPECT_NE(ip("10.0.0.1/24"), ip("10.0.0.0/24"));
  EXPECT_NE(ip("1.2.3.4/0"), ip("0.0.0.0/0"));
}

}  // namespace
}  // namespace ambit::cedar
