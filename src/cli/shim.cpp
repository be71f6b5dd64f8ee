// Messages from the agent to the gateway and their answers back.
#include "cli/internal/shim.h"

#include <utility>

#include "cli/internal/api.h"
#include "net/http.h"

namespace ambit::cli {
namespace {

constexpr std::int64_t kParseError = -32700;
constexpr std::int64_t kInvalidRequest = -32600;
constexpr std::int64_t kServerError = -32000;
constexpr std::size_t kMaxAnswer = 64u << 20;
constexpr std::string_view kInitialize = "initialize";
constexpr std::string_view kInitialized = "notifications/initialized";

// JSON that our reader refuses but the agent's may not: it is passed on unread.
bool is_json_beyond_us(const Error& error) {
  return error.reason == "json.number" || error.reason == "json.depth" ||
         error.reason == "json.duplicate_key";
}

bool has_json(const net::HttpResponse& response) {
  return response.header("content-type").starts_with("application/json");
}

bool is_success(int status) { return status >= 200 && status <= 299; }

}  // namespace

Shim::Shim(net::EventLoop& loop, net::HttpClient& client, crypto::SigningKey key,
           std::function<Time()> now, ShimOptions options, Output output)
    : loop_(loop),
      client_(client),
      options_(std::move(options)),
      output_(std::move(output)),
      keeper_(loop, client, std::move(key), options_.url, std::move(now),
              {.ready = [this] { find_server(); },
               .lost = [this](const Error& error) { break_off(error); }}) {}

Shim::~Shim() {
  for (auto& [id, flight] : flights_) flight.call.cancel();
  stop_listening();
  other_call_.cancel();
  loop_.cancel(drain_timer_);
}

void Shim::start(const crypto::SecretBytes& claim) { keeper_.redeem(claim); }

void Shim::take_line(std::string_view line) {
  auto message = read_message(line);
  if (!message) {
    const bool is_parse = message.error().reason == "rpc.parse";
    output_.write(error_line(nullptr, is_parse ? kParseError : kInvalidRequest,
                             message.error().message, message.error().reason));
    return;
  }
  if (broken_) return answer_error({*std::move(message)}, *broken_);
  queue_.push_back({*std::move(message)});
  pump();
}

void Shim::refuse_line() {
  output_.write(error_line(nullptr, kInvalidRequest, "the message is too long", "rpc.size"));
}

void Shim::pump() {
  while (is_serving_ && !broken_ && !is_closing_ && !blocking_ && !queue_.empty()) {
    Message message = std::move(queue_.front());
    queue_.pop_front();
    send(std::move(message));
  }
}

void Shim::send(Message message) {
  if (message.method == kInitialize) {
    stop_listening();
    session_.clear();
    version_.clear();
    if (!message.is_own) initialize_ = message.raw;
  }
  if (message.method == kInitialized && !message.is_own) initialized_ = message.raw;
  auto made = request("POST", message.raw);
  if (!made) return answer_error(message, made.error());
  const FlightId id = next_flight_++;
  if (!message.is_request() || message.method == kInitialize) blocking_ = id;
  const bool opens = message.method == kInitialize;
  net::StreamCallbacks callbacks;
  callbacks.on_head = [this, opens](const net::HttpResponse& head) {
    if (opens && is_success(head.status)) session_ = head.header("mcp-session-id");
  };
  callbacks.on_event = [this, id](const net::SseEvent& event) { deliver(id, event.data); };
  callbacks.on_done = [this, id](Result<net::HttpResponse> response) {
    land(id, std::move(response));
  };
  Flight flight{std::move(message), {}, session_, false};
  flight.call = client_.stream(*std::move(made), std::move(callbacks));
  flights_.emplace(id, std::move(flight));
}

Result<net::ClientRequest> Shim::request(std::string_view method, std::string body) const {
  net::ClientRequest out;
  out.method = method;
  out.url = options_.url + "/mcp/" + net::percent_encode(options_.server);
  AMBIT_TRY(out.headers, keeper_.headers(method, out.url));
  if (method == "POST") out.headers.push_back({"Content-Type", "application/json"});
  out.headers.push_back(
      {"Accept", method == "GET" ? "text/event-stream" : "application/json, text/event-stream"});
  if (!session_.empty()) out.headers.push_back({"Mcp-Session-Id", session_});
  if (!version_.empty()) out.headers.push_back({"MCP-Protocol-Version", version_});
  out.body = std::move(body);
  out.timeout = options_.answer_timeout;
  out.max_response_bytes = kMaxAnswer;
  return out;
}

void Shim::deliver(FlightId id, std::string_view json) {
  const auto found = flights_.find(id);
  if (found == flights_.end() || json.empty()) return;
  Flight& flight = found->second;
  const std::string line = one_line(json);
  const auto parsed = text::parse_json(line, {kMaxAnswer, 64});
  if (!parsed && !is_json_beyond_us(parsed.error())) {
    output_.log("the gateway sent something that is not JSON: " + parsed.error().message);
    return;
  }
  if (!parsed) {
    flight.is_answered = true;
  } else if (parsed->find("method") == nullptr && parsed->find("id") != nullptr &&
             *parsed->find("id") == flight.message.id) {
    flight.is_answered = true;
    learn(flight, *parsed);
  }
  if (!flight.message.is_own) output_.write(line);
}

void Shim::learn(const Flight& flight, const text::Json& response) {
  if (flight.message.method != kInitialize) return;
  const text::Json* result = response.find("result");
  if (result != nullptr) version_ = result->string_or("protocolVersion", "");
}

void Shim::land(FlightId id, Result<net::HttpResponse> response) {
  if (response && is_success(response->status) && has_json(*response)) deliver(id, response->body);
  const auto found = flights_.find(id);
  if (found == flights_.end()) return;
  Flight flight = std::move(found->second);
  flights_.erase(found);
  if (blocking_ == id) blocking_.reset();
  const bool lacks_answer = flight.message.is_request() && !flight.is_answered;
  if (!response) {
    settle(flight.message, lacks_answer || !flight.message.is_request()
                               ? Result<>(fail(unreachable(response.error(), options_.url)))
                               : Result<>());
  } else if (!is_success(response->status)) {
    land_refused(std::move(flight), *response);
  } else if (lacks_answer) {
    settle(flight.message, fail(Code::kUnavailable, "mcp.no_answer",
                                "Ambit ended the exchange without an answer; what became of the "
                                "call is in its decision record"));
  } else {
    settle(flight.message, {});
  }
  pump();
  finish_when_idle();
}

void Shim::land_refused(Flight flight, const net::HttpResponse& response) {
  const bool first_time = !flight.message.is_again && !is_closing_;
  if (response.status == 401 && first_time) return renew_and_repeat(std::move(flight));
  if (response.status == 404 && first_time && !flight.session.empty() && !initialize_.empty()) {
    return open_session_again(std::move(flight));
  }
  auto answer = text::parse_json(response.body);
  if (answer && answer->find("error") != nullptr && answer->find("jsonrpc") != nullptr &&
      flight.message.is_request() && !flight.message.is_own) {
    answer->set("id", flight.message.id);
    output_.write(text::to_json(*answer));
    return settle(flight.message, {});
  }
  settle(flight.message, fail(error_of(response, options_.url)));
}

void Shim::answer_error(const Message& message, const Error& error) {
  if (message.is_own || !message.is_request()) {
    if (!broken_) output_.log(error.reason + ": " + error.message);  // else it was told once
    return;
  }
  output_.write(error_line(message.id, kServerError, "Ambit: " + error.message, error.reason));
}

void Shim::settle(const Message& message, const Result<>& outcome) {
  if (!outcome) answer_error(message, outcome.error());
  if (outcome && message.method == kInitialized) listen();
  if (!outcome && message.is_own && message.method == kInitialize) fail_queue(outcome.error());
}

void Shim::break_off(const Error& error) {
  if (broken_) return;
  broken_ = error;
  output_.log(error.reason + ": " + error.message);
  stop_listening();
  fail_queue(error);
  finish_when_idle();
}

void Shim::fail_queue(const Error& error) {
  for (const Message& message : std::exchange(queue_, {})) {
    if (!message.is_own) answer_error(message, error);
  }
}

}  // namespace ambit::cli
