// Looks a large registry through for damage while it is in use already, so that a start does not
// grow with it.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "base/result.h"
#include "sqlite/sqlite.h"

namespace ambit::storage::internal {

class LaterCheck {
 public:
  // A thread of its own, of the lowest priority, with a connection of its own.
  static Result<std::unique_ptr<LaterCheck>> start(const std::string& path);
  ~LaterCheck();
  LaterCheck(const LaterCheck&) = delete;
  LaterCheck& operator=(const LaterCheck&) = delete;

  bool done() const { return done_; }
  // What is wrong was found; for good.
  bool found_damage() const { return damaged_; }

 private:
  explicit LaterCheck(std::unique_ptr<sqlite::Database> database);
  void run();

  std::unique_ptr<sqlite::Database> database_;
  std::atomic<bool> done_ = false;
  std::atomic<bool> damaged_ = false;
  std::thread thread_;  // last, so that it starts when everything that it reads exists
};

}  // namespace ambit::storage::internal
