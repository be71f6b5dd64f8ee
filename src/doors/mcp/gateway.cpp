#include "doors/mcp/gateway.h"

#include <utility>
#include <vector>

#include "doors/mcp/internal/governor.h"
#include "doors/mcp/internal/http_rules.h"
#include "doors/mcp/internal/legacy_session.h"
#include "doors/mcp/internal/post_reply.h"
#include "doors/mcp/internal/tool_pages.h"
#include "mcp/method_table.h"
#include "mcp/revision.h"

namespace ambit::doors::mcp {
namespace {

using ambit::mcp::Message;
using ExchangePtr = std::shared_ptr<net::Exchange>;

constexpr std::int64_t kInvalidRequest = ambit::mcp::kInvalidRequest;

// One request of the client, past the checks that do not depend on its body.
struct Visit {
  ExchangePtr exchange;
  std::string server;
  service::Caller caller;
  Accepts accepts;
};

tl::unexpected<Error> invalid(std::string reason, std::string message) {
  return fail(Code::kInvalid, std::move(reason), std::move(message));
}

Result<> check_version_header(const net::HttpRequest& request) {
  if (request.header_count("mcp-protocol-version") == 0) return {};
  const std::string_view version = request.header("mcp-protocol-version");
  if (ambit::mcp::is_one_of(ambit::mcp::kGatewayRevisions, version)) return {};
  return invalid("mcp.version",
                 "unsupported protocol version; supported: 2025-11-25, 2025-06-18, "
                 "2025-03-26, each opened by `initialize`");
}

bool starts_array(std::string_view body) {
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && body[first] == '[';
}

bool is_request(const Message& message) { return message.kind == Message::Kind::kRequest; }

net::HttpResponse accepted() { return net::HttpResponse{.status = 202}; }

}  // namespace

struct Gateway::Impl {
  Impl(net::EventLoop& loop, service::Service& service, ambit::mcp::Supervisor& supervisor,
       GatewayOptions given)
      : options(std::move(given)),
        desk{loop, service, supervisor, options, {}, 0},
        governor(desk) {}

  void set_hooks();
  void start_sweep();
  // Whether what a session may see is still what it saw decides if its client is told.
  void tell_changed_tools(LegacySession& session);

  // The checks that every request passes first; answers and gives nothing when one fails.
  std::optional<Visit> admit(const ExchangePtr& exchange, const net::PathParams& params);
  std::shared_ptr<LegacySession> session_of(const Visit& visit) const;

  void on_post(const ExchangePtr& exchange, const net::PathParams& params);
  void on_get(const ExchangePtr& exchange, const net::PathParams& params);
  void on_delete(const ExchangePtr& exchange, const net::PathParams& params);

  Result<std::vector<Message>> read_messages(std::string_view body, bool is_batch) const;
  void initialize(const Visit& visit, const Message& message);
  void serve(const Visit& visit, LegacySession& session, const std::vector<Message>& messages,
             bool is_batch);
  void serve_request(const Visit& visit, LegacySession& session, const Message& message,
                     const std::shared_ptr<Replies>& replies);
  void take_notification(const Visit& visit, LegacySession& session, const Message& message);

  GatewayOptions options;
  Desk desk;
  Governor governor;
  LegacySessions sessions;
  std::uint64_t subscription = 0;
  net::TimerId sweep_timer = 0;
  std::int64_t listeners_shown_ms = 0;
};

Gateway::Gateway(net::EventLoop& loop, service::Service& service,
                 ambit::mcp::Supervisor& supervisor, GatewayOptions options)
    : impl_(std::make_unique<Impl>(loop, service, supervisor, std::move(options))) {
  impl_->set_hooks();
  impl_->subscription =
      service.subscribe([impl = impl_.get()](const std::string& task, bool ended) {
        if (ended) return impl->sessions.end_task(task);
        impl->sessions.each([impl, &task](LegacySession& session) {
          if (task.empty() || session.task() == task) impl->tell_changed_tools(session);
        });
      });
  impl_->start_sweep();
}

Gateway::~Gateway() {
  impl_->desk.service.unsubscribe(impl_->subscription);
  impl_->desk.supervisor.set_hooks({});
  impl_->desk.loop.cancel(impl_->sweep_timer);
  while (!impl_->desk.open.empty()) (*impl_->desk.open.begin())->abandon();
}

void Gateway::add_routes(net::Router& router) {
  const auto route = [this, &router](std::string_view method, auto member) {
    router.add(
        method, "/mcp/{server}",
        [impl = impl_.get(), member](const ExchangePtr& exchange, const net::PathParams& params) {
          (impl->*member)(exchange, params);
        });
  };
  route("POST", &Impl::on_post);
  route("GET", &Impl::on_get);
  route("DELETE", &Impl::on_delete);
}

void Gateway::stop_waiting() {
  const std::vector<GovernedCall*> open(impl_->desk.open.begin(), impl_->desk.open.end());
  for (GovernedCall* call : open) {
    if (impl_->desk.open.contains(call)) call->stop_waiting();
  }
}

GatewayStats Gateway::stats() const {
  return {impl_->sessions.size(), impl_->desk.open.size(), impl_->desk.calls,
          impl_->governor.refused()};
}

void Gateway::Impl::set_hooks() {
  ambit::mcp::SupervisorHooks hooks;
  hooks.roots = [this](const std::string& task) {
    service::Caller caller;
    caller.kind = service::CallerKind::kTask;
    caller.task = task;
    return desk.service.target_patterns(caller, domain::TargetKind::kPath);
  };
  hooks.on_listing = [this](const std::string& server, const ports::Upstream::Listing& listing) {
    desk.service.registry().observe_listing(server, listing);
  };
  hooks.on_event = options.on_event;
  desk.supervisor.set_hooks(std::move(hooks));
}

void Gateway::Impl::tell_changed_tools(LegacySession& session) {
  service::Caller caller;
  caller.kind = service::CallerKind::kTask;
  caller.identity = session.identity();
  caller.task = session.task();
  session.show_tools(tools_digest(desk.service.visible_tools(caller, session.server())));
}

void Gateway::Impl::start_sweep() {
  sweep_timer = desk.loop.after(options.sweep_interval, [this] {
    const std::int64_t now = desk.loop.now_ms();
    sessions.drop_idle(now - options.session_idle.ms);
    if (now - listeners_shown_ms >= options.listener_keep_alive.ms) {
      listeners_shown_ms = now;
      sessions.each([](LegacySession& session) { session.keep_listener_alive(); });
    }
    start_sweep();
  });
}

std::optional<Visit> Gateway::Impl::admit(const ExchangePtr& exchange,
                                          const net::PathParams& params) {
  const net::HttpRequest& request = exchange->request();
  if (const auto origin = check_origin(request, options.allowed_hosts); !origin) {
    exchange->respond(refusal(origin.error()));
    return std::nullopt;
  }
  const std::string uri = absolute_uri(request);
  auto caller = desk.service.authenticator().authenticate(presented_by(request, uri));
  if (!caller) {
    exchange->respond(caller.error().code == Code::kUnauthenticated ? challenge(caller.error())
                                                                    : refusal(caller.error()));
    return std::nullopt;
  }
  if (caller->kind != service::CallerKind::kTask) {
    exchange->respond(refusal(403, ambit::mcp::kServerError, "mcp.task_required",
                              "only the credential of a task may call tools"));
    return std::nullopt;
  }
  if (const auto server = desk.service.server(params.get("server")); !server) {
    exchange->respond(refusal(server.error()));
    return std::nullopt;
  }
  if (const auto version = check_version_header(request); !version) {
    exchange->respond(refusal(version.error()));
    return std::nullopt;
  }
  return Visit{exchange, params.get("server"), *std::move(caller), accepts_of(request)};
}

std::shared_ptr<LegacySession> Gateway::Impl::session_of(const Visit& visit) const {
  const net::HttpRequest& request = visit.exchange->request();
  if (request.header_count("mcp-session-id") == 0) {
    visit.exchange->respond(refusal(400, ambit::mcp::kServerError, "mcp.session_missing",
                                    "the `Mcp-Session-Id` header is missing; open a session with "
                                    "`initialize`"));
    return nullptr;
  }
  auto session = sessions.find(request.header("mcp-session-id"), visit.caller, visit.server);
  if (session) {
    session->touch(desk.loop.now_ms());
  } else {
    visit.exchange->respond(refusal(404, ambit::mcp::kServerError, "mcp.session_unknown",
                                    "there is no such session; open one with `initialize`"));
  }
  return session;
}

Result<std::vector<Message>> Gateway::Impl::read_messages(std::string_view body,
                                                          bool is_batch) const {
  std::vector<std::string_view> items{body};
  if (is_batch) {
    AMBIT_TRY(items, ambit::mcp::scan_array(body, {.max_items = options.max_batch}));
    if (items.empty()) return invalid("rpc.invalid", "a batch must not be empty");
  }
  std::vector<Message> messages;
  for (const std::string_view item : items) {
    AMBIT_TRY(Message message, ambit::mcp::parse_message(item));
    messages.push_back(std::move(message));
  }
  return messages;
}

void Gateway::Impl::on_post(const ExchangePtr& exchange, const net::PathParams& params) {
  const auto visit = admit(exchange, params);
  if (!visit) return;
  const net::HttpRequest& request = exchange->request();
  if (!is_json(request)) {
    return exchange->respond(
        refusal(415, kInvalidRequest, "mcp.content_type", "the body must be `application/json`"));
  }
  if (!visit->accepts.json && !visit->accepts.events) {
    return exchange->respond(refusal(406, kInvalidRequest, "mcp.accept",
                                     "accept `application/json` and `text/event-stream`"));
  }
  const bool is_batch = starts_array(request.body);
  const auto messages = read_messages(request.body, is_batch);
  if (!messages) {
    const bool is_json_text =
        messages.error().reason.starts_with("rpc.") && messages.error().reason != "rpc.syntax";
    return exchange->respond(refusal(400, is_json_text ? kInvalidRequest : ambit::mcp::kParseError,
                                     messages.error().reason, messages.error().message));
  }
  const bool has_session = request.header_count("mcp-session-id") > 0;
  const Message& first = messages->front();
  if (!has_session && !is_batch && is_request(first) && first.method == "initialize") {
    return initialize(*visit, first);
  }
  const auto session = session_of(*visit);
  if (!session) return;
  if (is_batch && !ambit::mcp::has_batches(session->revision())) {
    return exchange->respond(
        refusal(400, kInvalidRequest, "mcp.batch", "this revision of the protocol has no batches"));
  }
  serve(*visit, *session, *messages, is_batch);
}

void Gateway::Impl::initialize(const Visit& visit, const Message& message) {
  PostReply reply(visit.exchange, visit.accepts, 1, false);
  const auto revision = negotiate(message.params);
  if (!revision) {
    return reply.respond(
        ambit::mcp::make_error(message.id, ambit::mcp::kInvalidParams, revision.error().message));
  }
  const auto session = sessions.open(visit.caller, visit.server, *revision, desk.loop.now_ms(),
                                     options.max_sessions, options.max_sessions_per_task);
  if (!session) {
    return visit.exchange->respond(refusal(429, ambit::mcp::kServerError, "mcp.sessions",
                                           "too many sessions are open; close one with DELETE"));
  }
  // The server's instructions are covered by its tools' digests: with no approved tool nobody has
  // approved them.
  const auto tools = desk.service.visible_tools(visit.caller, visit.server);
  session->show_tools(tools_digest(tools));
  const auto server = desk.service.server(visit.server);
  const std::string instructions =
      !tools.empty() && server ? (*server)->instructions : std::string();
  std::string answer = ambit::mcp::make_result(
      *message.id, initialize_result(*revision, visit.server, instructions));
  if (!visit.accepts.json) {
    const auto stream = visit.exchange->start_sse(200, {{"Mcp-Session-Id", session->id()}});
    stream->event(answer);
    return stream->close();
  }
  net::HttpResponse response = net::HttpResponse::json(200, std::move(answer));
  response.headers.push_back({"Mcp-Session-Id", session->id()});
  visit.exchange->respond(std::move(response));
}

void Gateway::Impl::serve(const Visit& visit, LegacySession& session,
                          const std::vector<Message>& messages, bool is_batch) {
  std::size_t requests = 0;
  for (const Message& message : messages) {
    if (is_request(message)) ++requests;
    // The gateway asks agents nothing, so there is nothing that they could answer.
    if (message.kind == Message::Kind::kResult || message.kind == Message::Kind::kError) {
      return visit.exchange->respond(
          refusal(400, kInvalidRequest, "mcp.unasked_answer", "no request of that id is open"));
    }
  }
  const auto replies =
      std::make_shared<PostReply>(visit.exchange, visit.accepts, requests, is_batch);
  for (const Message& message : messages) {
    if (is_request(message)) {
      serve_request(visit, session, message, replies);
    } else {
      take_notification(visit, session, message);
    }
  }
  if (requests == 0) visit.exchange->respond(accepted());
}

void Gateway::Impl::serve_request(const Visit& visit, LegacySession& session,
                                  const Message& message, const std::shared_ptr<Replies>& replies) {
  const auto call = governor.handle({visit.caller, visit.server, message}, replies);
  if (!call || session.run(*message.id, call, options.max_open_calls_per_session)) return;
  replies->respond(ambit::mcp::make_error(
      message.id, kInvalidRequest, "a request with this id is open already, or too many are"));
}

void Gateway::Impl::take_notification(const Visit& visit, LegacySession& session,
                                      const Message& message) {
  using ambit::mcp::Direction;
  using ambit::mcp::Form;
  if (ambit::mcp::treatment_of(Direction::kFromAgent, Form::kNotification, message.method) !=
      ambit::mcp::Treatment::kHarmless) {
    return governor.note_refused(visit.caller, visit.server, message.method);
  }
  if (message.method == "notifications/cancelled") session.cancel(message.params);
}

void Gateway::Impl::on_get(const ExchangePtr& exchange, const net::PathParams& params) {
  // The router lets HEAD in where GET is; a stream without a body is of no use.
  if (exchange->request().method != "GET") return exchange->respond({.status = 405});
  const auto visit = admit(exchange, params);
  if (!visit) return;
  if (!visit->accepts.events) {
    return exchange->respond(
        refusal(406, kInvalidRequest, "mcp.accept", "accept `text/event-stream`"));
  }
  const auto session = session_of(*visit);
  if (!session) return;
  auto stream = exchange->start_sse(200, {});
  stream->comment("listening");
  session->listen(std::move(stream));
}

void Gateway::Impl::on_delete(const ExchangePtr& exchange, const net::PathParams& params) {
  const auto visit = admit(exchange, params);
  if (!visit) return;
  const auto session = session_of(*visit);
  if (!session) return;
  sessions.remove(session->id(), LegacySession::End::kDeleted);
  exchange->respond(net::HttpResponse{.status = 204});
}

}  // namespace ambit::doors::mcp
