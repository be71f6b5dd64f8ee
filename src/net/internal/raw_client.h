// Test support: a client that sends exactly the bytes it is told, on the loop under test.
#pragma once

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <memory>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

#include "net/event_loop.h"

namespace ambit::net::internal {

constexpr Duration kPatience = seconds(20);

class RawClient {
 public:
  RawClient(EventLoop& loop, std::uint16_t port, int receive_buffer = 0) : loop_(loop) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) throw std::runtime_error("no socket");
    if (receive_buffer != 0) {
      ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    watch_ = std::make_unique<FdWatch>(loop, fd, [this] { on_readable(); });
    watch_->arm_read();
  }

  bool connected() const { return connected_; }
  void send(std::string_view bytes) {
    (void)!::send(watch_->fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void finish_sending() { ::shutdown(watch_->fd(), SHUT_WR); }
  void close() { watch_->close(); }
  // Leaves what comes unread from now on.
  void stop_reading() { reading_ = false; }

  const std::string& received() const { return received_; }
  bool ended() const { return ended_; }

  // Runs the loop until `text` has been received.
  bool wait_for(std::string_view text) {
    return loop_.run_until([&] { return received_.find(text) != std::string::npos || ended_; },
                           kPatience) &&
           received_.find(text) != std::string::npos;
  }
  // Runs the loop until the server has closed.
  bool wait_for_end() {
    return loop_.run_until([&] { return ended_; }, kPatience);
  }
  // What has been received, which is then forgotten.
  std::string take() { return std::exchange(received_, {}); }

 private:
  void on_readable() {
    std::array<char, 65536> buffer;
    if (!reading_) return;
    const ssize_t count = ::recv(watch_->fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) received_.append(buffer.data(), static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EAGAIN)) {
      ended_ = true;
      return;
    }
    watch_->arm_read();
  }

  EventLoop& loop_;
  std::unique_ptr<FdWatch> watch_;
  std::string received_;
  bool connected_ = false;
  bool ended_ = false;
  bool reading_ = true;
};

}  // namespace ambit::net::internal
