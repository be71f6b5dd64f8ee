// TLS 1.2 and 1.3 over non-blocking sockets. Alone sees OpenSSL's TLS interface.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/internal/byte_stream.h"

namespace ambit::net::internal {

// Certificates, keys and trust of one server or client; shared by its connections.
class TlsContext {
 public:
  virtual ~TlsContext() = default;

  // Server side of `fd`. The handshake happens inside the first reads and writes.
  virtual Result<std::unique_ptr<ByteStream>> accept(int fd) = 0;
  // Client side of `fd`. The peer must show a certificate for `host`, a name or an IP address.
  virtual Result<std::unique_ptr<ByteStream>> connect(int fd, const std::string& host) = 0;
};

// Fails with `net.tls` when a file cannot be read or the key does not fit the certificate.
Result<std::shared_ptr<TlsContext>> tls_server_context(const TlsServerOptions& options);
Result<std::shared_ptr<TlsContext>> tls_client_context(const ClientOptions& options);

}  // namespace ambit::net::internal
