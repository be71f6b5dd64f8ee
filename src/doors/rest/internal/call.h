// One request on its way through the REST door, and how it is answered.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/fields.h"
#include "doors/rest/rest_door.h"
#include "identity/dpop.h"
#include "net/http_server.h"
#include "net/router.h"
#include "service/service.h"
#include "text/json.h"

namespace ambit::doors::rest {

struct RestDoor::State {
  RestParts parts;
  RestOptions options;
  telemetry::Counter& unauthenticated;
  telemetry::Counter& internal_errors;
  identity::ReplayGuard claim_proofs;  // proofs that come with a claim, before any credential
  std::string openapi;
  std::size_t readings = 0;  // of the evidence, that wait or are under way
};

// Where the answer goes; copied into whatever answers later.
struct Reply {
  RestDoor::State* door;
  std::shared_ptr<net::Exchange> exchange;
};

struct Route;

// Lives while the handler runs.
struct Call {
  RestDoor::State& door;
  const Route& route;
  Reply reply;
  const net::PathParams& params;
  service::Caller caller;  // of routes that need one
  text::Json body;         // an object; empty when none was sent

  service::Service& service() const { return *door.parts.service; }
  const std::string& param(std::string_view name) const { return params.get(name); }
  const net::HttpRequest& request() const { return reply.exchange->request(); }
  // The decoded query parameter, or an empty string.
  std::string query(std::string_view name) const;
};

// The URI without its query as the client addressed it, which a DPoP proof must be about.
std::string addressed_uri(const net::HttpRequest& request);

// Who is asking. Errors as of service::Authenticator, and `http.header_repeated`.
Result<service::Caller> authenticate(RestDoor::State& door, const net::HttpRequest& request);

// The body as a strictly read object; none when it is empty and `required` is false. Errors:
// `http.content_type`, `json.*`, `field.type`.
Result<text::Json> read_body(const net::HttpRequest& request, bool required);

// A whole number from the query, or `otherwise` when it is absent. Error: `field.invalid`.
Result<std::uint64_t> query_number(const Call& call, std::string_view name,
                                   std::uint64_t otherwise);

// How many items the query asks for, or as many as is usual. Precondition: the route has a
// limit_parameter(). Error: `field.invalid` for none, or for more than it allows.
Result<std::size_t> query_limit(const Call& call);

// The index of a ledger's entry that the body has under `key`, or `otherwise`. Error:
// `field.invalid` for one below 0; that it is a number is for `fields.finish()` to say.
Result<std::uint64_t> entry_index(domain::Fields& fields, const char* key, std::uint64_t otherwise);

// A time from the query, or none when it is absent. Error: `time.malformed`.
Result<std::optional<Time>> query_time(const Call& call, std::string_view name);

void answer(const Reply& reply, int status, std::string json);
// Also logs and counts an error that is a defect of ours.
void answer(const Reply& reply, const Error& error);
void answer(const Reply& reply, int status, const Result<text::Json>& result);

// Reads evidence off the loop with `read`, which gives Result<std::string> (JSON) or
// Result<net::HttpResponse>, and answers on it. Only so many readings wait at a time
// (`evidence.busy`): what changes the registry goes the same way, and must not wait for any number
// of them.
template <class Read>
void answer_reading(const Call& call, Read read);

// False, and answered, where too many wait.
bool begin_reading(const Call& call);
inline void finish_reading(const Reply& reply, Result<std::string> json) {
  if (!json) return answer(reply, json.error());
  answer(reply, 200, *std::move(json));
}
inline void finish_reading(const Reply& reply, Result<net::HttpResponse> response) {
  if (!response) return answer(reply, response.error());
  reply.exchange->respond(*std::move(response));
}
template <class Read>
void answer_reading(const Call& call, Read read) {
  if (!begin_reading(call)) return;
  call.door.parts.background->post(
      [loop = call.door.parts.loop, reply = call.reply, read = std::move(read)]() mutable {
        auto result = read();
        // The reply is touched and dropped on the loop.
        loop->post([reply = std::move(reply), result = std::move(result)]() mutable {
          --reply.door->readings;
          finish_reading(reply, std::move(result));
        });
      });
}

// The same for what the service found on the loop, to be written out apart.
void answer_reading(const Call& call, Result<std::function<Result<text::Json>()>> reading);

// The last for a call of the service that answers later.
service::Answer answer_later(const Call& call, int status);

}  // namespace ambit::doors::rest
