// libsodium, made ready. Its functions choose their implementation in `sodium_init`.
#pragma once

#include <sodium.h>

namespace ambit::crypto::internal {

// Call before the first use of random numbers or signatures; cheap afterwards and thread-safe.
// Terminates when the operating system gives no randomness, as nothing can be kept safe then.
void ensure_sodium();

inline const unsigned char* bytes_of(const char* data) {
  return reinterpret_cast<const unsigned char*>(data);
}
inline unsigned char* bytes_of(char* data) { return reinterpret_cast<unsigned char*>(data); }

}  // namespace ambit::crypto::internal
