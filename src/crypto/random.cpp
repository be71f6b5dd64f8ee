#include "crypto/random.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>

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

using IdBits = std::array<std::uint64_t, 2>;

// The system is asked for several ids at once; what one has taken is not kept. Ids are no secrets:
// tokens never come from here.
IdBits next_id_bits() {
  internal::ensure_sodium();
  thread_local std::array<IdBits, 16> ahead;
  thread_local std::size_t left = 0;
  if (left == 0) {
    randombytes_buf(ahead.data(), sizeof ahead);
    left = ahead.size();
  }
  return std::exchange(ahead[--left], {});
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
  const IdBits random = next_id_bits();
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
