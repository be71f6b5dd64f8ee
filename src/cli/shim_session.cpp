// The life of the shim's session: the server found, the session opened again, its event stream, its
// end.
#include <algorithm>
#include <utility>

#include "cli/internal/api.h"
#include "cli/internal/shim.h"
#include "net/http.h"

namespace ambit::cli {
namespace {

constexpr Duration kShortestWait{1000};
constexpr Duration kLongestWait{30'000};
constexpr Duration kEndTimeout{1500};

std::string spelled(const std::vector<std::string>& command) {
  std::string out;
  for (const std::string& word : command) out += (out.empty() ? "" : " ") + word;
  return out;
}

}  // namespace

void Shim::find_server() {
  if (!options_.server.empty()) return serve();
  text::Json argv = text::Json::array();
  for (const std::string& word : options_.command) argv.push_back(word);
  net::ClientRequest request;
  const std::string uri = options_.url + "/v1/servers/by-command";
  request.url = uri + "?argv=" + net::percent_encode(text::to_json(argv));
  auto headers = keeper_.headers("GET", uri);
  if (!headers) return break_off(headers.error());
  request.headers = *std::move(headers);
  other_call_ = client_.request(std::move(request), [this](Result<net::HttpResponse> response) {
    found_server(std::move(response));
  });
}

void Shim::found_server(Result<net::HttpResponse> response) {
  if (!response) return break_off(unreachable(response.error(), options_.url));
  if (response->status == 404 && error_of(*response, "").reason == "server.unknown") {
    return break_off({Code::kNotFound, "server.unknown",
                      "no server is registered with the command `" + spelled(options_.command) +
                          "`; an administrator can run `ambit tool import NAME -- " +
                          spelled(options_.command) + "`"});
  }
  if (response->status != 200) return break_off(error_of(*response, options_.url));
  const auto answer = text::parse_json(response->body);
  if (answer) options_.server = answer->string_or("server", "");
  if (options_.server.empty()) {
    return break_off({Code::kUnavailable, "http.response",
                      "`" + options_.url + "` did not name the server of the command"});
  }
  serve();
}

void Shim::serve() {
  is_serving_ = true;
  pump();
  finish_when_idle();
}

// The message keeps its place: nothing else leaves before it has been repeated or refused.
void Shim::renew_and_repeat(Flight flight) {
  const FlightId id = next_flight_++;
  blocking_ = id;
  flights_.emplace(id, std::move(flight));
  keeper_.renew([this, id](const Result<>& renewed) {
    const auto found = flights_.find(id);
    if (found == flights_.end()) return;
    Message message = std::move(found->second.message);
    flights_.erase(found);
    blocking_.reset();
    if (renewed) {
      message.is_again = true;
      queue_.push_front(std::move(message));
    } else {
      settle(message, renewed);
    }
    pump();
    finish_when_idle();
  });
}

// The gateway no longer knows the session, as after a restart: the same `initialize` opens another,
// and the message, which nobody has acted on, follows.
void Shim::open_session_again(Flight flight) {
  flight.message.is_again = true;
  queue_.push_front(std::move(flight.message));
  if (flight.session != session_) return;  // another message has had it opened already
  session_.clear();
  stop_listening();
  for (const std::string& raw : {initialized_, initialize_}) {
    if (raw.empty()) continue;
    if (auto message = read_message(raw)) queue_.push_front({*std::move(message), true, true});
  }
}

void Shim::listen() {
  if (is_ending_ || broken_) return;
  auto made = request("GET", "");
  if (!made) return output_.log(made.error().message);
  made->timeout = seconds(30);
  if (!last_event_.empty()) made->headers.push_back({"Last-Event-ID", last_event_});
  net::StreamCallbacks callbacks;
  callbacks.on_event = [this](const net::SseEvent& event) {
    listen_wait_ = kShortestWait;
    if (!event.id.empty()) last_event_ = event.id;
    if (!event.data.empty()) output_.write(one_line(event.data));
  };
  callbacks.on_done = [this](Result<net::HttpResponse> response) { stopped_listening(response); };
  listening_ = client_.stream(*std::move(made), std::move(callbacks));
}

// The stream is an extra: where the gateway has none, or the session is gone, it is left alone; the
// next message finds out.
void Shim::stopped_listening(const Result<net::HttpResponse>& response) {
  const int status = response ? response->status : 0;
  if (status == 401) {
    return keeper_.renew([this](const Result<>& renewed) {
      if (renewed && !is_ending_) listen_timer_ = loop_.after(listen_wait_, [this] { listen(); });
    });
  }
  if (is_ending_ || broken_ || (status >= 400 && status < 500)) return;
  listen_timer_ = loop_.after(listen_wait_, [this] { listen(); });
  listen_wait_ = std::min(Duration{listen_wait_.ms * 2}, kLongestWait);
}

void Shim::stop_listening() {
  listening_.cancel();
  loop_.cancel(listen_timer_);
  listen_timer_ = 0;
  last_event_.clear();
}

void Shim::end_of_input(bool at_once) {
  is_ending_ = true;
  if (at_once) return close_session();
  if (drain_timer_ == 0) drain_timer_ = loop_.after(options_.drain, [this] { close_session(); });
  finish_when_idle();
}

void Shim::finish_when_idle() {
  if (is_ending_ && queue_.empty() && flights_.empty()) close_session();
}

void Shim::close_session() {
  if (std::exchange(is_closing_, true)) return;
  loop_.cancel(drain_timer_);
  stop_listening();
  other_call_.cancel();
  const Error ended{Code::kUnavailable, "mcp.input_ended", "the input ended before the answer"};
  for (auto& [id, flight] : std::exchange(flights_, {})) {
    flight.call.cancel();
    if (!flight.is_answered) answer_error(flight.message, ended);
  }
  fail_queue(ended);
  if (session_.empty() || broken_ || !is_serving_) return finish();
  auto made = request("DELETE", "");
  if (!made) return finish();
  made->timeout = kEndTimeout;
  other_call_ =
      client_.request(*std::move(made), [this](const Result<net::HttpResponse>&) { finish(); });
}

void Shim::finish() { output_.finished(broken_ ? Result<>(fail(*broken_)) : Result<>()); }

}  // namespace ambit::cli
