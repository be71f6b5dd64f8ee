// A connected, non-blocking socket with or without TLS.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "net/http.h"

namespace ambit::net::internal {

enum class IoStatus { kOk, kWantRead, kWantWrite, kEnd, kError };

struct IoResult {
  IoStatus status = IoStatus::kOk;
  std::size_t bytes = 0;
};

// Does not own the descriptor.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  virtual IoResult read(char* data, std::size_t size) = 0;
  // Writes `first` and then `second`, as much as goes. After a want the next call must begin with
  // the same bytes.
  virtual IoResult write(std::string_view first, std::string_view second) = 0;
  // Bytes can be read although the descriptor may not be readable.
  virtual bool pending() const { return false; }
  // Says goodbye in the stream's own protocol, as far as that goes without waiting.
  virtual void shutdown() {}
  virtual TlsInfo tls_info() const { return {}; }
  // What went wrong, after kError.
  virtual std::string error() const = 0;
  virtual bool failed_in_tls() const { return false; }
};

std::unique_ptr<ByteStream> plain_stream(int fd);

}  // namespace ambit::net::internal
