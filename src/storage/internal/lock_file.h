// One owner of a file at a time, across processes and within one.
#pragma once

#include <string>

#include "base/result.h"

namespace ambit::storage::internal {

// Holds an exclusive lock on a file that names its owner's pid. The kernel releases it when the
// process dies. The file stays, because removing it would let two owners hold two files.
class LockFile {
 public:
  // `store.locked`, naming the owner, when somebody holds it; `store.unopenable` when the file
  // cannot be made.
  static Result<LockFile> acquire(const std::string& path);

  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&& other) noexcept;
  ~LockFile();

 private:
  explicit LockFile(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

}  // namespace ambit::storage::internal
