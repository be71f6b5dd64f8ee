// Bytes in and out of a pipe or socket, such as a child's standard input and output.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/event_loop.h"

namespace ambit::net {

// Loop thread only. A callback may destroy the stream.
class FdStream {
 public:
  struct Options {
    // Bytes that may wait to be written.
    std::size_t max_queued = 8u << 20;
  };

  // Takes `fd` and makes it non-blocking; it is closed with the stream.
  FdStream(EventLoop& loop, int fd);
  FdStream(EventLoop& loop, int fd, Options options);
  ~FdStream();
  FdStream(const FdStream&) = delete;
  FdStream& operator=(const FdStream&) = delete;

  // Starts reading. `data` gets the bytes as they come, valid during the call. `closed` is called
  // once, at end of file (no error) or on a read or write error.
  void start(std::function<void(std::string_view)> data, std::function<void(Result<>)> closed);

  // For a descriptor that is only written: `closed` is called once on a write error.
  void start_write_only(std::function<void(Result<>)> closed);

  // Queues `bytes`. False, and nothing queued, when the queue would exceed its bound or the stream
  // is closed.
  [[nodiscard]] bool write(std::string_view bytes);

  // Bytes queued and not yet written.
  std::size_t queued() const;

  // Backpressure towards the writer at the other end.
  void pause();
  void resume();

  // Closes at once; no callback comes after. Idempotent.
  void close();

  // Closes once what is queued has been written.
  void close_when_written();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace ambit::net
