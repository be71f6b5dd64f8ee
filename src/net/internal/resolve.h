// Names to addresses, off the loop's thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

#include "base/result.h"
#include "net/event_loop.h"

namespace ambit::net::internal {

struct ResolvedAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  std::string text;  // numeric, without the port
};

using Resolved = std::function<void(Result<std::vector<ResolvedAddress>>)>;

// The system's resolver on a thread of its own, started by the first name. Destroying it waits for
// a look-up under way.
class Resolver {
 public:
  explicit Resolver(EventLoop& loop) : loop_(loop) {}
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Calls `done` once on the loop's thread, later. Fails with `net.resolve`. Loop thread only.
  void resolve(const std::string& host, std::uint16_t port, Resolved done);

 private:
  struct Job {
    std::string host;
    std::uint16_t port;
    Resolved done;
  };
  void work();

  EventLoop& loop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;  // guarded by mutex_
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ambit::net::internal
