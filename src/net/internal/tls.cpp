#include "net/internal/tls.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace ambit::net::internal {
namespace {

struct Deleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};
template <class T>
using Owned = std::unique_ptr<T, Deleter>;

constexpr std::size_t kRecord = 16u << 10;

std::string last_error() {
  std::array<char, 256> text{};
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unknown error";
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

tl::unexpected<Error> tls_failure(const std::string& what) {
  return fail(Code::kInvalid, "net.tls", what + ": " + last_error());
}

class TlsStream : public ByteStream {
 public:
  explicit TlsStream(Owned<SSL> ssl) : ssl_(std::move(ssl)) {}

  IoResult read(char* data, std::size_t size) override {
    ERR_clear_error();
    std::size_t count = 0;
    const int code = SSL_read_ex(ssl_.get(), data, size, &count);
    return code == 1 ? IoResult{IoStatus::kOk, count} : failed(code);
  }

  // One record carries the head and the body of a small response together.
  IoResult write(std::string_view first, std::string_view second) override {
    std::array<char, kRecord> joined;
    std::string_view bytes = first.empty() ? second : first;
    if (!first.empty() && !second.empty() && first.size() < kRecord) {
      const std::size_t more = std::min(second.size(), kRecord - first.size());
      std::memcpy(joined.data(), first.data(), first.size());
      std::memcpy(joined.data() + first.size(), second.data(), more);
      bytes = {joined.data(), first.size() + more};
    }
    ERR_clear_error();
    std::size_t count = 0;
    const int code = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
    return code == 1 ? IoResult{IoStatus::kOk, count} : failed(code);
  }

  bool pending() const override { return SSL_pending(ssl_.get()) > 0; }

  void shutdown() override {
    if (broken_ || SSL_is_init_finished(ssl_.get()) == 0) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }

  TlsInfo tls_info() const override {
    TlsInfo info;
    info.active = true;
    const Owned<X509> certificate(SSL_get1_peer_certificate(ssl_.get()));
    if (!certificate) return info;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size) == 1) {
      info.client_certificate_sha256.assign(reinterpret_cast<const char*>(digest.data()), size);
    }
    return info;
  }

  std::string error() const override { return error_; }
  bool failed_in_tls() const override { return failed_in_tls_; }

 private:
  IoResult failed(int code) {
    if (broken_) return {IoStatus::kError};  // what comes after the first error says less
    switch (SSL_get_error(ssl_.get(), code)) {
      case SSL_ERROR_WANT_READ: return {IoStatus::kWantRead};
      case SSL_ERROR_WANT_WRITE: return {IoStatus::kWantWrite};
      case SSL_ERROR_ZERO_RETURN: return {IoStatus::kEnd};
      case SSL_ERROR_SYSCALL:
        error_ = errno == 0 ? "connection closed" : std::strerror(errno);
        break;
      default: {
        const long verified = SSL_get_verify_result(ssl_.get());
        error_ = last_error();
        if (verified != X509_V_OK) {
          error_ = std::string("certificate: ") + X509_verify_cert_error_string(verified);
        }
        failed_in_tls_ = true;
      }
    }
    broken_ = true;
    return {IoStatus::kError};
  }

  Owned<SSL> ssl_;
  std::string error_;
  bool broken_ = false;
  bool failed_in_tls_ = false;
};

// HTTP/1.1 is all we speak; a client that offers only other protocols goes on without ALPN.
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* in, unsigned int in_size, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kHttp11, sizeof kHttp11 - 1, in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

class Context : public TlsContext {
 public:
  explicit Context(Owned<SSL_CTX> context) : context_(std::move(context)) {}

  Result<std::unique_ptr<ByteStream>> accept(int fd) override {
    AMBIT_TRY(Owned<SSL> ssl, make(fd));
    SSL_set_accept_state(ssl.get());
    return std::make_unique<TlsStream>(std::move(ssl));
  }

  Result<std::unique_ptr<ByteStream>> connect(int fd, const std::string& host) override {
    AMBIT_TRY(Owned<SSL> ssl, make(fd));
    std::array<unsigned char, 16> address{};
    const bool numeric = inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
                         inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
    const bool named =
        numeric ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str()) == 1
                : SSL_set_tlsext_host_name(ssl.get(), host.c_str()) == 1 &&
                      SSL_set1_host(ssl.get(), host.c_str()) == 1;
    if (!named) return tls_failure("cannot verify the name `" + host + "`");
    SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set_connect_state(ssl.get());
    return std::make_unique<TlsStream>(std::move(ssl));
  }

 private:
  Result<Owned<SSL>> make(int fd) {
    Owned<SSL> ssl(SSL_new(context_.get()));
    if (!ssl || SSL_set_fd(ssl.get(), fd) != 1) return tls_failure("cannot start TLS");
    return ssl;
  }

  Owned<SSL_CTX> context_;
};

Result<Owned<SSL_CTX>> make_context(const SSL_METHOD* method) {
  Owned<SSL_CTX> context(SSL_CTX_new(method));
  if (!context) return tls_failure("cannot set up TLS");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) {
    return tls_failure("cannot set the ciphers");
  }
  return context;
}

Result<> use_certificate(SSL_CTX* context, const std::string& certificate, const std::string& key) {
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return tls_failure("cannot use the certificate `" + certificate + "`");
  }
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return tls_failure("cannot use the key `" + key + "`");
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    return tls_failure("the key `" + key + "` does not belong to `" + certificate + "`");
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<TlsContext>> tls_server_context(const TlsServerOptions& options) {
  AMBIT_TRY(Owned<SSL_CTX> context, make_context(TLS_server_method()));
  AMBIT_CHECK_OK(use_certificate(context.get(), options.certificate_file, options.key_file));
  SSL_CTX_set_alpn_select_cb(context.get(), select_protocol, nullptr);
  if (!options.client_ca_file.empty()) {
    if (SSL_CTX_load_verify_file(context.get(), options.client_ca_file.c_str()) != 1) {
      return tls_failure("cannot use the client CA `" + options.client_ca_file + "`");
    }
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    // A resumed session is bound to this server's trust; the context id is required for that.
    constexpr unsigned char kId[] = "ambit";
    SSL_CTX_set_session_id_context(context.get(), kId, sizeof kId - 1);
  }
  return std::make_shared<Context>(std::move(context));
}

Result<std::shared_ptr<TlsContext>> tls_client_context(const ClientOptions& options) {
  AMBIT_TRY(Owned<SSL_CTX> context, make_context(TLS_client_method()));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const bool trust = options.ca_file.empty()
                         ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                         : SSL_CTX_load_verify_file(context.get(), options.ca_file.c_str()) == 1;
  if (!trust) return tls_failure("cannot use the CA file `" + options.ca_file + "`");
  if (!options.client_certificate_file.empty()) {
    AMBIT_CHECK_OK(
        use_certificate(context.get(), options.client_certificate_file, options.client_key_file));
  }
  constexpr unsigned char kHttp11[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(context.get(), kHttp11, sizeof kHttp11 - 1);
  return std::make_shared<Context>(std::move(context));
}

}  // namespace ambit::net::internal
