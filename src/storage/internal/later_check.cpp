#include "storage/internal/later_check.h"

#include <chrono>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace ambit::storage::internal {

Result<std::unique_ptr<LaterCheck>> LaterCheck::start(const std::string& path) {
  AMBIT_TRY(auto database, sqlite::Database::open(path));
  database->never_checkpoint();
  AMBIT_CHECK_OK(database->execute("PRAGMA query_only = ON; PRAGMA cache_size = -2048"));
  return std::unique_ptr<LaterCheck>(new LaterCheck(std::move(database)));
}

LaterCheck::LaterCheck(std::unique_ptr<sqlite::Database> database)
    : database_(std::move(database)), thread_([this] { run(); }) {}

LaterCheck::~LaterCheck() {
  // An interrupt that comes before the work began does nothing.
  while (!done_) {
    database_->interrupt();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  thread_.join();
}

void LaterCheck::run() {
  // Of this thread alone, as Linux has it.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), 19);
  const auto health = database_->text("PRAGMA quick_check(1)");
  damaged_ = health ? *health != "ok" : health.error().reason == "store.corrupt";
  done_ = true;
}

}  // namespace ambit::storage::internal
