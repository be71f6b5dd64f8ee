// Which keys instances had, in eight bytes each: a key may never serve a second instance, so that
// these are kept for ever.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace ambit::service {

// A set of thumbprints by the first eight bytes of their SHA-256. That a new key meets a mark of
// another one has odds of one to 2^64 for each that is known, and then it is refused.
class KeyMarks {
 public:
  void insert(std::string_view thumbprint);
  bool contains(std::string_view thumbprint) const;

  // All of them, ascending.
  std::vector<std::uint64_t> sorted() const;
  static KeyMarks from_sorted(std::vector<std::uint64_t> marks);

 private:
  // INVARIANT: both ascending and without duplicates; `recent_` is short, and merged when it is
  // not.
  std::vector<std::uint64_t> settled_;
  std::vector<std::uint64_t> recent_;
};

}  // namespace ambit::service
