#include "crypto/secret.h"

#include <array>
#include <gtest/gtest.h>
#include <memory>
#include <new>
#include <ostream>
#include <type_traits>

namespace ambit::crypto {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) { out << value; };

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);
static_assert(!Printable<SecretBytes>);
static_assert(!std::is_convertible_v<SecretBytes, std::string_view>);
static_assert(!std::is_convertible_v<std::string, SecretBytes>);

bool holds(const void* memory, std::size_t size, std::string_view needle) {
  return std::string_view(static_cast<const char*>(memory), size).find(needle) !=
         std::string_view::npos;
}

TEST(SecretBytes, ExposesWhatItWasGiven) {
  const SecretBytes secret("hunter2");
  EXPECT_EQ(secret.expose(), "hunter2");
  EXPECT_FALSE(secret.empty());
  EXPECT_TRUE(SecretBytes().empty());
}

TEST(SecretBytes, MovingLeavesNothingInTheSource) {
  SecretBytes from("short-one");
  const SecretBytes to(std::move(from));
  EXPECT_EQ(to.expose(), "short-one");
  EXPECT_TRUE(from.empty());
  EXPECT_FALSE(holds(&from, sizeof from, "short"));

  SecretBytes assigned("old-value");
  SecretBytes source("new-value");
  assigned = std::move(source);
  EXPECT_EQ(assigned.expose(), "new-value");
  EXPECT_FALSE(holds(&source, sizeof source, "new-v"));
}

TEST(SecretBytes, MovingIntoItselfKeepsTheValue) {
  SecretBytes secret("value");
  SecretBytes& same = secret;
  secret = std::move(same);
  EXPECT_EQ(secret.expose(), "value");
}

TEST(Wipe, OverwritesSpareCapacityToo) {
  std::string bytes(100, 's');
  const char* const memory = bytes.data();
  bytes.resize(3);
  wipe(bytes);
  EXPECT_TRUE(bytes.empty());
  bytes.resize(bytes.capacity());  // makes the spare bytes readable; the first 100 were secret
  EXPECT_EQ(bytes.data(), memory);
  EXPECT_FALSE(holds(bytes.data(), bytes.size(), "s"));
}

}  // namespace
}  // namespace ambit::crypto
