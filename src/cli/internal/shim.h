// Carries an agent's stdio MCP connection to Ambit's gateway over streamable HTTP.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/internal/credential_keeper.h"
#include "cli/internal/rpc.h"

namespace ambit::cli {

struct ShimOptions {
  std::string url;                   // of Ambit, without a final `/`
  std::string server;                // name of the tool server; empty: found by `command`
  std::vector<std::string> command;  // the command line that the server is registered with
  // How long calls in flight may still be answered after the end of the input. Clients kill their
  // servers soon after closing the pipe.
  Duration drain{1500};
  // Longest wait for an answer's first byte; the gateway itself ends held calls sooner.
  Duration answer_timeout = minutes(10);
};

// Loop thread only. Messages are passed on byte for byte; only what the transport needs is read.
// Requests go out at once, several may be in flight; a notification, a response and `initialize`
// are answered before the next message leaves, so that their order is kept.
class Shim {
 public:
  struct Output {
    std::function<void(std::string_view line)> write;  // one protocol message, without line end
    std::function<void(std::string_view text)> log;    // for people
    std::function<void(Result<> outcome)> finished;    // once, after `end_of_input`
  };

  Shim(net::EventLoop& loop, net::HttpClient& client, crypto::SigningKey key,
       std::function<Time()> now, ShimOptions options, Output output);
  ~Shim();
  Shim(const Shim&) = delete;
  Shim& operator=(const Shim&) = delete;

  // Redeems the claim; what comes in meanwhile waits.
  void start(const crypto::SecretBytes& claim);
  void take_line(std::string_view line);
  // The line was too long to be a message.
  void refuse_line();
  // Ends the session: at once, or after what is in flight has been answered.
  void end_of_input(bool at_once = false);

 private:
  struct Message : RpcMessage {
    bool is_own = false;    // sent on our own account: its answer is not for the agent
    bool is_again = false;  // sent a second time; there is no third
  };
  struct Flight {
    Message message;
    net::ClientCall call;
    std::string session;  // that it was sent in
    bool is_answered = false;
  };
  using FlightId = std::uint64_t;

  void find_server();
  void found_server(Result<net::HttpResponse> response);
  void serve();
  void pump();
  void send(Message message);
  void deliver(FlightId id, std::string_view json);
  void learn(const Flight& flight, const text::Json& response);
  void land(FlightId id, Result<net::HttpResponse> response);
  void land_refused(Flight flight, const net::HttpResponse& response);
  void settle(const Message& message, const Result<>& outcome);
  void answer_error(const Message& message, const Error& error);
  void break_off(const Error& error);
  void fail_queue(const Error& error);
  void renew_and_repeat(Flight flight);
  void open_session_again(Flight flight);
  void listen();
  void stopped_listening(const Result<net::HttpResponse>& response);
  void stop_listening();
  void finish_when_idle();
  void close_session();
  void finish();

  // A request to the gateway with credential, proof and session.
  Result<net::ClientRequest> request(std::string_view method, std::string body) const;

  net::EventLoop& loop_;
  net::HttpClient& client_;
  ShimOptions options_;
  Output output_;
  CredentialKeeper keeper_;
  std::optional<Error> broken_;  // no request can succeed any more
  bool is_serving_ = false;      // the credential and the server's name are there
  bool is_ending_ = false;       // no more input
  bool is_closing_ = false;      // nothing is sent but the end of the session

  std::deque<Message> queue_;
  std::optional<FlightId> blocking_;  // must land before the next message leaves
  std::map<FlightId, Flight> flights_;
  FlightId next_flight_ = 1;

  std::string session_;
  std::string version_;
  std::string initialize_;  // as the agent sent it, to open the session again
  std::string initialized_;
  net::ClientCall listening_;
  net::ClientCall other_call_;  // the look-up of the server, or the end of the session
  net::TimerId listen_timer_ = 0;
  net::TimerId drain_timer_ = 0;
  std::string last_event_;
  Duration listen_wait_{1000};
};

}  // namespace ambit::cli
