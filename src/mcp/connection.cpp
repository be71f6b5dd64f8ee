#include "mcp/connection.h"

#include <utility>
#include <vector>

#include "mcp/revision.h"

namespace ambit::mcp {
namespace {

// Deeper than any sensible result, and safe for the stack.
constexpr ScanLimits kMessageLimits = {.max_bytes = 16u << 20, .max_depth = 256};

tl::unexpected<Error> protocol(std::string message) {
  return fail(Code::kUnavailable, "upstream.protocol", std::move(message));
}

}  // namespace

std::shared_ptr<Connection> Connection::create(net::EventLoop& loop,
                                               std::shared_ptr<Transport> transport,
                                               ConnectionHandlers handlers,
                                               ConnectionOptions options) {
  std::shared_ptr<Connection> connection(
      new Connection(loop, std::move(transport), std::move(handlers), std::move(options)));
  connection->start();
  return connection;
}

Connection::Connection(net::EventLoop& loop, std::shared_ptr<Transport> transport,
                       ConnectionHandlers handlers, ConnectionOptions options)
    : loop_(loop),
      transport_(std::move(transport)),
      handlers_(std::move(handlers)),
      options_(std::move(options)) {}

Connection::~Connection() {
  for (const auto& [id, pending] : pending_) loop_.cancel(pending.timer);
  transport_->close();
}

void Connection::start() {
  TransportEvents events;
  const std::weak_ptr<Connection> weak = weak_from_this();
  events.on_message = [weak](std::string_view bytes) {
    if (const auto self = weak.lock()) self->receive(bytes);
  };
  events.is_open = [weak](std::int64_t id) {
    const auto self = weak.lock();
    return self && self->pending_.contains(id);
  };
  events.on_lost = [weak](std::int64_t id, Error error) {
    if (const auto self = weak.lock()) self->complete(id, fail(std::move(error)));
  };
  events.on_closed = [weak](Error error) {
    const auto self = weak.lock();
    if (!self || std::exchange(self->closed_, true)) return;
    self->fail_all(error);
    if (self->handlers_.on_closed) self->handlers_.on_closed(std::move(error));
  };
  events.on_stderr = [weak](std::string_view line) {
    if (const auto self = weak.lock()) self->noise("stderr", line);
  };
  transport_->start(std::move(events));
}

void Connection::initialize(std::function<void(Result<>)> done) {
  const std::string members = R"("protocolVersion":")" + std::string(kNewestRevision) +
                              R"(","capabilities":{"roots":{}},"clientInfo":{"name":"ambit",)" +
                              R"("title":"Ambit","version":")" + options_.client_version + R"("})";
  RequestOptions options;
  options.timeout = options_.handshake_timeout;
  request("initialize", members, std::move(options),
          [this, done = std::move(done)](Result<Answer> answer) {
            if (!answer) return done(fail(std::move(answer).error()));
            done(finish_handshake(*answer));
          });
}

Result<> Connection::finish_handshake(const Answer& answer) {
  if (answer.error)
    return protocol("the server refused `initialize`: " + shown(answer.error->message));
  const auto result = text::parse_json(answer.result, {.max_bytes = 1u << 20, .max_depth = 64});
  if (!result) return protocol("the answer to `initialize`: " + result.error().message);
  const std::string_view revision = result->string_or("protocolVersion", "");
  if (!is_one_of(kClientRevisions, revision)) {
    return protocol("the server speaks revision `" + shown(revision) +
                    "` of the protocol, which is not supported");
  }
  revision_ = revision;
  instructions_ = result->string_or("instructions", "");
  const text::Json* capabilities = result->find("capabilities");
  has_tools_ = capabilities != nullptr && capabilities->find("tools") != nullptr;
  AMBIT_CHECK_OK(transport_->send(make_notification("notifications/initialized"), std::nullopt));
  transport_->established(revision_);
  return {};
}

std::int64_t Connection::request(std::string_view method, std::string_view members,
                                 RequestOptions options, AnswerDone done) {
  const std::int64_t id = next_id_++;
  std::string meta = std::move(options.meta);
  if (options.on_progress) {
    meta = R"("progressToken":)" + std::to_string(id) + (meta.empty() ? "" : "," + meta);
  }
  std::string params;
  params.reserve(members.size() + meta.size() + 16);
  params.append("{").append(members);
  if (!meta.empty()) {
    params.append(members.empty() ? "" : ",").append(R"("_meta":{)").append(meta).append("}");
  }
  params += '}';

  pending_[id] = {std::move(done), std::move(options.on_progress), options.timeout, 0};
  const auto send = [&]() -> Result<> {
    if (closed_) return fail(Code::kUnavailable, "upstream.died", "the connection is closed");
    if (pending_.size() > options_.max_open_requests) {
      return fail(Code::kExhausted, "upstream.busy", "too many requests wait for the server");
    }
    return transport_->send(make_request(Id(id), method, params), id);
  };
  if (auto sent = send()) {
    arm_timer(id);
  } else {
    const std::weak_ptr<Connection> weak = weak_from_this();
    loop_.post([weak, id, error = std::move(sent).error()] {
      if (const auto self = weak.lock()) self->complete(id, fail(error));
    });
  }
  return id;
}

void Connection::arm_timer(std::int64_t id) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  loop_.cancel(found->second.timer);
  const std::weak_ptr<Connection> weak = weak_from_this();
  found->second.timer = loop_.after(found->second.timeout, [weak, id] {
    const auto self = weak.lock();
    if (!self || !self->pending_.contains(id)) return;
    (void)self->transport_->send(
        make_notification("notifications/cancelled",
                          R"({"requestId":)" + std::to_string(id) + R"(,"reason":"timeout"})"),
        std::nullopt);
    self->transport_->forget(id);
    self->complete(
        id, fail(Code::kUnavailable, "upstream.timeout", "the server did not answer in time"));
  });
}

void Connection::cancel(std::int64_t id, std::string_view reason) {
  if (!pending_.contains(id)) return;
  std::string params = R"({"requestId":)" + std::to_string(id) + R"(,"reason":)";
  text::append_json_string(params, reason);
  (void)transport_->send(make_notification("notifications/cancelled", params + "}"), std::nullopt);
  transport_->forget(id);
  complete(id, fail(Code::kUnavailable, "upstream.cancelled", "the request was cancelled"));
}

void Connection::complete(std::int64_t id, Result<Answer> answer) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  loop_.cancel(found->second.timer);
  const AnswerDone done = std::move(found->second.done);
  pending_.erase(found);
  done(std::move(answer));
}

void Connection::fail_all(const Error& error) {
  while (!pending_.empty()) complete(pending_.begin()->first, fail(error));
}

void Connection::receive(std::string_view bytes) {
  if (closed_) return;
  if (!has_batches(revision_) || bytes.find_first_not_of(" \t") == std::string_view::npos ||
      bytes[bytes.find_first_not_of(" \t")] != '[') {
    return receive_one(bytes);
  }
  const auto items = scan_array(bytes, kMessageLimits);
  if (!items) return noise("garbage", bytes);
  for (const std::string_view item : *items) {
    if (!closed_) receive_one(item);
  }
}

void Connection::receive_one(std::string_view bytes) {
  const auto message = parse_message(bytes, kMessageLimits);
  if (!message) return noise("garbage", bytes);
  switch (message->kind) {
    case Message::Kind::kRequest: return receive_request(*message);
    case Message::Kind::kNotification: return receive_notification(*message);
    case Message::Kind::kResult:
    case Message::Kind::kError: return receive_answer(*message);
  }
}

void Connection::receive_request(const Message& message) {
  tl::expected<std::string, RpcError> answer =
      tl::unexpected(RpcError{kMethodNotFound, "method not found"});
  if (message.method == "ping") {
    answer = "{}";
  } else if (handlers_.on_request) {
    answer = handlers_.on_request(message.method, message.params);
  }
  if (closed_) return;
  (void)transport_->send(answer
                             ? make_result(*message.id, *answer)
                             : make_error(message.id, answer.error().code, answer.error().message),
                         std::nullopt);
}

void Connection::receive_notification(const Message& message) {
  if (message.method == "notifications/progress") {
    const auto params = scan_object(message.params);
    const auto token = params ? parse_id(raw_member(*params, "progressToken"))
                              : Result<Id>(fail(Code::kInvalid, "rpc.invalid", "no parameters"));
    if (!token || !std::holds_alternative<std::int64_t>(*token)) return;
    const auto id = std::get<std::int64_t>(*token);
    const auto found = pending_.find(id);
    if (found == pending_.end() || !found->second.on_progress) return;
    arm_timer(id);
    const auto on_progress = found->second.on_progress;
    return on_progress(message.params);
  }
  if (handlers_.on_notification) handlers_.on_notification(message.method, message.params);
}

void Connection::receive_answer(const Message& message) {
  if (!message.id || !std::holds_alternative<std::int64_t>(*message.id)) {
    return noise("garbage", message.error);
  }
  Answer answer;
  answer.result = message.result;
  answer.raw_error = message.error;
  if (message.kind == Message::Kind::kError) {
    auto error = parse_error(message.error);
    answer.error = error ? std::move(*error) : RpcError{kInternalError, "malformed error"};
  }
  complete(std::get<std::int64_t>(*message.id), std::move(answer));
}

void Connection::noise(std::string_view kind, std::string_view text) {
  if (kind == "garbage") ++garbage_;
  if (handlers_.on_noise) handlers_.on_noise(kind, shown(text));
}

void Connection::finish() { transport_->finish(); }

void Connection::close() {
  if (std::exchange(closed_, true)) return;
  transport_->close();
  fail_all(Error{Code::kUnavailable, "upstream.died", "the connection was closed"});
}

}  // namespace ambit::mcp
