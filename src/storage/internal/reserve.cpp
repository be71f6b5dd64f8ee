#include "storage/internal/reserve.h"

#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace ambit::storage::internal {

Reserve::Reserve(std::string path) : path_(std::move(path)) {}

bool Reserve::take() {
  if (held_) return true;
  const int descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return false;
  held_ = ::posix_fallocate(descriptor, 0, kBytes) == 0;
  ::close(descriptor);
  // What was allocated before it failed would be held by nobody.
  if (!held_) ::unlink(path_.c_str());
  return held_;
}

bool Reserve::release() {
  if (!held_ || ::unlink(path_.c_str()) != 0) return false;
  held_ = false;
  return true;
}

}  // namespace ambit::storage::internal
