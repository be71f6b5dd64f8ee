// What the service needs of the machine it runs on: time, threads, and what a path really names.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace ambit::ports {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
};

// Runs work later, in the order it was posted. Thread-safe.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual void post(std::function<void()> work) = 0;
};

class Timers {
 public:
  virtual ~Timers() = default;
  // Runs `work` once on the loop, `wait` from now; returns a handle for `cancel`.
  virtual std::uint64_t after(Duration wait, std::function<void()> work) = 0;
  virtual void cancel(std::uint64_t timer) = 0;
};

// Turns a path as an agent wrote it into what it really names.
class Paths {
 public:
  virtual ~Paths() = default;
  // Absolute, without `.` and `..`, every symbolic link followed, for as much of the path as
  // exists; the rest is appended as written. `base` (absolute) anchors a relative path. Refuses
  // what two programs could read differently (`target.ambiguous`): empty, over 4096 bytes, control
  // characters, backslashes, a leading `~`, white space or quotes at either end.
  virtual Result<std::string> resolve(std::string_view path, std::string_view base) const = 0;
};

}  // namespace ambit::ports
