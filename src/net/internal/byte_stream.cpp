#include "net/internal/byte_stream.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/uio.h>

namespace ambit::net::internal {
namespace {

class PlainStream : public ByteStream {
 public:
  explicit PlainStream(int fd) : fd_(fd) {}

  IoResult read(char* data, std::size_t size) override {
    const ssize_t count = ::recv(fd_, data, size, MSG_DONTWAIT);
    if (count > 0) return {IoStatus::kOk, static_cast<std::size_t>(count)};
    if (count == 0) return {IoStatus::kEnd};
    return failed(IoStatus::kWantRead);
  }

  IoResult write(std::string_view first, std::string_view second) override {
    std::array<iovec, 2> parts = {part(first), part(second)};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = second.empty() ? 1 : 2;
    const ssize_t count = ::sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) return {IoStatus::kOk, static_cast<std::size_t>(count)};
    return failed(IoStatus::kWantWrite);
  }

  std::string error() const override {
    return error_ == 0 ? "closed by the other side" : std::strerror(error_);
  }

 private:
  static iovec part(std::string_view bytes) {
    return {const_cast<char*>(bytes.data()), bytes.size()};
  }

  IoResult failed(IoStatus blocked) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {blocked};
    error_ = errno;
    return {IoStatus::kError};
  }

  int fd_;
  int error_ = 0;
};

}  // namespace

std::unique_ptr<ByteStream> plain_stream(int fd) { return std::make_unique<PlainStream>(fd); }

}  // namespace ambit::net::internal
