#include "net/fd_stream.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace ambit::net {

struct FdStream::Impl : std::enable_shared_from_this<FdStream::Impl> {
  Impl(EventLoop& loop_in, int fd, Options options_in)
      : loop(loop_in),
        options(options_in),
        watch(loop, fd, [this] { on_readable(); }, [this] { on_writable(); }) {}

  void on_readable();
  void on_writable();
  void end(Result<> why);
  void close();
  std::size_t unsent() const { return out.size() - sent; }

  EventLoop& loop;
  Options options;
  FdWatch watch;
  std::function<void(std::string_view)> data;
  std::function<void(Result<>)> closed;
  std::string out;
  std::size_t sent = 0;
  bool paused = false;
  bool open = true;
  bool closing = false;
  bool writing = false;
};

namespace {

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

Result<> io_failure(const char* what, int error) {
  return fail(Code::kUnavailable, "net.closed", std::string(what) + ": " + std::strerror(error));
}

}  // namespace

void FdStream::Impl::on_readable() {
  const auto self = shared_from_this();
  std::array<char, 16 << 10> buffer;
  if (!open || paused) return;
  const ssize_t count = ::read(watch.fd(), buffer.data(), buffer.size());
  if (count < 0 && !would_block(errno)) return end(io_failure("cannot read", errno));
  if (count == 0) return end({});
  if (count > 0) data({buffer.data(), static_cast<std::size_t>(count)});
  if (open && !paused) watch.arm_read();
}

void FdStream::Impl::on_writable() {
  const auto self = shared_from_this();
  writing = false;
  while (open && unsent() > 0) {
    const ssize_t count = ::write(watch.fd(), out.data() + sent, unsent());
    if (count < 0 && would_block(errno)) {
      writing = true;
      return watch.arm_write();
    }
    if (count < 0) return end(io_failure("cannot write", errno));
    sent += static_cast<std::size_t>(count);
  }
  out.clear();
  sent = 0;
  if (closing) close();
}

void FdStream::Impl::end(Result<> why) {
  if (!open) return;
  close();
  if (closed) std::exchange(closed, nullptr)(std::move(why));
}

void FdStream::Impl::close() {
  open = false;
  watch.close();
}

FdStream::FdStream(EventLoop& loop, int fd) : FdStream(loop, fd, Options{}) {}

FdStream::FdStream(EventLoop& loop, int fd, Options options) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  impl_ = std::make_shared<Impl>(loop, fd, options);
}

FdStream::~FdStream() { close(); }

void FdStream::start(std::function<void(std::string_view)> data,
                     std::function<void(Result<>)> closed) {
  impl_->data = std::move(data);
  impl_->closed = std::move(closed);
  impl_->watch.arm_read();
}

void FdStream::start_write_only(std::function<void(Result<>)> closed) {
  impl_->closed = std::move(closed);
}

bool FdStream::write(std::string_view bytes) {
  Impl& impl = *impl_;
  if (!impl.open || impl.closing || impl.unsent() + bytes.size() > impl.options.max_queued) {
    return false;
  }
  if (impl.sent > (64u << 10)) impl.out.erase(0, std::exchange(impl.sent, 0));
  impl.out.append(bytes);
  // Through the loop, so that an error of the write is never reported inside `write`.
  if (!std::exchange(impl.writing, true)) {
    impl.loop.post([stream = std::weak_ptr<Impl>(impl_)] {
      if (const auto self = stream.lock(); self && self->open) self->on_writable();
    });
  }
  return true;
}

std::size_t FdStream::queued() const { return impl_->unsent(); }

void FdStream::pause() { impl_->paused = true; }

void FdStream::resume() {
  impl_->paused = false;
  if (impl_->open) impl_->watch.arm_read();
}

void FdStream::close() { impl_->close(); }

void FdStream::close_when_written() {
  if (!impl_->open) return;
  if (impl_->unsent() == 0) return close();
  impl_->closing = true;
}

}  // namespace ambit::net
