#include "crypto/random.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "crypto/internal/sodium.h"
#include "text/base64url.h"

namespace ambit::crypto {
namespace internal {

void ensure_sodium() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) {
    std::fputs("ambit: libsodium cannot start: no randomness from the operating system\n", stderr);
    std::abort();
  }
}

}  // namespace internal

namespace {

constexpr std::string_view kCrockford = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kTokenBytes = 32;

void append_base32(std::string& out, std::uint64_t value, unsigned characters) {
  for (unsigned i = characters; i-- > 0;) out += kCrockford[value >> (5 * i) & 31];
}

}  // namespace

std::string random_bytes(std::size_t count) {
  internal::ensure_sodium();
  std::string out(count, '\0');
  randombytes_buf(out.data(), out.size());
  return out;
}

std::string random_token(std::string_view prefix) {
  return std::string(prefix) + text::to_base64url(random_bytes(kTokenBytes));
}

std::string random_id(std::string_view prefix, Time now) {
  internal::ensure_sodium();
  std::uint64_t random[2];
  randombytes_buf(random, sizeof random);
  constexpr std::uint64_t k40Bits = (1ULL << 40) - 1;
  std::string out;
  out.reserve(prefix.size() + 26);
  out.append(prefix);
  append_base32(out, static_cast<std::uint64_t>(now.ms) & ((1ULL << 48) - 1), 10);
  append_base32(out, random[0] & k40Bits, 8);
  append_base32(out, random[1] & k40Bits, 8);
  return out;
}

}  // namespace ambit::crypto
