#include "net/internal/resolve.h"

#include <cstring>
#include <memory>
#include <netdb.h>
#include <utility>

#include "net/internal/socket.h"

namespace ambit::net::internal {
namespace {

Result<std::vector<ResolvedAddress>> look_up(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code != 0) {
    return fail(Code::kUnavailable, "net.resolve",
                "cannot resolve `" + host + "`: " + ::gai_strerror(code));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  std::vector<ResolvedAddress> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    ResolvedAddress address;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.length = entry->ai_addrlen;
    address.text = peer_of(address.storage).address;
    addresses.push_back(std::move(address));
  }
  return addresses;
}

}  // namespace

Resolver::~Resolver() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Resolver::resolve(const std::string& host, std::uint16_t port, Resolved done) {
  ResolvedAddress numeric;
  numeric.length = numeric_address(host, port, numeric.storage);
  if (numeric.length != 0) {
    numeric.text = host;
    loop_.post([numeric = std::move(numeric), done = std::move(done)] {
      done(std::vector<ResolvedAddress>{numeric});
    });
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({host, port, std::move(done)});
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  changed_.notify_one();
}

void Resolver::work() {
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    auto result = look_up(job.host, job.port);
    loop_.post([result = std::move(result), done = std::move(job.done)]() mutable {
      done(std::move(result));
    });
  }
}

}  // namespace ambit::net::internal
