#include "app/listen_address.h"

#include <gtest/gtest.h>

namespace ambit::app {
namespace {

TEST(ListenAddress, LoopbackNeedsNoTls) {
  for (const char* address : {"127.0.0.1", "127.8.9.10", "::1"}) {
    const auto checked = check_listen_address(address, false);
    ASSERT_TRUE(checked) << address;
    EXPECT_TRUE(checked->is_loopback);
    EXPECT_FALSE(checked->is_any);
  }
}

TEST(ListenAddress, EverythingElseDoes) {
  for (const char* address :
       {"0.0.0.0", "::", "192.168.1.1", "10.0.0.1", "128.0.0.1", "fe80::1", "::ffff:127.0.0.1"}) {
    const auto plain = check_listen_address(address, false);
    ASSERT_FALSE(plain) << address;
    EXPECT_EQ(plain.error().reason, "serve.insecure");
    EXPECT_TRUE(check_listen_address(address, true)) << address;
  }
  EXPECT_TRUE(check_listen_address("0.0.0.0", true)->is_any);
  EXPECT_TRUE(check_listen_address("::", true)->is_any);
}

TEST(ListenAddress, NamesAreNoAddresses) {
  for (const char* address : {"localhost", "", "127.1", "1.2.3.4.5", "[::1]", "127.0.0.1:80"}) {
    const auto checked = check_listen_address(address, true);
    ASSERT_FALSE(checked) << address;
    EXPECT_EQ(checked.error().reason, "serve.address");
  }
}

TEST(ListenAddress, WritesItsAuthority) {
  EXPECT_EQ(check_listen_address("127.0.0.1", false)->authority(7700), "127.0.0.1:7700");
  EXPECT_EQ(check_listen_address("::1", false)->authority(7700), "[::1]:7700");
}

}  // namespace
}  // namespace ambit::app
