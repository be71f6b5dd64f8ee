#include "net/http_server.h"

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>
#include <utility>

#include "net/internal/connection.h"
#include "net/internal/response_head.h"
#include "net/internal/socket.h"
#include "net/internal/tls.h"

namespace ambit::net {

using internal::Connection;

struct HttpServer::Impl : internal::ConnectionHost {
  Impl(EventLoop& loop_in, ServerOptions options_in, Handler handler_in)
      : loop(loop_in), options(std::move(options_in)), request_handler(std::move(handler_in)) {}

  const ServerLimits& limits() const override { return options.limits; }
  ServerStats& counters() override { return stats; }
  const Handler& handler() const override { return request_handler; }
  std::string_view date() const override { return date_header; }
  bool draining() const override { return stopping; }
  void closed(Connection& connection) override;

  void accept_all();
  void accept_one(int fd, Peer peer);
  bool admits(const Peer& peer) const;
  void sweep();
  void check_stopped();
  void close_all();
  // The connections at this moment, so that closing one does not disturb a loop over them.
  std::vector<std::shared_ptr<Connection>> current() const;

  EventLoop& loop;
  ServerOptions options;
  Handler request_handler;
  std::shared_ptr<internal::TlsContext> tls;
  std::unique_ptr<FdWatch> listener;
  std::uint16_t port = 0;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections;
  std::map<std::string, std::size_t> per_source;
  ServerStats stats;
  std::string date_header;
  TimerId sweep_timer = 0;
  TimerId accept_timer = 0;
  TimerId stop_timer = 0;
  bool stopping = false;
  std::function<void()> stopped;
};

namespace {

Time wall_clock() {
  using namespace std::chrono;
  return {duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

// For a connection that is not taken: no parser, no memory, just the reason.
constexpr std::string_view kBusy =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n"
    "Content-Length: 0\r\n\r\n";

}  // namespace

void HttpServer::Impl::closed(Connection& connection) {
  if (options.limits.max_connections_per_source != 0) {
    const auto found = per_source.find(connection.peer().address);
    if (found != per_source.end() && --found->second == 0) per_source.erase(found);
  }
  connections.erase(&connection);
  stats.connections = connections.size();
  check_stopped();
}

bool HttpServer::Impl::admits(const Peer& peer) const {
  if (connections.size() >= options.limits.max_connections) return false;
  if (options.limits.max_connections_per_source == 0) return true;
  const auto found = per_source.find(peer.address);
  return found == per_source.end() || found->second < options.limits.max_connections_per_source;
}

void HttpServer::Impl::accept_all() {
  constexpr int kBatch = 64;
  constexpr Duration kRetry = {100};
  for (int i = 0; i < kBatch; ++i) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    const int fd = ::accept4(listener->fd(), reinterpret_cast<sockaddr*>(&address), &length,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      accept_one(fd, internal::peer_of(address));
      continue;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // The listener stays readable: without a pause this would spin.
      accept_timer = loop.after(kRetry, [this] { listener->arm_read(); });
      return;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
  }
  listener->arm_read();
}

void HttpServer::Impl::accept_one(int fd, Peer peer) {
  if (!admits(peer)) {
    ++stats.refused;
    if (!tls) (void)::send(fd, kBusy.data(), kBusy.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    ::close(fd);
    return;
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto connection = std::make_shared<Connection>(loop, *this, fd, std::move(peer));
  std::unique_ptr<internal::ByteStream> stream;
  if (tls) {
    auto secured = tls->accept(fd);
    if (!secured) return;
    stream = *std::move(secured);
  } else {
    stream = internal::plain_stream(fd);
  }
  ++stats.accepted;
  if (options.limits.max_connections_per_source != 0) ++per_source[connection->peer().address];
  connections.emplace(connection.get(), connection);
  stats.connections = connections.size();
  connection->start(std::move(stream));
}

std::vector<std::shared_ptr<Connection>> HttpServer::Impl::current() const {
  std::vector<std::shared_ptr<Connection>> all;
  all.reserve(connections.size());
  for (const auto& [key, connection] : connections) all.push_back(connection);
  return all;
}

void HttpServer::Impl::sweep() {
  date_header = internal::http_date(wall_clock());
  const std::int64_t now = loop.now_ms();
  for (const auto& connection : current()) connection->check_deadline(now);
  sweep_timer = loop.after(options.limits.sweep_interval, [this] { sweep(); });
}

void HttpServer::Impl::check_stopped() {
  if (!stopping || !connections.empty()) return;
  loop.cancel(std::exchange(stop_timer, 0));
  if (stopped) loop.post(std::exchange(stopped, nullptr));
}

void HttpServer::Impl::close_all() {
  for (const auto& connection : current()) connection->close();
}

Result<std::unique_ptr<HttpServer>> HttpServer::listen(EventLoop& loop, ServerOptions options,
                                                       Handler handler) {
  auto impl = std::make_shared<Impl>(loop, std::move(options), std::move(handler));
  if (impl->options.tls) {
    AMBIT_TRY(impl->tls, internal::tls_server_context(*impl->options.tls));
  }
  AMBIT_TRY(const internal::Listener bound,
            internal::listen_on(impl->options.address, impl->options.port));
  impl->port = bound.port;
  impl->listener =
      std::make_unique<FdWatch>(loop, bound.fd, [server = impl.get()] { server->accept_all(); });
  impl->listener->arm_read();
  impl->sweep();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() {
  impl_->stopped = nullptr;
  impl_->listener->close();
  for (const TimerId timer : {impl_->sweep_timer, impl_->accept_timer, impl_->stop_timer}) {
    impl_->loop.cancel(timer);
  }
  impl_->close_all();
}

std::uint16_t HttpServer::port() const { return impl_->port; }

ServerStats HttpServer::stats() const { return impl_->stats; }

void HttpServer::stop(Duration deadline, std::function<void()> stopped) {
  impl_->stopping = true;
  impl_->stopped = std::move(stopped);
  impl_->listener->close();
  impl_->loop.cancel(impl_->accept_timer);
  impl_->stop_timer = impl_->loop.after(deadline, [impl = impl_.get()] { impl->close_all(); });
  for (const auto& connection : impl_->current()) connection->drain();
  impl_->check_stopped();
}

}  // namespace ambit::net
