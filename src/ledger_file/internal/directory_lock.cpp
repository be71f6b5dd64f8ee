#include "ledger_file/internal/directory_lock.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace ambit::ledger_file::internal {

Result<Fd> lock_directory(FileOps& ops, const std::string& directory) {
  const std::string path = directory + "/LOCK";
  AMBIT_TRY(Fd lock, open_file(path, O_RDWR | O_CREAT));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    AMBIT_TRY(std::string holder, read_at(lock.get(), path, 0, 32));
    while (!holder.empty() && holder.back() == '\n') holder.pop_back();
    return fail(Code::kConflict, "ledger.locked",
                "the ledger in `" + directory + "` is in use by process " + holder);
  }
  if (::ftruncate(lock.get(), 0) != 0) return io_error("cut", path, errno);
  AMBIT_CHECK_OK(write_all(ops, lock.get(), path, std::to_string(::getpid()) + "\n", 0));
  return lock;
}

}  // namespace ambit::ledger_file::internal
