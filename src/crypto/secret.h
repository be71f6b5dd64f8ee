// Bytes that must not leak: wiped when destroyed, not copied, never printed.
#pragma once

#include <string>
#include <string_view>

namespace ambit::crypto {

// Overwrites all that `bytes` holds, its spare capacity included, and empties it.
void wipe(std::string& bytes);

class SecretBytes {
 public:
  SecretBytes() = default;
  // Takes the bytes over; the argument is wiped if its bytes had to be copied.
  explicit SecretBytes(std::string bytes);
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  // The bytes themselves; the name makes each use easy to find and to justify.
  std::string_view expose() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }

 private:
  std::string bytes_;
};

}  // namespace ambit::crypto
