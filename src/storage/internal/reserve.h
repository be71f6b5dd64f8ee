// Space on the disk that is kept for what must not fail for want of it.
#pragma once

#include <string>

namespace ambit::storage::internal {

// A file of no content that occupies kBytes until they are needed. Not thread-safe.
class Reserve {
 public:
  static constexpr long kBytes = 2L << 20;

  // Does not touch the disk.
  explicit Reserve(std::string path);

  // Takes the space unless it is held already; false when the disk does not give it.
  bool take();
  // Gives it back to the disk; false when none was held.
  bool release();

 private:
  std::string path_;
  bool held_ = false;
};

}  // namespace ambit::storage::internal
